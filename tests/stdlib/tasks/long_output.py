"""Facts about things, and a text that must have a section on each thing with all of its facts."""

from __future__ import annotations

import re
from random import Random
from zlib import crc32

from stdlib.std_task import Given, Task, beside

from rlmflow.models._protocol import Request
from rlmflow.testing import items_of

THINGS = ("boat", "key", "locker", "fee", "oar", "pier")
_FACT = re.compile(r"Fact \d+: the \w+ has part \d+\.")


def made(size: int, seed: int) -> Given:
    chance = Random(seed)
    facts = [f"Fact {n}: the {chance.choice(THINGS)} has part {n}." for n in range(size + 2)]
    text = "\n\n".join(f"# Note {n}\n\n{fact} {'And so on. ' * 60}" for n, fact in enumerate(facts))
    return Given({"notes.md": text}, reader, facts, {"task": "All about the club", "least": 20})


def reader(request: Request) -> object:
    """Plans with all facts; a first draft now and then lacks its heading, its key or its length."""
    shown = items_of(request)
    if request.schema is not None:
        return {"answer": _plan(_FACT.findall("\n".join(shown.values())))}
    section = beside(request).get("source", shown[1])
    said = dict(line.split(": ", 1) for line in section.split("\n"))
    whole = f"## {said['title']}\n\nAll that there is to know of the {said['key']}: {said['facts']}"
    if beside(request):
        return f"{whole} {'This is so. ' * 5}"
    slip = crc32(section.encode()) % 3
    return [f"{said['title']}: {said['facts']}", f"## {said['title']}\n\nIt is.", whole][slip]


def _plan(facts: list[str]) -> list[dict[str, str]]:
    """A section for each thing, with every fact on it."""
    by_thing: dict[str, list[str]] = {}
    for fact in facts:
        by_thing.setdefault(fact.split()[3], []).append(fact)
    return [
        {"title": f"The {thing}", "key": thing, "facts": " ".join(dict.fromkeys(told))}
        for thing, told in sorted(by_thing.items())
    ]


def score(answer: object, gold: list[str]) -> float:
    """The share of facts that stand in the section of their thing, under its heading."""
    sections = re.split(r"\n*^## ", str(answer), flags=re.MULTILINE)
    headed = {section.split("\n")[0]: section for section in sections[1:]}
    right = sum(fact in headed.get(f"The {fact.split()[3]}", "") for fact in gold)
    return right / len(gold) if not sections[0] and len(str(answer)) > 100 * len(headed) else 0


TASK = Task(made, score, sizes=(0, 12, 60))
