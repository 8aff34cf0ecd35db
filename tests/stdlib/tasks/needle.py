"""Codes of things in a haystack of others, of codes that were changed, and of idle talk."""

from __future__ import annotations

import re
from random import Random

from stdlib.facts import each_item, in_files, shown_facts
from stdlib.std_task import Given, Task

from rlmflow.models._protocol import Request
from rlmflow.testing import items_of

THINGS = ("boathouse", "shed", "pier", "crane")


def made(size: int, seed: int) -> Given:
    """So many codes; a few, or none, are that of the pier today."""
    chance = Random(seed)
    needles = set(chance.sample(range(size), min(size, chance.choice((1, 2, 3)))))
    facts = [_fact(n, n in needles, chance) for n in range(size)]
    found = [fact for n, fact in enumerate(facts) if n in needles]
    values = {"question": "What is the code of the pier today?"}
    return Given(in_files(facts, chance, 3), reader, found, values)


def _fact(number: int, needle: bool, chance: Random) -> str:
    thing = "pier" if needle else chance.choice(THINGS)
    when = "today" if needle or thing != "pier" else "last year"
    return f"Fact {number}: the code of the {thing} {when} is {chance.randrange(10**6)}."


def reader(request: Request) -> object:
    """At first it takes any code of the thing for an answer; asked again it looks closer."""
    asked = re.search(r"the code of the (\w+) today\?", request.messages[1].content)
    assert asked is not None
    if request.step == "found":
        hits = [fact for fact in shown_facts(request) if f"of the {asked[1]} " in fact]
        return {"items": [{"answer": fact.split()[-1].strip("."), "quote": fact} for fact in hits]}
    sure = f"of the {asked[1]} today is"
    said = {n: "yes" if sure in text else "no" for n, text in items_of(request).items()}
    return each_item(request, dict(said))


def score(answer: object, gold: object) -> float:
    assert isinstance(answer, list)
    return float([one["quote"] for one in answer] == gold)


TASK = Task(made, score, sizes=(1, 12, 300), large=200_000, width=64)
