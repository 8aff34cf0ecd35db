"""Recursion: a strategy that calls itself needs a bound on its levels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rlmflow.diagnostics import codes
from rlmflow.diagnostics.model import Diagnostics
from rlmflow.graph.model import Choice, Graph, Invocation, Operation, StrategyGraph
from rlmflow.source import Span


def check_recursion(strategies: Mapping[str, StrategyGraph], found: Diagnostics) -> None:
    """Report each call that closes a circle of strategies none of which has `levels`."""
    unbounded = {
        name: {callee: span for callee, span in calls_of(strategy.graph) if callee in strategies}
        for name, strategy in strategies.items()
        if strategy.limits.levels is None
    }
    for name, calls in unbounded.items():
        for callee, span in calls.items():
            if name in _reached(callee, unbounded):
                own = name.rpartition(":")[2]
                what = "itself" if callee == name else f"`{callee}`, which comes back to it,"
                message = f"`{own}` calls {what} and nothing bounds how deep that goes"
                hint = "add a bound to it: `within 3 levels`"
                found.add(codes.RECURSION_WITHOUT_LEVELS.at(span, message, hint=hint))


def calls_of(graph: Graph) -> Iterator[tuple[str, Span]]:
    """The strategies that a graph calls, with the places of the calls."""
    for node in graph.nodes:
        match node:
            case Invocation():
                yield node.strategy, node.span
            case Operation():
                run = node.call.strategy
                if run is not None and run.known:
                    yield str(run.constant), run.span
            case Choice():
                for arm in node.graphs:
                    yield from calls_of(arm)


def _reached(start: str, calls: Mapping[str, Mapping[str, Span]]) -> set[str]:
    """The strategies that a call of `start` may run, itself included."""
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting.extend(calls.get(name, ()))
    return reached
