"""A strategy as a page of text: what it takes, gives and promises."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rlmflow.graph.model import (
    Choice,
    Clause,
    Graph,
    Input,
    Limits,
    Operation,
    Program,
    StrategyGraph,
)
from rlmflow.syntax.format import format_expression
from rlmflow.syntax.page import WIDTH
from rlmflow.types import written

_WIDEST = 40


def page(program: Program) -> str:
    """The strategies that a program's own file defines, as their callers see them.

    Of Python that they run each says which, since its author is trusted with it.
    """
    own = [s for s in program.strategies.values() if s.span.source is program.source]
    return "\n".join("\n".join(_strategy(strategy)) + "\n" for strategy in own)


def page_and_facts(program: Program) -> str:
    """The page, and below it what holds of the strategy that is run."""
    return f"{page(program)}\n{block('Facts', facts(program.strategies[program.main]))}"


def block(title: str, lines: Iterable[str]) -> str:
    """Lines below a title."""
    return "".join(f"{line}\n" for line in (title, *(f"  {line}" for line in lines)))


def _strategy(strategy: StrategyGraph) -> Iterator[str]:
    yield from _signature(strategy)
    for clause in strategy.ensures:
        yield f"  ensures {_clause(clause)}"
    limits = list(_limits(strategy.limits))
    if limits:
        yield f"  within {', '.join(limits)}"
    for function in strategy.functions.values():
        yield f"  runs {function.signature} of {function.span.source.name}"
    if strategy.doc:
        yield ""
        yield strategy.doc.strip()
    if not _is_long(strategy):
        documented = [parameter for parameter in strategy.parameters if parameter.doc]
        wide = max((len(parameter.name) for parameter in documented), default=0)
        yield from [""] * bool(documented)
        for parameter in documented:
            yield f"{parameter.name:{wide}}  {_doc(parameter)}"


def _signature(strategy: StrategyGraph) -> Iterator[str]:
    """On one line if it fits; else a parameter to a line, with what it is for."""
    if not _is_long(strategy):
        yield _flat(strategy)
        return
    rows = [(_parameter(parameter), _doc(parameter)) for parameter in strategy.parameters]
    wide = min(max(len(row) for row, _ in rows), _WIDEST)
    yield f"strategy {strategy.name}("
    for row, doc in rows:
        if doc and len(row) > wide:
            yield f"  {row}"
            yield f"  {'':{wide}}  {doc}"
        else:
            yield f"  {row:{wide}}  {doc}".rstrip()
    yield f") -> {strategy.returns}"


def _flat(strategy: StrategyGraph) -> str:
    parameters = ", ".join(map(_parameter, strategy.parameters))
    return f"strategy {strategy.name}({parameters}) -> {strategy.returns}"


def _is_long(strategy: StrategyGraph) -> bool:
    return bool(strategy.parameters) and len(_flat(strategy)) > WIDTH


def _doc(parameter: Input) -> str:
    return " ".join((parameter.doc or "").split())


def facts(strategy: StrategyGraph) -> Iterator[str]:
    """What holds of a strategy, in words: its clauses, who is asked, what it runs."""
    if strategy.proved:
        yield f"proved for every input: {', '.join(map(_clause, strategy.proved))}"
    if strategy.left_to_run:
        yield f"measured at each run: {', '.join(map(_clause, strategy.left_to_run))}"
    if not strategy.ensures:
        yield "nothing is promised of its answer"
    asking = list(_asking(strategy.graph))
    yield (
        f"models are asked in {', '.join(asking)}" if asking else "no step of its own asks a model"
    )
    if strategy.functions:
        names = (f"{each.name} ({each.span.source.name})" for each in strategy.functions.values())
        yield f"Python that it runs, once it is trusted: {', '.join(names)}"


def _asking(graph: Graph) -> Iterator[str]:
    """The steps that ask a model, each with its operator, in every arm."""
    for node in graph:
        if isinstance(node, Operation) and node.call.asks_model:
            yield f"{node.name} ({node.call.operator.name})"
        elif isinstance(node, Choice):
            for arm in node.graphs:
                yield from _asking(arm)


def _clause(clause: Clause) -> str:
    share = f", {clause.share}%" if clause.share is not None else ""
    return f"{clause.kind}({format_expression(clause.subject)}{share})"


def _parameter(parameter: Input) -> str:
    type_ = written(parameter.type)
    default = f" = {format_expression(parameter.default)}" if parameter.default else ""
    return f"{parameter.name}: {type_}{default}"


def _limits(limits: Limits) -> Iterator[str]:
    if limits.calls is not None:
        yield f"{limits.calls:_} calls"
    if limits.tokens is not None:
        yield f"{limits.tokens:_} tokens"
    if limits.usd is not None:
        yield f"{limits.usd} USD"
    if limits.seconds is not None:
        minutes = limits.seconds / 60
        yield f"{minutes:g} minutes" if minutes.is_integer() else f"{limits.seconds:g} seconds"
    if limits.levels is not None:
        yield f"{limits.levels} levels"
