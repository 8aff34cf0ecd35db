"""Draws the chart of a strategy: the steps that the answer needs, with those of its callees."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias, TypeVar

from rlmflow import template
from rlmflow.expressions import SCOPE_NAMES, children, is_about_item
from rlmflow.graph.model import (
    ANSWER,
    Choice,
    Graph,
    Input,
    Invocation,
    Node,
    Operation,
    StrategyGraph,
    Value,
)
from rlmflow.graph.uses import expressions_of
from rlmflow.operators._operator import Facts
from rlmflow.proof.chart import Chart, Feed, Stage
from rlmflow.proof.feeds import feeds_of
from rlmflow.proof.flows import Flows, flows_of, static_type
from rlmflow.proof.promised import Known
from rlmflow.proof.spots import Spot, holds_records, may_hold_cut_text, type_at
from rlmflow.proof.ways import Way, arm_of
from rlmflow.syntax import ast
from rlmflow.types import ANY, Type

NodeKind = TypeVar("NodeKind", Input, Value, Operation)

_MOST_STAGES = 2_000
_DEEPEST = 16
"""A callee is charted with its caller up to these bounds, and beyond known by its clauses."""


Drawn: TypeAlias = dict[tuple[str, tuple[int, ...], tuple[int, ...]], Stage]
"""Stages by name, by the stages that they rest on, and by the arms that are taken in them."""


def chart_of(strategy: StrategyGraph, known: Known, way: Way, drawn: Drawn) -> Chart:
    """The chart of a strategy on one way. Raises `Undecided` and `NoArm` (see `ways`).

    `drawn` has stages of the charts of other ways, and gets those of this one.
    """
    chart = Chart(way)
    frame = Frame(chart, strategy, known, drawn)
    graph = strategy.graph
    chart.end(Feed(ANSWER, frame.drawn(), item=strategy.returns, written=graph.result))
    return chart


class Frame:
    """One call of a strategy while its steps are put into a chart.

    `prefix` makes the names of its steps unique; `outer` and `given` are the caller and
    the arguments, where there is a caller in the chart.
    """

    def __init__(
        self,
        chart: Chart,
        strategy: StrategyGraph,
        known: Known,
        drawn: Drawn,
        prefix: str = "",
        outer: Frame | None = None,
        given: Mapping[str, ast.Expression] | None = None,
    ) -> None:
        self.chart, self.strategy, self.known, self.prefix = chart, strategy, known, prefix
        self._drawn, self._outer, self._given = drawn, outer, given or {}
        self._depth: int = outer._depth + 1 if outer is not None else 0
        self._nodes = {node.name: node for node in strategy.graph.all_nodes}

    def drawn(self) -> Flows:
        """Put all that the strategy's answer needs into the chart; what flows into the answer."""
        live = self._live()
        self._draw(self.strategy.graph, live)
        return flows_of(self.strategy.graph.result, self)

    # What is known where an expression stands: see `flows.Around`

    def spot(self, step: str, output: str) -> Spot | None:
        stage = self.chart.stages.get(self.prefix + step)
        if stage is None or output not in stage.types:
            return None
        return Spot(stage.name, output)

    def type_of(self, spot: Spot) -> Type:
        return self.chart.type_of(spot)

    def holds_cut_text(self, spot: Spot) -> bool:
        found = type_at(self.chart.type_of(spot), spot.path) or ANY
        return self.chart.stages[spot.stage].cut and holds_records(found)

    def matched(self, expression: ast.Match) -> Flows:
        return flows_of(self._arm(expression), self)

    # Ways

    def _arm(self, match: ast.Match) -> ast.Expression:
        patterns = [arm.pattern for arm in match.arms if arm.pattern is not None]
        values = [None if isinstance(p, ast.Nothing) else p.value for p in patterns]
        otherwise = [arm.value for arm in match.arms if arm.pattern is None]
        number = arm_of(self._key(match.value), values, bool(otherwise), self.chart.way)
        arms = [arm.value for arm in match.arms if arm.pattern is not None]
        return otherwise[0] if number is None else arms[number]

    def _graph(self, choice: Choice) -> Graph:
        patterns = [pattern for pattern, _ in choice.arms]
        has_else = choice.otherwise is not None
        number = arm_of(self._key(choice.value), patterns, has_else, self.chart.way)
        if number is None:
            assert choice.otherwise is not None
            return choice.otherwise
        return choice.arms[number][1]

    def _key(self, value: ast.Expression) -> ast.Expression:
        """A matched value, written so that it equals others of the chart that are equal."""
        match value:
            case ast.Reference(name=name):
                return self._key_of_name(value, name)
            case ast.Field():
                return replace(value, value=self._key(value.value))
            case ast.BinaryOperation():
                return replace(value, left=self._key(value.left), right=self._key(value.right))
            case ast.UnaryOperation():
                return replace(value, value=self._key(value.value))
            case ast.Call():
                arguments = (replace(a, value=self._key(a.value)) for a in value.arguments)
                return replace(value, arguments=tuple(arguments))
            case _:
                return value

    def _key_of_name(self, reference: ast.Reference, name: str) -> ast.Expression:
        node = self._nodes.get(name)
        while isinstance(node, Value) and isinstance(node.expression, ast.Reference):
            name = node.expression.name
            node = self._nodes.get(name)
        if isinstance(node, Input) and self._outer is not None and name in self._given:
            return self._outer._key(self._given[name])
        return replace(reference, name=self.prefix + name)

    # What the answer needs

    def _live(self) -> set[str]:
        live: set[str] = set()
        waiting = [*self.named(self.strategy.graph.result)]
        while waiting:
            name = waiting.pop()
            if name not in live and name in self._nodes:
                live.add(name)
                waiting.extend(self._needed(self._nodes[name]))
        return live

    def _needed(self, node: Node) -> Iterator[str]:
        match node:
            case Operation(call=call):
                if call.prompt is not None:
                    yield from template.names(call.prompt.value)
            case Choice():
                yield from self.named(self._graph(node).result)
        for expression in expressions_of(node):
            yield from self.named(expression)

    def named(self, expression: ast.Expression) -> Iterator[str]:
        """The names in an expression, of a `match` those of the arm that is taken."""
        waiting = [expression]
        while waiting:
            match waiting.pop():
                case ast.Reference(name=name):
                    if name not in SCOPE_NAMES:
                        yield name
                case ast.Match(value=value) as chosen if not is_about_item(value):
                    waiting += [value, self._arm(chosen)]
                case other:
                    waiting += children(other)

    # Stages

    def _draw(self, graph: Graph, live: set[str]) -> None:
        for node in graph:
            if isinstance(node, Input):
                self.chart.add(self._input(node))
            elif node.name in live:
                if isinstance(node, Choice):
                    self._draw(self._graph(node), live)
                self._add(node)

    def _add(self, node: Node) -> None:
        match node:
            case Value():
                self.chart.add(self._once_drawn(node, self._value))
            case Choice():
                result = self._graph(node).result
                self._add_stage(node, (Feed("match", flows_of(result, self), written=result),))
            case Invocation():
                self._call(node)
            case Operation():
                self.chart.add(self._once_drawn(node, self._operation))

    def _once_drawn(self, node: NodeKind, draw: Callable[[NodeKind], Stage]) -> Stage:
        """The stage of a node, drawn anew only if it rests on other stages or other arms."""
        needed = (self.chart.stages.get(self.prefix + name) for name in self._needed(node))
        arms = (arm for expression in expressions_of(node) for arm in self._arms(expression))
        key = self.prefix + node.name, tuple(map(id, needed)), tuple(map(id, arms))
        if key not in self._drawn:
            self._drawn[key] = draw(node)
        return self._drawn[key]

    def _arms(self, expression: ast.Expression) -> Iterator[ast.Expression]:
        """The arms that are taken in an expression."""
        if isinstance(expression, ast.Match) and not is_about_item(expression.value):
            arm = self._arm(expression)
            yield arm
            yield from self._arms(arm)
        else:
            for child in children(expression):
                yield from self._arms(child)

    def _value(self, node: Value) -> Stage:
        feed = Feed("value", flows_of(node.expression, self), written=node.expression)
        return self._stage(node, (feed,), node.type)

    def _operation(self, node: Operation) -> Stage:
        feeds = tuple(feeds_of(node.call, self, self.known))
        return self._stage(node, feeds, node.type, opaque=node.call.runs_strategy)

    def _call(self, node: Invocation) -> None:
        """A called strategy: its steps are charted too, if they can be."""
        callee = self.known.program.strategies[node.strategy]
        full = self._depth >= _DEEPEST or len(self.chart.stages) >= _MOST_STAGES
        if full or callee.name in self.known.opaque:
            self._add_stage(node, tuple(self._promised(node)), opaque=True)
            return
        prefix = f"{self.prefix}{node.name}>"
        inner = Frame(self.chart, callee, self.known, self._drawn, prefix, self, node.arguments)
        feed = Feed(ANSWER, inner.drawn(), written=callee.graph.result)
        self._add_stage(node, (feed,))

    def _promised(self, node: Invocation) -> Iterator[Feed]:
        for name, value in node.arguments.items():
            if name in node.data:
                item = static_type(value, self)
                feed = Feed(name, flows_of(value, self), Facts(), item, written=value)
                yield self.known.feed(feed, node.strategy, name)

    def _input(self, node: Input) -> Stage:
        if self._outer is None:
            return self._once_drawn(node, lambda it: self._stage(it, (), it.type, opaque=True))
        written = self._given.get(node.name)
        around = self._outer if written is not None else self
        value = written if written is not None else node.default
        assert value is not None
        given = static_type(value, around)
        feed = Feed(node.name, flows_of(value, around), item=given, written=value)
        return self._stage(node, (feed,), node.type if given == ANY else given)

    def _add_stage(self, node: Node, feeds: tuple[Feed, ...], *, opaque: bool = False) -> None:
        self.chart.add(self._stage(node, feeds, node.type, opaque=opaque))

    def _stage(
        self, node: Node, feeds: tuple[Feed, ...], type_: Type, *, opaque: bool = False
    ) -> Stage:
        """`opaque`: what the node makes may be items that were cut in a place unknown."""
        named = "/" not in node.name
        types = {"": type_, **_complements(node)}
        passed = [f for feed in feeds if feed.facts.text == "same" for f in feed.flows.flows]
        return Stage(
            name=self.prefix + node.name,
            label=node.name if named else _written(node),
            author=node.name if named and not self.prefix and node.name != ANSWER else None,
            span=node.span,
            types=types,
            node=node,
            feeds=feeds,
            cut=(opaque and holds_records(type_))
            or any(map(may_hold_cut_text, types.values()))
            or any(self.chart.stages[flow.source.stage].cut for flow in passed),
        )


def _complements(node: Node) -> dict[str, Type]:
    if not isinstance(node, Operation):
        return {}
    found = {name: c(node.call) for name, c in node.call.operator.complements.items()}
    return {name: type_ for name, type_ in found.items() if type_ is not None}


def _written(node: Node) -> str:
    """What people call a step that has no name of its own."""
    match node:
        case Operation(call=call):
            return f"{call.operator.name}(…)"
        case Invocation(strategy=strategy):
            return f"{strategy.rpartition(':')[2]}(…)"
        case _:
            return "match"
