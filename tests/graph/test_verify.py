"""A graph that no pass may make is refused, whatever is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from rlmflow.compiler import compile_source
from rlmflow.graph.model import Choice, Graph, Invocation, Program, StrategyGraph
from rlmflow.graph.verify import BrokenGraph, verify
from rlmflow.source import Source, Span
from rlmflow.syntax import ast

SAMPLE = Path(__file__).parent / "samples" / "nested.rlm"
NOWHERE = Span(Source("", ""), 0, 0)


@pytest.fixture
def program() -> Program:
    compilation = compile_source(Source(SAMPLE.name, SAMPLE.read_text("utf-8")), main="nested")
    assert compilation.program is not None
    return compilation.program


def _without(strategy: StrategyGraph, name: str) -> StrategyGraph:
    kept = [node.name for node in strategy.graph if node.name != name]
    return replace(strategy, graph=strategy.graph.only(kept))


def _with_edge(strategy: StrategyGraph, producer: str, consumer: str) -> StrategyGraph:
    graph = strategy.graph.only([node.name for node in strategy.graph])
    graph.connect(producer, consumer, "item", "x")
    return replace(strategy, graph=graph)


def _with_result(strategy: StrategyGraph, result: ast.Expression) -> StrategyGraph:
    graph = strategy.graph.only([node.name for node in strategy.graph])
    return replace(strategy, graph=replace(graph, result=result))


def _in_arm(strategy: StrategyGraph, change: Callable[[Graph], Graph]) -> StrategyGraph:
    answer = strategy.graph["answer"]
    assert isinstance(answer, Choice)
    pattern, arm = answer.arms[0]
    graph = strategy.graph.only([node.name for node in strategy.graph])
    graph.add(replace(answer, arms=((pattern, change(arm)), *answer.arms[1:])))
    return replace(strategy, graph=graph)


def _calling(arm: Graph, strategy: str) -> Graph:
    call = arm["answer/1"]
    assert isinstance(call, Invocation)
    changed = arm.only(["answer/1"])
    changed.add(replace(call, strategy=strategy))
    return changed


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda s: _without(s, "parts/1"), "parts needs parts/1 for x, which is nowhere"),
        (lambda s: _without(s, "answer"), "the result names answer, which is nowhere"),
        (lambda s: _without(s, "style"), "its inputs are not its parameters"),
        (lambda s: _with_edge(s, "answer", "parts"), "there is a circle"),
        (lambda s: _with_edge(s, "docs", "short"), "edges into short are not what it needs"),
        (lambda s: _with_result(s, ast.Broken(span=NOWHERE)), "there is no result"),
        (lambda s: _in_arm(s, lambda arm: _calling(arm, "x")), "calls x, which is missing"),
        (lambda s: _in_arm(s, lambda arm: _calling(arm, "topic")), "to topic, which takes"),
        (lambda s: _in_arm(s, lambda arm: arm.only([])), "names answer/1, which is nowhere"),
    ],
)
def test_a_broken_graph_is_refused(
    program: Program, change: Callable[[StrategyGraph], StrategyGraph], said: str
) -> None:
    verify(program)
    changed = {**program.strategies, "nested": change(program.strategies["nested"])}
    with pytest.raises(BrokenGraph, match=said):
        verify(replace(program, strategies=changed))


def test_the_main_strategy_must_be_there(program: Program) -> None:
    with pytest.raises(BrokenGraph, match="main strategy gone is missing"):
        verify(replace(program, main="gone"))
