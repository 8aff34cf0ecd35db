"""No clause that is proved is false: random strategies, run against a meaning of their own."""

from __future__ import annotations

import re
from random import Random
from typing import NamedTuple

import pytest
from proof.meaning import (
    Incomplete,
    It,
    Run,
    Value,
    World,
    broken_promises,
    is_put_to_the_test,
)
from proof.programs import made_up
from proof.written import Kind, Strategy, written_program

from rlmflow.compiler import compile_source
from rlmflow.diagnostics.model import Diagnostic
from rlmflow.source import Source

TRIALS = 12
REFUSALS = {"RF412", "RF413", "RF414", "RF415"}


def proved_of(text: str, strategies: dict[str, Strategy]) -> dict[str, set[str]]:
    """The clauses that are proved, as written, by strategy."""
    found = compile_source(Source("random.rlm", text), main="main").diagnostics
    wrong = [d for d in found if d.severity == "error" and d.code not in REFUSALS]
    assert not wrong, (wrong, text)
    refused = {d.span.start for d in found if d.span is not None}
    proved: dict[str, set[str]] = {}
    for name, strategy in strategies.items():
        start = text.index(f"strategy {name}(")
        proved[name] = set()
        for promise in strategy.promises:
            start = text.index(promise.written, start)
            if start not in refused:
                proved[name].add(promise.written)
            start += 1
    return proved


def given_value(world: World, kind: Kind) -> Value:
    def one() -> It:
        if kind.base != "record":
            return world.item(world.fresh(world.lots.randint(1, 5)))
        fields = {name: world.fresh(1) for name, _ in kind.fields}
        # A record that is given may have been cut, with text between its fields.
        own = frozenset().union(*fields.values()) | world.fresh(1) if kind.cut else frozenset()
        return world.item(own, fields)

    return [one() for _ in range(world.lots.randint(0, 3))] if kind.many else one()


class Trial(NamedTuple):
    """The clauses that one run breaks, by strategy; and those of `main` that it could break."""

    broken: set[tuple[str, str]]
    tested: set[str]


def trial(strategies: dict[str, Strategy], seed: int) -> Trial | None:
    """What one run shows, None where it has no answer."""
    world = World(seed, strategies)
    main = strategies["main"]
    run = Run(world, main, {n: given_value(world, kind) for n, kind in main.parameters.items()})
    try:
        answer = run.answer()
    except Incomplete:
        return None
    broken = [*world.broken, *broken_promises(run, answer, main.promises)]
    tested = {p.written for p in main.promises if is_put_to_the_test(run, answer, p)}
    return Trial({tuple(one.split(": ")) for one in broken}, tested)


class Tally:
    """How many clauses were proved, and how many no trial broke."""

    def __init__(self) -> None:
        self.proved = self.unbroken = self.refused_though_unbroken = 0

    def check(self, seed: int) -> None:
        strategies = made_up(Random(seed))
        text = written_program(strategies)
        proved = proved_of(text, strategies)
        trials = [trial(strategies, 1000 * seed + n) for n in range(TRIALS)]
        completed = [one for one in trials if one is not None]
        for one in completed:
            false = {(name, clause) for name, clause in one.broken if clause in proved[name]}
            assert not false, f"seed {seed}: proved and false: {false}\n{text}"
        if len(completed) < TRIALS // 2:
            return
        broken = {clause for one in completed for name, clause in one.broken if name == "main"}
        unbroken = {clause for one in completed for clause in one.tested} - broken
        self.proved += len(unbroken & proved["main"])
        self.unbroken += len(unbroken)
        self.refused_though_unbroken += len(unbroken - proved["main"])

    def __str__(self) -> str:
        share = self.refused_though_unbroken / max(1, self.unbroken)
        return f"of {self.unbroken} clauses that no run broke, {share:.0%} are refused"


def checked(seeds: range) -> Tally:
    tally = Tally()
    for seed in seeds:
        tally.check(seed)
    print(tally)
    return tally


def test_nothing_false_is_proved_of_two_hundred_programs() -> None:
    tally = checked(range(200))
    # A prover that refuses everything would pass the rest.
    assert tally.proved > 200
    assert tally.proved > tally.unbroken / 2


@pytest.mark.long
def test_nothing_false_is_proved_of_two_thousand_programs() -> None:
    assert checked(range(1000, 3000)).proved > 2000


INSTEAD = re.compile(r"promise what holds: `(.*?)`")


def refusals_of(text: str) -> list[Diagnostic]:
    found = compile_source(Source("random.rlm", text), main="main").diagnostics
    assert {d.code for d in found if d.severity == "error"} <= REFUSALS, (found, text)
    return [d for d in found if d.code in REFUSALS]


@pytest.mark.parametrize("seed", range(90))
def test_what_is_offered_instead_of_a_refused_clause_is_a_clause_that_holds(seed: int) -> None:
    text = written_program(made_up(Random(seed)))
    for refusal in refusals_of(text):
        assert refusal.hint
        assert refusal.span
        offered = INSTEAD.search(refusal.hint)
        if offered is None:
            continue
        mended = text[: refusal.span.start] + offered[1] + text[refusal.span.end :]
        at = refusal.span.start
        again = [d.message for d in refusals_of(mended) if d.span and d.span.start == at]
        assert not again, (refusal.message, offered[1], mended)
