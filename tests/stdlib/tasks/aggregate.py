"""A log of questions by users, counted per user, per month, and of some of them."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta
from random import Random

from stdlib.facts import each_item
from stdlib.std_task import Given, Task

from rlmflow.models._protocol import Request
from rlmflow.testing import items_of

LABELS = ("refund", "help", "praise", "other")
USERS = ("ann", "bo", "cy", "dee")
PATTERN = r"^Date: (?P<date>.*?) \|\| User: (?P<user>\S+) \|\| (?P<body>.*)$"
SINCE, BEFORE = date(2023, 2, 1), date(2023, 8, 1)


def made(size: int, seed: int) -> Given:
    chance = Random(seed)
    entries = [
        (date(2023, 1, 1) + timedelta(days=chance.randrange(330)), chance.choice(USERS),
         chance.choices(LABELS, (5, 3, 2, 1))[0])
        for _ in range(size)
    ]  # fmt: skip
    lines = [
        f"Date: {day:%b} {day.day}, {day.year} || User: {user} || Line {n}: it is a {label} matter"
        for n, (day, user, label) in enumerate(entries)
    ]
    lines.insert(size // 2, "-- restarted --")
    per = chance.choice(("all", "user", "month"))
    users = chance.choice(([], ["ann", "cy"]))
    gold: dict[str, Counter[str]] = {}
    for day, user, label in entries:
        if (user in users or not users) and SINCE <= day < BEFORE:
            key = {"all": "all", "user": user, "month": f"{day:%Y-%m}"}[per]
            gold.setdefault(key, Counter(dict.fromkeys(LABELS, 0)))[label] += 1
    values = {
        "question": "Which kind of matter is it?",
        "labels": list(LABELS),
        "pattern": PATTERN,
        "per": per,
        "users": users,
        "since": SINCE,
        "before": BEFORE,
    }
    return Given({"log.txt": "\n".join(lines)}, reader, gold, values)


def reader(request: Request) -> object:
    return each_item(request, {n: _kind(text) for n, text in items_of(request).items()})


def _kind(text: str) -> str:
    found = re.search(r"it is a (\w+) matter", text)
    assert found is not None, text
    return found[1]


TASK = Task(made, sizes=(1, 12, 1000), large=200_000, width=64)
