"""A reader that labels records wrong: counts and pairs are off by that, and by nothing more."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from math import prod
from typing import Any

import pytest
from chance import further_than_chance
from stdlib.facts import each_item
from stdlib.overlooking import lot, one_of_others
from stdlib.std_task import STDLIB, Given
from stdlib.tasks import aggregate, pairs

from rlmflow.models._protocol import Request
from rlmflow.models.scripted import Script
from rlmflow.testing import items_of

SIZE = 1_500
WRONG = 0.2
SEEDS = (1, 2)
BODY = re.compile(r"Line \d+: .*")


def mislabelled(body: str, labels: Sequence[str], seed: int) -> str:
    """What the reader says of a record: each by a lot of its own."""
    label = next(word for word in body.split() if word in labels)
    return one_of_others(label, labels, lot(body, seed), WRONG)


def mislabelling(labels: Sequence[str], seed: int) -> Script:
    def read(request: Request) -> Any:
        said = {n: mislabelled(text, labels, seed) for n, text in items_of(request).items()}
        return each_item(request, dict(said))

    return read


def likely(label: str, said: str, labels: Sequence[str]) -> float:
    """How likely it is that of a record with one label another is said."""
    return 1 - WRONG if label == said else WRONG / (len(labels) - 1)


@pytest.mark.parametrize("seed", SEEDS)
def test_counts_are_those_of_the_labels_that_were_said(seed: int) -> None:
    labels = aggregate.LABELS
    made = aggregate.made(SIZE, seed)
    values = {name: made.values[name] for name in ("question", "labels", "pattern")}
    given = replace(made, values=values, reader=mislabelling(labels, seed))
    counted = _answer("aggregate", aggregate.TASK, given)["all"]
    bodies = BODY.findall(given.texts["log.txt"])
    told = Counter(mislabelled(body, labels, seed) for body in bodies)
    assert counted == {label: told[label] for label in labels}
    right = Counter(next(word for word in body.split() if word in labels) for body in bodies)
    assert counted != right
    for said in labels:
        shares = {label: likely(label, said, labels) for label in labels}
        mean = sum(right[label] * shares[label] for label in labels)
        variance = sum(right[label] * shares[label] * (1 - shares[label]) for label in labels)
        assert not further_than_chance(counted[said], mean, variance, of=len(labels) * len(SEEDS))


@pytest.mark.parametrize("seed", SEEDS)
def test_pairs_are_those_of_the_labels_that_were_said(seed: int) -> None:
    form = pairs.FORMS[0]
    made = pairs.made(SIZE, seed, form)
    given = replace(made, reader=mislabelling(pairs.LABELS, seed))
    answer = _answer("pairs", pairs.TASK, given)
    bodies = _by_user(given.texts["log.txt"])
    fit = [
        user
        for user, told in bodies.items()
        if any(mislabelled(body, pairs.LABELS, seed) in form.any_of for body in told)
    ]
    found = {frozenset((pair["left"]["key"], pair["right"]["key"])) for pair in answer}
    assert found == {frozenset(two) for two in combinations(fit, 2)}
    assert len(found) == len(answer)
    assert found != given.gold
    shares = [1 - prod(map(_is_other, told)) for told in bodies.values()]
    variance = sum(share * (1 - share) for share in shares)
    assert not further_than_chance(len(fit), sum(shares), variance, of=len(SEEDS))


def _by_user(log: str) -> Mapping[str, list[str]]:
    bodies: dict[str, list[str]] = {}
    for line in log.split("\n"):
        found = re.search(r"User: (\S+) \|\| (.*)", line)
        assert found is not None
        bodies.setdefault(found[1], []).append(found[2])
    return bodies


def _is_other(body: str) -> float:
    """How likely a record is said to have none of the labels that are asked for."""
    label = next(word for word in body.split() if word in pairs.LABELS)
    return 1 - sum(likely(label, said, pairs.LABELS) for said in pairs.FORMS[0].any_of)


def _answer(name: str, task: Any, given: Given) -> Any:
    outcome = task.outcome((STDLIB / f"{name}.rlm").read_text("utf-8"), given)
    assert outcome.status == "complete"
    return outcome.answer.value
