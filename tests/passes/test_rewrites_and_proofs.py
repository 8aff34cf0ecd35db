"""A rewrite after which a proved clause would not hold is not applied."""

from __future__ import annotations

from dataclasses import replace

import pytest

import rlmflow.compiler
from rlmflow.graph.dump import dump
from rlmflow.graph.model import Graph, Operation, Program
from rlmflow.graph.uses import uses
from rlmflow.operators._operator import Argument
from rlmflow.syntax import ast
from rlmflow.testing import compiled

TEXT = """
strategy s(docs: corpus, user: text) -> dict[text, int] {promises}
{{
  lines = records(docs, by: line)
  kinds = map(lines, as: kind) -> text "Which kind?"
  mine = filter(kinds, where: item.name == user)
  answer count(mine, by: item.kind)
}}
"""


def select_before_asking(program: Program) -> Program:
    """Do what `kinds` asks after `mine` has selected, so that fewer calls are made."""
    strategy = program.strategies["s"]
    nodes = {node.name: node for node in strategy.graph.nodes}
    kinds, mine = nodes["kinds"], nodes["mine"]
    assert isinstance(kinds, Operation)
    assert isinstance(mine, Operation)
    lines = kinds.call.arguments["x"]
    nodes["mine"] = replace(_over(mine, lines), name="kinds", type=nodes["lines"].type)
    selected = Argument(ast.Reference("kinds", span=kinds.span), nodes["lines"].type)
    nodes["kinds"] = replace(_over(kinds, selected), name="mine")
    graph = Graph(strategy.graph.result, strategy.graph.result_type)
    for name in nodes:
        graph.add(nodes[{"kinds": "mine", "mine": "kinds"}.get(name, name)])
    for node in graph.nodes:
        for producer, role, argument in dict.fromkeys(uses(node)):
            graph.connect(producer, node.name, role, argument)
    return replace(program, strategies={"s": replace(strategy, graph=graph)})


def _over(node: Operation, items: Argument) -> Operation:
    arguments = {**node.call.arguments, "x": items}
    return replace(node, call=replace(node.call, arguments=arguments))


@pytest.mark.parametrize(
    ("promises", "applied"),
    [("", True), ("ensures once(lines)", True), ("ensures covers(lines)", False)],
)
def test_a_rewrite_keeps_what_is_proved(
    promises: str, applied: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = TEXT.format(promises=promises)
    before = dump(compiled(text))
    monkeypatch.setattr(rlmflow.compiler, "REWRITES", (select_before_asking,))
    after = compiled(text)
    assert (dump(after) != before) is applied
    assert [clause.span.text for clause in after.strategies["s"].proved] == promises.split()[1:]
