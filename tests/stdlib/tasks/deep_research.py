"""A folder in which one thing leads to the next, and two pages contradict each other."""

from __future__ import annotations

import re
from random import Random
from typing import Any

from stdlib.std_task import Given, Task

from rlmflow.models._protocol import Request, ToolCall
from rlmflow.testing import items_of

QUESTION = "Who looks after the pump of hall 3?"
NAMES = ("Ann", "Bob", "Cleo", "Dan", "Eve")


def made(size: int, seed: int) -> Given:
    """Halls have pumps, and pumps have people: two pages on it, of which the older is wrong."""
    chance = Random(seed)
    halls = range(size + 4)
    pumps = [f"P{chance.getrandbits(30)}" for _ in halls]
    right, wrong = chance.sample(NAMES, 2)
    keepers = [right if n == 3 else chance.choice(NAMES) for n in halls]
    texts = {
        "halls.md": "".join(f"In hall {n} runs the pump {pump}.\n" for n, pump in enumerate(pumps)),
        "old.md": f"In 1999, {pumps[3]} was looked after by {wrong}.\n",
        "new.md": "".join(
            f"In 2024, {pump} was looked after by {keeper}.\n"
            for pump, keeper in sorted(zip(pumps, keepers, strict=True))
        ),
    }
    line = next(n for n, text in enumerate(texts["new.md"].split("\n"), 1) if pumps[3] in text)
    places = {"halls.md:4", f"new.md:{line}", "old.md:1"}
    gold = {"answer": right, "disputed": [pumps[3]], "places": places}
    return Given(texts, reader, gold, {"question": QUESTION})


def reader(request: Request) -> Any:
    """Splits, looks up, compares and answers by what stands in the request alone."""
    assert request.schema is not None
    wanted: Any = request.schema["properties"]
    shown = "\n".join(items_of(request).values())
    if "items" in wanted:
        return _looked_up(request, shown)
    if "next" in wanted:
        pumps = re.findall(r"the pump (P\d+)", shown)
        following = [f"Who looks after {pump}?" for pump in dict.fromkeys(pumps)]
        return {"agreed": [], "contradicts": [], "missing": following, "next": following}
    if "because" in wanted:
        return _report(shown)
    hall = re.search(r"hall \d+", shown)
    return {"answer": [f"Which pump is in {hall[0]}?"] if hall else []}


def _looked_up(request: Request, asked: str) -> Any:
    said = [message.content for message in request.messages if message.role == "tool"]
    if not said:
        named = re.search(r"hall \d+|P\d+", asked)
        if named is None:
            return {"items": []}
        pattern = f"{named[0]} {'runs' if named[0].startswith('hall') else 'was'} "
        return ToolCall("grep_input", f'{{"pattern": "{pattern}"}}')
    lines = re.findall(r"^(\S+?:\d+): (.+)$", said[0], re.MULTILINE)
    return {"items": [{"claim": line, "where": at, "quote": line} for at, line in lines]}


def _report(shown: str) -> Any:
    """The keeper that the newest finding names; disputed, where they differ."""
    quotes = re.findall(r"^quote: (.*)$", shown, re.MULTILINE)
    because = [{"claim": quote, "where": "", "quote": quote} for quote in quotes]
    told = [re.match(r"In (\d+), (P\d+) was looked after by (\w+)\.", quote) for quote in quotes]
    kept = sorted(found.groups() for found in told if found)
    pumps = {pump for _, pump, _ in kept} if len({name for *_, name in kept}) > 1 else set()
    answer = kept[-1][2] if kept else "nobody knows"
    return {"answer": answer, "disputed": sorted(pumps), "open": [], "because": because}


def score(answer: Any, gold: Any) -> float:
    """The right name, what is disputed, and every finding with the place where it stands."""
    places = {finding.get("source") for finding in answer["because"]}
    return float({**gold} == {**{n: answer[n] for n in ("answer", "disputed")}, "places": places})


TASK = Task(made, score, sizes=(1, 12, 300), cited=True)
