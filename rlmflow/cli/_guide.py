"""For those who use a strategy: what it costs, and how it is run."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from rlmflow.api import Strategy, estimate
from rlmflow.diagnostics.model import StrategyError
from rlmflow.graph.in_words import limits_in_words
from rlmflow.graph.model import Input, Program
from rlmflow.libraries import STD
from rlmflow.models.config import ModelConfig
from rlmflow.report.figures import counted
from rlmflow.report.strategy_page import block
from rlmflow.runtime.forecast import Forecast
from rlmflow.runtime.limits import Cost
from rlmflow.runtime.planning.amount import Amount
from rlmflow.types import BOOL, CORPUS, DATE, DOCUMENT, FLOAT, INT, EnumType, ListType, Type
from rlmflow.values import Corpus, Document

_LINE = "This line stands for any other line of a plain text, eighty characters wide.   \n"
_PARAGRAPH = f"{_LINE * 5}\n"
_EXAMPLES: dict[Type, object] = {INT: 1, FLOAT: 0.5, BOOL: True, DATE: "2025-01-31"}


def cost_and_example(program: Program, named: str) -> str:
    """The end of the page that `show` prints of a strategy that people call `named`."""
    blocks = [block("Cost", _cost(program, named))]
    doc = program.strategies[program.main].doc or ""
    if "rlmflow run" not in doc:
        blocks.append(block("Example", [_example(program, named)]))
    return "\n".join(blocks)


def _cost(program: Program, named: str) -> Iterator[str]:
    """What 20 kB take, where that can be said."""
    trust = ""
    if program.functions:
        owners = {f.span.source.library for f in program.functions.values()} - {STD}
        trust = "".join(f" --trust {owner}".rstrip() for owner in sorted(owners))
        yield "it runs Python, and what that returns decides what is asked"
    else:
        yield from _sampled(Strategy(program))
    yield f"rlmflow plan {named} INPUT{trust} says it of your input"


def _sampled(strategy: Strategy) -> Iterator[str]:
    text = (_PARAGRAPH * 50)[:20_000]
    docs = Corpus((Document("sample.txt", text),))
    inputs = [p for p in strategy.main.parameters if p.type in (CORPUS, DOCUMENT)]
    values = {p.name: _example_of(p.type) for p in strategy.main.parameters if p.default is None}
    needed = {name: value for name, value in values.items() if name not in {p.name for p in inputs}}
    corpora = {p.name: docs for p in inputs}
    try:
        job = strategy.prepare(inputs=corpora, config=ModelConfig(), planning=True, **needed)  # type: ignore[arg-type]  # by name
        found = asyncio.run(estimate(job))
    except StrategyError as error:
        yield f"not known: {error.diagnostics[0].message}"
        return
    of = "20 kB of plain text" if len(inputs) == 1 else "20 kB of plain text for each input"
    if not found.steps:
        yield "no step asks a model, so nothing is paid for"
        return
    if not found.clean.calls:
        yield f"{of}: no call; what is asked about is up to the input"
        return
    yield f"{of}, nothing else set:"
    yield from _figures(found)


def _figures(found: Forecast) -> Iterator[str]:
    about = "" if found.exact else "about "
    clean, ceiling = found.clean, found.ceiling
    yield f"{about}{_used(clean)}, if each succeeds"
    if found.limits.calls is not None and ceiling.calls >= found.limits.calls:
        yield f"at most what `within` allows: {limits_in_words(found.limits)}"
    else:
        yield f"at most {_used(ceiling)}"
    if clean.calls > ceiling.calls:
        yield "more than `within` allows: calls that would pass it are not made"
    for name, step in found.steps.items():
        if step.clean.calls:
            yield f"  {name}: {about}{counted(step.clean.calls, 'call')}"


def _used(cost: Cost | Amount) -> str:
    return f"{counted(cost.calls, 'call')}, {counted(cost.tokens_in, 'token')} in"


def _example_of(type_: Type) -> object:
    if isinstance(type_, ListType):
        return [_example_of(type_.item)]
    if isinstance(type_, EnumType):
        return (type_.values or ("…",))[0]
    return _EXAMPLES.get(type_, "…")


def _example(program: Program, named: str) -> str:
    """A command that gives it all that it needs."""
    words = ["rlmflow run", named]
    first = True
    for parameter in program.strategies[program.main].parameters:
        if parameter.type in (CORPUS, DOCUMENT):
            words.append("INPUT" if first else f"--in {parameter.name}=INPUT")
            first = False
        elif parameter.default is None:
            words.append(f"--set {parameter.name}={_typed(parameter)}")
    return " ".join(words)


def _typed(parameter: Input) -> str:
    match parameter.type:
        case ListType():
            return """'["…", "…"]'"""
        case EnumType():
            return str(_example_of(parameter.type))
    return f'"{_EXAMPLES[parameter.type]}"' if parameter.type in _EXAMPLES else '"…"'
