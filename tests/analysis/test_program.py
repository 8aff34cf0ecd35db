"""Which strategy of a file a run starts, and what a program holds."""

from __future__ import annotations

from decimal import Decimal

import pytest

from rlmflow.compiler import compile_source
from rlmflow.graph.model import Choice, Invocation, Limits, Operation, Value
from rlmflow.source import Source
from rlmflow.types import EnumType

TWO = 'strategy one() -> text { answer "1" }\nstrategy two() -> text { answer "2" }'


@pytest.mark.parametrize(
    ("name", "wanted", "main"),
    [("x.rlm", None, "two"), ("dir/one.rlm", None, "one"), ("one.rlm", "two", "two")],
)
def test_the_main_strategy(name: str, wanted: str | None, main: str) -> None:
    program = compile_source(Source(name, TWO), main=wanted).program
    assert program is not None
    assert program.main == main


def test_an_unknown_main_strategy() -> None:
    [found] = compile_source(Source("x.rlm", TWO), main="onee").diagnostics
    assert (found.code, found.hint) == ("RF201", "did you mean `one`?")


def test_a_file_without_a_strategy_is_no_mistake() -> None:
    compilation = compile_source(Source("x.rlm", "type Line { a: text }"))
    assert compilation.program is None
    assert compilation.diagnostics == []


def test_limits_and_the_contract() -> None:
    text = """
    strategy one(docs: corpus) -> list[text]
      ensures covers(docs, 99%), once(docs)
      within 3 calls, 2k tokens, 0.5 USD, 2 minutes, 4 levels
    { answer map(docs) -> text "What?" }
    """
    program = compile_source(Source("x.rlm", text)).program
    assert program is not None
    strategy = program.strategies["one"]
    assert strategy.limits == Limits(3, 2000, Decimal("0.5"), 120.0, 4)
    assert [(c.kind, c.share) for c in strategy.ensures] == [("covers", 99), ("once", None)]


def test_nested_calls_are_nodes_of_their_own() -> None:
    text = """
    strategy one(docs: corpus, kind: text) -> int {
      size = len(map(chunk(docs, size: 6k chars)) -> text "What?")
      answer match kind { "all" => size, else => two(join(map(docs) -> text "What?")) }
    }
    strategy two(doc: document) -> int { answer len(doc.text) }
    """
    program = compile_source(Source("x.rlm", text), main="one").program
    assert program is not None
    graph = program.strategies["one"].graph
    kinds = {node.name: type(node) for node in graph if node.name not in ("docs", "kind")}
    assert kinds == {"size/1": Operation, "size/2": Operation, "size": Value, "answer": Choice}
    assert graph.needs("size/1") == [("docs", "item", "docs")]
    answer = graph["answer"]
    assert isinstance(answer, Choice)
    assert answer.otherwise is not None
    assert [(n.name, type(n)) for n in answer.otherwise] == [
        ("answer/1", Operation),
        ("answer/2", Invocation),
    ]
    assert graph.needs("answer") == [
        ("kind", "context", "match"),
        ("size", "item", "arm"),
        ("docs", "item", "arm"),
    ]


def test_choices_are_an_enum_whose_texts_may_be_known_only_when_run() -> None:
    text = """
    strategy one(docs: corpus, labels: list[text]) -> dict[text, int] {
      a = map(docs, as: kind, choices: labels) -> text "What?"
      b = map(a, as: sort, choices: ["x", "y"]) -> text "What?"
      answer count(b, by: item.sort)
    }
    """
    program = compile_source(Source("x.rlm", text)).program
    assert program is not None
    steps = {n.name: n for n in program.strategies["one"].graph}
    a, b = steps["a"], steps["b"]
    assert isinstance(a, Operation)
    assert isinstance(b, Operation)
    assert isinstance(a.call.returns, EnumType)
    assert a.call.returns.values is None
    assert a.call.returns.choices == a.call.arguments["choices"].written
    assert b.call.returns == EnumType(None, ("x", "y"))
