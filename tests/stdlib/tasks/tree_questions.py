"""Sections on one thing each, and a question that names what stands in few of them."""

from __future__ import annotations

import re
from random import Random

from stdlib.std_task import Given, Task

from rlmflow.models._protocol import Request
from rlmflow.testing import items_of

QUESTION = "Where is something of copper kept?"
METALS = ("copper", "iron", "tin", "zinc", "lead")


def made(size: int, seed: int) -> Given:
    chance = Random(seed)
    told = [(f"room {n}", chance.choice(METALS)) for n in range(size)]
    # The question's words are in other sections too, and its metal is not named as it asks.
    sections = [
        f"# {room.title()}\n\nWhat is kept here was made in {chance.randrange(1700, 1900)}.\n\n"
        + "Something about the walls, and where they lean.\n" * 20
        + f"\nIn {room} stands a {_PLAIN[metal]} kettle.\n\n"
        for room, metal in told
    ]
    gold = [f"In {room} stands a {_PLAIN['copper']} kettle." for room, m in told if m == "copper"]
    return Given({"house.md": "".join(sections)}, reader, gold, {"question": QUESTION})


_PLAIN = {metal: f"{metal[0].upper()}{len(metal)}" for metal in METALS}


def reader(request: Request) -> object:
    """Knows which sign stands for which metal; a question is answered by what is shown."""
    asked, shown = request.messages[1].content, items_of(request)
    wanted = re.search(r"something of (\w+)", asked)
    if wanted is None:
        kept = re.findall(r"stands a (\w\d) kettle", shown[1])
        return ", ".join(metal for metal in METALS if _PLAIN[metal] in kept) or "nothing"
    if request.schema is not None and "items" in request.schema["properties"]:
        sentence = rf"^In room \d+ stands a {_PLAIN[wanted[1]]} kettle\.$"
        found = re.findall(sentence, shown[1], re.MULTILINE)
        return {"items": [{"answer": line.split(" stands")[0], "quote": line} for line in found]}
    said = {str(n): "yes" if wanted[1] in text else "no" for n, text in shown.items()}
    return said if len(said) > 1 else {"answer": said["1"]}


def score(answer: object, gold: object) -> float:
    assert isinstance(answer, list)
    return float([one["quote"] for one in answer] == gold)


TASK = Task(made, score, sizes=(0, 12, 300, 1000), large=50_000, width=64)
