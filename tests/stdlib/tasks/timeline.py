"""Events told out of order, some of them twice, and some without a day."""

from __future__ import annotations

import re
from datetime import date, timedelta
from random import Random

from stdlib.facts import facts_in, in_files, merged, shown_facts
from stdlib.std_task import Given, Task

from rlmflow.models._protocol import Request

_EVENT = re.compile(
    r"Fact \d+: (?:on (?P<day>\S+) )?event (?P<event>\d+) took place(?: again told)?\."
)


def made(size: int, seed: int) -> Given:
    chance = Random(seed)
    events = [
        (
            n,
            None
            if chance.random() < 0.2
            else date(2020, 1, 1) + timedelta(days=chance.randrange(900)),
        )
        for n in range(max(1, size * 2 // 3))
    ]
    told = [(n, day, "") for n, day in events]
    told += [(n, day, " again told") for n, day in events if day and chance.random() < 0.5]
    chance.shuffle(told)
    facts = [
        f"Fact {at}: {f'on {day} ' if day else ''}event {n} took place{again}."
        for at, (n, day, again) in enumerate(told)
    ]
    first = {n: at for at, (n, _, _) in reversed(list(enumerate(told)))}
    gold = sorted(events, key=lambda event: (event[1] or date.max, first[event[0]]))
    return Given(in_files(facts, chance, 3), reader, [n for n, _ in gold])


def reader(request: Request) -> object:
    grouped = merged(request, lambda text: _seen(text)["event"])
    if grouped is not None:
        return grouped
    events = [_event(fact) for fact in shown_facts(request)]
    return {"items": events} if request.step == "told" else events[0]


def _event(fact: str) -> dict[str, object]:
    seen = _seen(fact)
    what = f"Event {seen['event']} took place."
    return {"day": seen["day"], "when": seen["day"] or "", "what": what, "quote": fact}


def _seen(text: str) -> re.Match[str]:
    found = _EVENT.search(facts_in(text)[0])
    assert found is not None
    return found


def score(answer: object, gold: object) -> float:
    assert isinstance(answer, list)
    return float([int(_seen(event["quote"])["event"]) for event in answer] == gold)


TASK = Task(made, score, sizes=(1, 12, 300, 1000), large=50_000, width=64)
