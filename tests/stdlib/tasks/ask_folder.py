"""Sentences about things, and a question about one of them."""

from __future__ import annotations

import re
from random import Random

from stdlib.std_task import Given, Task

from rlmflow.models._protocol import Request
from rlmflow.testing import items_of

THINGS = ("keys", "boats", "oars", "fees")
QUESTION = "What is said of the keys?"


def made(size: int, seed: int) -> Given:
    chance = Random(seed)
    told = [(n, chance.choice(THINGS)) for n in range(size)]
    lines = [f"Rule {n} is about the {thing}, " + "and so on " * 9 for n, thing in told]
    files = {f"{n}.md": "\n\n".join(f"{line}." for line in lines[n::3]) for n in range(3)}
    gold = [f"{line}." for n in range(3) for line in lines[n::3] if "the keys" in line]
    return Given(files, reader, gold, {"question": QUESTION})


def reader(request: Request) -> object:
    asked = re.search(r"of the (\w+)\?", request.messages[1].content)
    assert asked is not None
    found = re.findall(
        rf"^Rule \d+ is about the {asked[1]},.*\.$", items_of(request)[1], re.MULTILINE
    )
    return {"items": [{"answer": line.split(",")[0], "quote": line} for line in found]}


def score(answer: object, gold: object) -> float:
    assert isinstance(answer, list)
    return float([one["quote"] for one in answer] == gold)


TASK = Task(made, score, sizes=(1, 12, 300, 1000), large=200_000, width=64)
