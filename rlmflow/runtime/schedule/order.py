"""Who goes first: the step that is furthest along, so that what has begun is finished."""

from __future__ import annotations

from typing import TypeAlias

from rlmflow.graph.model import Choice, Graph, Invocation, Node, Operation, StrategyGraph

Position: TypeAlias = tuple[int, int]
Order: TypeAlias = tuple[Position, ...]
"""The position of a step, below those of the steps that called its strategy. Least goes first."""

FIRST: Order = ()
"""Before all steps: whoever all others wait for."""
LAST: Order = ((0, 0),)
"""After all steps."""


def positions(strategy: StrategyGraph) -> dict[str, Position]:
    """The position of each node: how many steps that ask lie before it, then how many after.

    Of steps as far along as each other, the one with more after it goes first: it is on
    the longer way to the answer.
    """
    found: dict[str, Position] = {}
    _place(strategy.graph, 0, 0, found)
    return found


def _place(graph: Graph, before: int, after: int, found: dict[str, Position]) -> int:
    """Place the nodes of a graph that stands so deep; how many steps in a row it has."""
    nodes = [(node, _length(node)) for node in graph]
    ahead: dict[str, int] = {}
    for node, length in nodes:
        needed = (ahead.get(name, before) for name, _, _ in graph.needs(node.name))
        ahead[node.name] = max(needed, default=before) + length
    behind: dict[str, int] = dict.fromkeys(ahead, after)
    for node, length in reversed(nodes):
        for name, _, _ in graph.needs(node.name):
            if name in behind:
                behind[name] = max(behind[name], behind[node.name] + length)
    for node, length in nodes:
        found[node.name] = (-ahead[node.name], -behind[node.name])
        for arm in node.graphs if isinstance(node, Choice) else ():
            _place(arm, ahead[node.name] - length, behind[node.name], found)
    return max(ahead.values(), default=before) - before


def _length(node: Node) -> int:
    """How many steps that ask, one after the other, a node stands for."""
    if isinstance(node, Choice):
        return max((_place(arm, 0, 0, {}) for arm in node.graphs), default=0)
    return int(isinstance(node, Invocation) or (isinstance(node, Operation) and _asks(node)))


def _asks(node: Operation) -> bool:
    return node.call.asks_model or node.call.runs_strategy
