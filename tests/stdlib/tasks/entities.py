"""People under two names in many letters, and some whose names are only like each other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from random import Random

from stdlib.facts import facts_in, in_files, merged, shown_facts
from stdlib.std_task import Given, Task

from rlmflow.models._protocol import Request

_NAMED = re.compile(r"Fact \d+: (?P<name>.*?), who is (?P<about>number \d+), (?:came|left)\.")


def made(size: int, seed: int) -> Given:
    """Each of some people has two names, and those beside each other share a last name."""
    chance = Random(seed)
    people = [
        (f"number {n}", (f"Ann{n} Bell{n // 2}", f"Dr Bell{n // 2} Ann{n}"))
        for n in range(1 + size // 4)
    ]
    facts, gold = [], dict[str, set[str]]()
    for n in range(size):
        about, names = people[n % len(people)]
        name = chance.choice(names)
        name = chance.choice((name, name.upper()))
        facts.append(f"Fact {n}: {name}, who is {about}, {chance.choice(('came', 'left'))}.")
        gold.setdefault(about, set()).add(facts[-1])
    return Given(in_files(facts, chance, 5), reader, gold, {"kinds": ["person"]})


def reader(request: Request) -> object:
    grouped = merged(request, lambda text: _seen(text)["about"])
    if grouped is not None:
        return grouped
    mentions = [_mention(fact) for fact in shown_facts(request)]
    return {"items": mentions} if request.step == "named" else mentions[0]


def _mention(fact: str) -> Mapping[str, object]:
    return {**_seen(fact).groupdict(), "kind": "person", "quote": fact}


def _seen(text: str) -> re.Match[str]:
    found = _NAMED.search(facts_in(text)[0])
    assert found is not None
    return found


def score(answer: object, gold: object) -> float:
    """Whether each person is there once, with all of the mentions and no others."""
    assert isinstance(answer, list)
    assert isinstance(gold, dict)
    found = [{mention["quote"] for mention in one["members"]} for one in answer]
    names = [one["name"] for one in answer]
    return float(
        sorted(map(sorted, found)) == sorted(map(sorted, gold.values())) and names == sorted(names)
    )


TASK = Task(made, score, sizes=(1, 12, 300, 1000), large=50_000, width=64)
