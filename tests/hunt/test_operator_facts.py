"""Every operator does to its items what it declares. A new one is tested by being there."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import cache
from random import Random

import pytest
from hunt.calls import calls
from hypothesis import HealthCheck, assume, given, seed, settings
from hypothesis import strategies as st

from rlmflow.diagnostics.model import StrategyError
from rlmflow.graph.model import Operation, Program
from rlmflow.hunt.facts import broken_facts
from rlmflow.hunt.markers import planted
from rlmflow.hunt.reader import perfect
from rlmflow.hunt.watch import Watched, watched
from rlmflow.operators import all_operators
from rlmflow.operators._facts import Facts
from rlmflow.operators._operator import Call, Operator
from rlmflow.runtime.clock import Surroundings
from rlmflow.runtime.run import Job
from rlmflow.testing import NoWaiting, compiled
from rlmflow.values import Corpus, Document, Item

FRAME = """
type Line {{ text: text }}
type Kind = "a" | "b"
strategy s(docs: corpus, more: corpus) -> text {{
  _lines = records(docs, by: line) -> Line
  _others = records(more, by: line) -> Line
  made = {call}
  answer text(made)
}}
"""
SLOT = "§"
lines = st.text(alphabet=st.sampled_from("ab §.,\t"), max_size=12).map(lambda text: f"{text}§")
documents = st.lists(st.lists(lines, max_size=9).map("\n".join), min_size=1, max_size=4)
FEW = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


@cache
def program_of(call: str) -> Program | None:
    """The strategy with this call; None where its arguments do not fit together."""
    try:
        return compiled(FRAME.format(call=call))
    except StrategyError:
        return None


def made_by(program: Program, docs: list[str], more: list[str]) -> Watched | None:
    """The step `made` of a run over these documents; None where the run is not complete."""
    texts = list(planted([*docs, *more], SLOT))
    return made_of(program, texts[: len(docs)], texts[len(docs) :])


def made_of(program: Program, docs: list[str], more: list[str]) -> Watched | None:
    """The same over texts in which markers stand already."""
    named = [Document(f"{number}.txt", text) for number, text in enumerate([*docs, *more])]
    corpora = {
        "docs": Corpus(tuple(named[: len(docs)])),
        "more": Corpus(tuple(named[len(docs) :])),
    }
    job = Job(program, corpora, {}, {}, surroundings=Surroundings(clock=NoWaiting()))
    run = asyncio.run(watched(job, perfect()))
    if run.outcome.status != "complete":
        return None
    return next((step for step in run.steps if step.name == "made"), None)


def renamed(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Records with the same values under other names."""
    values = (item.value for item in items)
    pairs = (v if isinstance(v, dict) else {} for v in values)
    return tuple(
        replace(item, value={f"{name}_": held for name, held in value.items()})
        for item, value in zip(items, pairs, strict=True)
    )


def call_of(program: Program) -> Call:
    node = program.strategies["s"].graph["made"]
    assert isinstance(node, Operation)
    return node.call


@pytest.mark.parametrize("operator", all_operators().values(), ids=lambda each: each.name)
def test_an_operator_keeps_to_its_facts(operator: Operator) -> None:
    tested = 0

    @seed(1)
    @FEW
    @given(calls(operator), documents, documents)
    def hold(call: str, docs: list[str], more: list[str]) -> None:
        nonlocal tested
        program = program_of(call)
        assume(program is not None)
        assert program is not None
        if call_of(program).facts == Facts():
            # Nothing is declared, so there is nothing to hold it to.
            tested += 1
            return
        step = made_by(program, docs, more)
        assume(step is not None)
        assert step is not None
        assert broken_facts(step) == []
        tested += 1

    hold()
    assert tested >= 5, f"only {tested} calls could be tried"


@pytest.mark.parametrize("operator", all_operators().values(), ids=lambda each: each.name)
def test_what_is_declared_alone_is_the_same_for_fewer_items(operator: Operator) -> None:
    hold_to_alone(operator)


@pytest.mark.parametrize("name", ["top", "distinct", "sort"])
def test_one_that_is_not_alone_is_found_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    operator = all_operators()[name]
    declared = operator.facts_of
    monkeypatch.setattr(operator, "facts_of", lambda call: replace(declared(call), alone=True))
    with pytest.raises(AssertionError):
        hold_to_alone(operator)


def hold_to_alone(operator: Operator) -> None:
    """Raise `AssertionError` where a call makes of all items other than of some and the rest."""

    @seed(1)
    @settings(FEW, max_examples=100)
    @given(calls(operator), documents, documents)
    def hold(call: str, some: list[str], others: list[str]) -> None:
        program = program_of(call)
        if program is None or not call_of(program).facts.alone:
            return
        # Items may be equal here, as with markers they never are.
        texts = [*some, *others]
        halves = texts[: len(some)], texts[len(some) :]
        steps = [made_of(program, each, each) for each in (texts, *halves)]
        together, *apart = [[i.value for i in step.result] for step in steps if step is not None]
        assert len(apart) < 2 or together == [*apart[0], *apart[1]]

    hold()


@pytest.mark.parametrize(
    ("name", "spoiled"),
    [
        ("chunk", "drops the last character"),
        ("chunk", "doubles a part"),
        ("filter", "loses what it leaves out"),
        ("map", "skips an item"),
        ("map", "hands an item on"),
        ("zip", "puts items in another field"),
    ],
)
def test_an_operator_that_breaks_a_fact_is_caught(name: str, spoiled: str) -> None:
    calls_of = {
        "chunk": "chunk(docs, size: 5 chars)",
        "filter": "filter(_lines, where: len(item.text) > 6)",
        "map": 'map(_lines) -> text """Say it."""',
        "zip": "zip(_lines, _lines)",
    }
    program = program_of(calls_of[name])
    assert program is not None
    text = "\n".join("ab " * Random(n).randint(1, 5) + SLOT for n in range(12))
    step = made_by(program, [text], [""])
    assert step is not None
    assert broken_facts(step) == []
    worse = {
        "drops the last character": lambda: replace(step, result=step.result[:-1]),
        "doubles a part": lambda: replace(step, result=(*step.result, *step.result)),
        "loses what it leaves out": lambda: replace(step, complements={"dropped": ()}),
        "skips an item": lambda: replace(step, result=step.result[1:], seen=frozenset()),
        "hands an item on": lambda: replace(step, result=step.inputs[0]),
        "puts items in another field": lambda: replace(step, result=renamed(step.result)),
    }[spoiled]()
    assert broken_facts(worse)
