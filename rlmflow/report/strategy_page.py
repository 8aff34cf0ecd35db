"""A strategy as a page of text: what it takes, gives and promises."""

from __future__ import annotations

from collections.abc import Iterator

from rlmflow.graph.model import Input, Limits, Program, StrategyGraph
from rlmflow.syntax.format import format_expression
from rlmflow.types import CORPUS


def page(program: Program) -> str:
    """The strategies that a program's own file defines, as their callers see them.

    Of Python that they run each says which, since its author is trusted with it.
    """
    own = [s for s in program.strategies.values() if s.span.source is program.source]
    return "\n".join("\n".join(_strategy(strategy)) + "\n" for strategy in own)


def _strategy(strategy: StrategyGraph) -> Iterator[str]:
    parameters = ", ".join(_parameter(p) for p in strategy.parameters)
    yield f"strategy {strategy.name}({parameters}) -> {strategy.returns}"
    for clause in strategy.ensures:
        share = f", {clause.share}%" if clause.share is not None else ""
        yield f"  ensures {clause.kind}({format_expression(clause.subject)}{share})"
    limits = list(_limits(strategy.limits))
    if limits:
        yield f"  within {', '.join(limits)}"
    for function in strategy.functions.values():
        yield f"  runs {function.signature} of {function.span.source.name}"
    if strategy.doc:
        yield ""
        yield strategy.doc.strip()
    documented = [parameter for parameter in strategy.parameters if parameter.doc]
    if documented:
        yield ""
        wide = max(len(parameter.name) for parameter in documented)
        for parameter in documented:
            yield f"{parameter.name:{wide}}  {' '.join((parameter.doc or '').split())}"


def _parameter(parameter: Input) -> str:
    type_ = "corpus" if parameter.type == CORPUS else str(parameter.type)
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
        yield f"{limits.seconds:g} seconds"
    if limits.levels is not None:
        yield f"{limits.levels} levels"
