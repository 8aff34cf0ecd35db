"""A reader that errs at a known rate: a plan that counts adds no error of its own.

The labels that the reader gives are a function of the entry and a seed, so a plain count
of them can be had without the plan. And as many of each are given as the confusion of the
reader lets expect, but for chance.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from zlib import crc32

import pytest
from chance import further_than_chance
from hunt.entry_reader import Seen, confused, reader, relabelled
from hunt.exact_tasks import COUNTING, LISTING, PAIRING, Task
from hunt.made_entries import KINDS, Made, made

from rlmflow.hunt.faults import FAULTS, Damage
from rlmflow.models._protocol import ModelFailure, Request
from rlmflow.models.scripted import Script
from rlmflow.runtime.outcome import Outcome
from rlmflow.testing import run_text

Matrix = Mapping[str, Mapping[str, float]]

# Rates of error, each with the seed of its texts and of its errors.
TRIED = ((0.1, 1), (0.3, 2))


def matrix(rate: float) -> Matrix:
    """Each kind is taken for the next one, and half as often for the one after it."""
    rows = {}
    for at, kind in enumerate(KINDS):
        row = dict.fromkeys(KINDS, 0.0)
        row[kind] = 1 - rate
        row[KINDS[(at + 1) % 4]] = rate * 2 / 3
        row[KINDS[(at + 2) % 4]] = rate / 3
        rows[kind] = row
    return rows


def outcome_of(task: Task, given: Made, script: Script, repeats: str = "retries: 10%") -> Outcome:
    text = task.text(size="700 chars", margin="230 chars", at="line", pack=20, repeats=repeats)
    return run_text(text, given.texts, script)


LABELLED = [*COUNTING, *LISTING[:3], PAIRING[1]]


@pytest.mark.parametrize("rate", [0.1, 0.4, 1.0])
@pytest.mark.parametrize("task", LABELLED, ids=lambda task: task.name)
def test_counts_are_those_of_the_labels_that_were_given(task: Task, rate: float) -> None:
    given = made(90, 4, repeated=0.3, broken=task.broken)
    errs = confused(matrix(rate), seed=int(100 * rate))
    outcome = outcome_of(task, given, reader(errs))
    assert outcome.answer is not None
    assert outcome.status == "complete"
    said = relabelled(given, errs)
    assert outcome.answer.value == task.gold(said)
    assert said.counts() != given.counts()


def test_each_label_that_is_said_is_counted() -> None:
    said: list[str] = []
    errs = confused(matrix(0.3), seed=8)

    def noted(seen: Seen, sample: int) -> str:
        said.append(errs(seen, sample))
        return said[-1]

    outcome = outcome_of(COUNTING[0], made(500, 9), reader(noted))
    assert outcome.answer is not None
    assert outcome.answer.value == {kind: Counter(said)[kind] for kind in KINDS}
    assert len(said) == 500


def test_votes_are_counted_as_votes() -> None:
    given = made(300, 6)
    errs = confused(matrix(0.3), seed=5)
    outcome = outcome_of(COUNTING[0], given, reader(errs), repeats="votes: 3")
    assert outcome.answer is not None
    assert outcome.answer.value == relabelled(given, errs, votes=3).counts()
    assert outcome.answer.value != relabelled(given, errs).counts()


# How far counts may be from what is to be expected


def expected(given: Made, confusion: Matrix) -> dict[str, float]:
    """How many of each kind a reader with this confusion is expected to report."""
    return {b: sum(n * confusion[a][b] for a, n in given.counts().items()) for b in KINDS}


def is_by_chance(counts: Mapping[str, float], given: Made, confusion: Matrix) -> bool:
    """Whether counts are as near to the expected ones as independent errors leave them."""
    wanted = expected(given, confusion)
    for b in KINDS:
        shares = ((n, confusion[a][b]) for a, n in given.counts().items())
        variance = sum(n * share * (1 - share) for n, share in shares)
        if further_than_chance(counts[b], wanted[b], variance, of=len(TRIED) * len(KINDS)):
            return False
    return True


@pytest.mark.parametrize(("rate", "seed"), TRIED)
def test_counts_are_off_as_the_confusion_lets_expect(rate: float, seed: int) -> None:
    given = made(4000, seed, repeated=0)
    outcome = outcome_of(COUNTING[0], given, reader(confused(matrix(rate), seed)))
    assert outcome.answer is not None
    assert is_by_chance(outcome.answer.value, given, matrix(rate))


@pytest.mark.parametrize(("rate", "seed"), TRIED)
def test_the_bound_refuses_what_is_wrong(rate: float, seed: int) -> None:
    """What a plan that errs by itself would count: none of it may pass for chance."""
    given = made(4000, seed, repeated=0)
    right = matrix(rate)
    turned = {a: {b: right[b][a] for b in KINDS} for a in KINDS}
    twice = {a: {b: sum(right[a][c] * right[c][b] for c in KINDS) for b in KINDS} for a in KINDS}
    wrong: dict[str, Mapping[str, float]] = {
        "no error": given.counts(),
        "the rows for the columns": expected(given, turned),
        "each error made twice": expected(given, twice),
        "one pack in eight lost": {k: n * 7 / 8 for k, n in expected(given, right).items()},
        "one pack in eight doubled": {k: n * 9 / 8 for k, n in expected(given, right).items()},
    }
    assert [name for name, counts in wrong.items() if is_by_chance(counts, given, right)] == []
    assert is_by_chance(expected(given, right), given, right)


# Errors, and damaged replies


def damaged(script: Callable[[Request], Any], damage: Damage, one_in: int) -> Script:
    """The same replies, of which one in so many is damaged; the message decides which."""

    def faulty(request: Request) -> str | ModelFailure | Mapping[str, object]:
        said = script(request)
        asked = "\n".join(message.content for message in request.messages)
        struck = crc32(asked.encode("utf-8", "surrogatepass")) % one_in == 0
        spoilt = damage(said) if struck else None
        return said if spoilt is None else spoilt

    return faulty


@pytest.mark.parametrize("task", [COUNTING[0], COUNTING[1]], ids=lambda task: task.name)
def test_damage_is_listed_or_mended(task: Task) -> None:
    """What is not counted is listed, line by line; all the rest is counted as it was said."""
    given = made(90, 12, repeated=0.2)
    errs = confused(matrix(0.2), seed=3)
    said = relabelled(given, errs)
    ended = Counter[str]()
    for name, damage in FAULTS.items():
        for one_in, repeats in ((2, "retries: 10%"), (6, "retries: 500")):
            outcome = outcome_of(task, given, damaged(reader(errs), damage, one_in), repeats)
            missing = {failure.place for failure in outcome.failures}
            assert (outcome.status == "complete") == (not missing), name
            ended[outcome.status] += 1
            there = [place not in missing for place in given.places]
            counted = [e for e, is_there in zip(said.entries, there, strict=True) if is_there]
            assert outcome.answer is not None
            assert outcome.answer.value == task.gold(replace(said, entries=counted)), name
    assert min(ended["complete"], ended["incomplete"]) > 2, ended


def test_damaged_lists_lack_whole_parts() -> None:
    """A part that got no usable reply is listed; what others found is counted as it was said."""
    task, given = COUNTING[3], made(80, 13, repeated=0.2, broken=True)
    errs = confused(matrix(0.2), seed=3)
    right = relabelled(given, errs).counts()
    ended = Counter[str]()
    for name, damage in FAULTS.items():
        for one_in, repeats in ((2, "retries: 10%"), (6, "retries: 500")):
            outcome = outcome_of(task, given, damaged(reader(errs), damage, one_in), repeats)
            ended[outcome.status] += 1
            assert outcome.answer is not None
            counts = outcome.answer.value
            if outcome.status == "complete":
                assert counts == right, name
            else:
                assert outcome.failures, name
                assert all(counts[kind] <= right[kind] for kind in KINDS), name
    assert min(ended["complete"], ended["incomplete"]) > 2, ended
