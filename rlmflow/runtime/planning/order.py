"""Which steps wait for which: the wave that each stands in, and the longest chain of calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rlmflow.expressions import references
from rlmflow.graph.model import Choice, Graph, Input, Invocation, Node, Operation, Program
from rlmflow.syntax import ast

Key = tuple[str, str]


@dataclass(frozen=True)
class Chain:
    """Steps that follow one another: how many calls they make in a row, in how many waves."""

    depth: int = 0
    waves: int = 0
    steps: tuple[Key, ...] = ()

    def then(self, other: Chain) -> Chain:
        steps = (*self.steps, *other.steps)
        return Chain(self.depth + other.depth, self.waves + other.waves, steps)


def longest(*chains: Chain) -> Chain:
    return max(chains, key=lambda chain: (chain.depth, chain.waves), default=Chain())


@dataclass
class Order:
    """Goes through a program once. `depths`: of each step that asks, its calls in a row."""

    program: Program
    depths: Mapping[Key, int]
    waves: dict[Key, int] = field(default_factory=dict)
    _under_way: tuple[str, ...] = ()

    def chain(self) -> Chain:
        """The longest chain of the main strategy; notes the wave of each step on the way."""
        return self._strategy(self.program.main, Chain())

    def _strategy(self, name: str, before: Chain) -> Chain:
        if name in self._under_way:
            return before
        self._under_way = (*self._under_way, name)
        strategy = self.program.strategies[name]
        ends = self._graph(strategy.graph, name, {}, before)
        self._under_way = self._under_way[:-1]
        return ends

    def _graph(
        self, graph: Graph, strategy: str, around: Mapping[str, Chain], before: Chain
    ) -> Chain:
        ends: dict[str, Chain] = dict(around)
        for node in graph:
            if isinstance(node, Input):
                ends[node.name] = before
                continue
            needs = [ends[p] for p, _, _ in graph.needs(node.name) if p in ends]
            ends[node.name] = self._node(node, strategy, ends, longest(before, *needs))
        return longest(*(ends[name] for name in _names(graph.result) if name in ends), before)

    def _node(self, node: Node, strategy: str, ends: Mapping[str, Chain], before: Chain) -> Chain:
        match node:
            case Invocation():
                return self._strategy(node.strategy, before)
            case Choice():
                return longest(*(self._graph(arm, strategy, ends, before) for arm in node.graphs))
            case Operation(call=call) if call.strategy is not None:
                return self._strategy(str(call.strategy.constant), before)
            case Operation() if depth := self.depths.get((strategy, node.name)):
                key = (strategy, node.name)
                self.waves[key] = max(self.waves.get(key, 0), before.waves + 1)
                return before.then(Chain(depth, 1, (key,)))
            case _:
                return before


def _names(expression: ast.Expression) -> list[str]:
    return list(references(expression))
