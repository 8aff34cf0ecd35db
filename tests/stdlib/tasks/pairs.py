"""Users with labelled records, and the twenty forms in which pairs of them are asked for.

The forms are those of OOLONG-Pairs: both have one of two labels, sometimes with a day
before or after which all of one label must be; or the one has this and the other that.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import combinations
from random import Random
from typing import Any, NamedTuple

from stdlib.facts import each_item
from stdlib.std_task import Given, Task

from rlmflow.models._protocol import Request
from rlmflow.testing import items_of

N, L, D, H, E, A = LABELS = ("number", "location", "description", "human", "entity", "abbreviation")
PATTERN = r"^Date: (?P<date>.*?) \|\| User: (?P<user>\S+) \|\| (?P<body>.*)$"


class Form(NamedTuple):
    """`late`: a label, and the day (from or before which all of it must be)."""

    any_of: Sequence[str] = ()
    one: Sequence[str] = ()
    one_exact: Sequence[str] = ()
    other: Sequence[str] = ()
    other_exact: Sequence[str] = ()
    late: tuple[str, str, date] | None = None


FORMS = (
    Form(any_of=[N, L]),
    Form(any_of=[E, H]),
    Form(any_of=[D, A]),
    Form(any_of=[H, L], late=(H, "since", date(2023, 1, 7))),
    Form(any_of=[E, N], late=(E, "before", date(2023, 3, 15))),
    Form(any_of=[L, A]),
    Form(any_of=[D, N], late=(N, "since", date(2023, 2, 2))),
    Form(any_of=[H, D]),
    Form(any_of=[E, L], late=(L, "since", date(2023, 4, 11))),
    Form(any_of=[N, A], late=(A, "before", date(2023, 5, 20))),
    Form(one=[E, A], other_exact=[E]),
    Form(one=[N, N], other=[L, H]),
    Form(one_exact=[D], other=[A, E]),
    Form(one=[H, N], other_exact=[L, L]),
    Form(one=[E, L, A], other_exact=[N]),
    Form(one=[D, H], other=[E, E], other_exact=[A]),
    Form(one_exact=[N], other=[L, D]),
    Form(one=[A], one_exact=[H], other=[E, N]),
    Form(one=[L, L, E], other_exact=[D, A]),
    Form(one=[N, H], other=[L, E], other_exact=[A]),
)


def made(size: int, seed: int, form: Form | None = None) -> Given:
    chance = Random(seed)
    users = [f"u{chance.randrange(10**4):04}" for _ in range(min(1000, 2 + size // 4))]
    rows = [
        (date(2023, 1, 1) + timedelta(days=chance.randrange(150)), chance.choice(users),
         chance.choice(LABELS))
        for _ in range(size)
    ]  # fmt: skip
    form = form or FORMS[seed % len(FORMS)]
    lines = [
        f"Date: {day:%b} {day.day}, {day.year} || User: {user} || Line {n}: a thing of kind {label}"
        for n, (day, user, label) in enumerate(rows)
    ]
    values: dict[str, Any] = {
        "question": "Of which kind is it?",
        "labels": list(LABELS),
        "pattern": PATTERN,
        **{name: list(value) for name, value in form._asdict().items() if name != "late"},
    }
    if form.late:
        label, side, day = form.late
        values |= {"dated": label, side: day}
    return Given({"log.txt": "\n".join(lines)}, reader, _gold(rows, form), values)


def _gold(rows: Sequence[tuple[date, str, str]], form: Form) -> set[frozenset[str]]:
    by_user: dict[str, Counter[str]] = {}
    for _, user, label in rows:
        by_user.setdefault(user, Counter())[label] += 1
    out = {user for day, user, label in rows if form.late and _breaks(form.late, day, label)}
    users = [u for u in set(by_user) - out if _has_any(by_user[u], form.any_of)]
    ones = {u for u in users if _has(by_user[u], form.one, form.one_exact)}
    others = {u for u in users if _has(by_user[u], form.other, form.other_exact)}
    return {
        frozenset((a, b))
        for a, b in combinations(users, 2)
        if (a in ones and b in others) or (b in ones and a in others)
    }


def _has_any(counts: Counter[str], labels: Sequence[str]) -> bool:
    return not labels or any(counts[label] for label in labels)


def _breaks(late: tuple[str, str, date], day: date, label: str) -> bool:
    of, side, bound = late
    return label == of and (day < bound if side == "since" else day >= bound)


def _has(counts: Counter[str], wanted: Sequence[str], exactly: Sequence[str]) -> bool:
    return all(counts[label] >= n for label, n in Counter(wanted).items()) and all(
        counts[label] == n for label, n in Counter(exactly).items()
    )


def reader(request: Request) -> object:
    found = {n: re.search(r"of kind (\w+)", text) for n, text in items_of(request).items()}
    return each_item(request, {n: one[1] for n, one in found.items() if one})


def score(answer: object, gold: object) -> float:
    """F1 of the pairs, each of which counts once; one that is given twice is wrong once."""
    assert isinstance(answer, list)
    assert isinstance(gold, set)
    given = [frozenset((one["left"]["key"], one["right"]["key"])) for one in answer]
    right = len(set(given) & gold)
    return 2 * right / (len(given) + len(gold)) if given or gold else 1.0


TASK = Task(made, score, sizes=(1, 12, 300), large=200_000, width=64)
