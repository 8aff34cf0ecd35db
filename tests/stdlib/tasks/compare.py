"""Two versions of rules: some changed, some gone, some new, all of them in another order."""

from __future__ import annotations

import re
from random import Random

from stdlib.facts import each_item, facts_in, in_files, shown_facts
from stdlib.std_task import Given, Task

from rlmflow.models._protocol import Request
from rlmflow.testing import items_of

THINGS = ("boats", "oars", "keys", "fees", "dogs", "fires", "guests", "lockers")
_RULE = re.compile(r"Fact \d+: rule (?P<rule>[a-z]+\d+) of the (?P<thing>\w+) is (?P<says>\d+)\.")


def made(size: int, seed: int) -> Given:
    """At least one rule of each fate; what is changed, gone and new is known by its sentences."""
    chance = Random(seed)
    old, new, gold = [], [], set[tuple[str | None, str | None]]()
    for n in range(max(4, size)):
        name, says = f"{chance.choice('abc')}{n}", chance.randrange(90)
        rule = f"rule {name} of the {chance.choice(THINGS)} is"
        fate = ("kept", "changed", "gone", "new")[
            n % 4 if n < 4 else chance.choice((0, 0, 1, 2, 3))
        ]
        before = f"Fact {n}: {rule} {says}." if fate != "new" else None
        after = (
            f"Fact {n + 10_000}: {rule} {says + (fate == 'changed')}." if fate != "gone" else None
        )
        old += [before] if before else []
        new += [after] if after else []
        if fate != "kept":
            gold.add((before, after))
    chance.shuffle(new)
    inputs = {"new": in_files(new, chance, 2, "new/")}
    return Given(in_files(old, chance, 2, "old/"), reader, gold, inputs=inputs)


def reader(request: Request) -> object:
    if request.step == "judged":
        return each_item(request, {n: _verdict(text) for n, text in items_of(request).items()})
    if request.step in ("changed", "gone", "added"):
        said = {n: _told(request.step, text) for n, text in items_of(request).items()}
        return said[1] if "what" in request.schema["properties"] else each_item(request, said)  # type: ignore[index,operator]  # an object's schema
    return {"items": [{"says": fact, "quote": fact} for fact in shown_facts(request)]}


def _verdict(text: str) -> str:
    left, right = (_seen(fact) for fact in dict.fromkeys(facts_in(text)))
    if left["rule"] != right["rule"]:
        return "unrelated"
    return "same" if left["says"] == right["says"] else "contrary"


def _told(step: str, text: str) -> object:
    first, *others = dict.fromkeys(facts_in(text))
    old = first if step != "added" else None
    new = {"changed": others[0] if others else None, "gone": None, "added": first}[step]
    return {"what": f"It is {step}.", "old": old, "new": new}


def _seen(fact: str) -> re.Match[str]:
    found = _RULE.search(fact)
    assert found is not None
    return found


def score(answer: object, gold: object) -> float:
    assert isinstance(answer, list)
    found = [(one["old"], one["new"]) for one in answer]
    return float(set(found) == gold and len(found) == len(set(found)))


TASK = Task(made, score, sizes=(1, 12, 300, 1000), large=50_000, width=64)
