"""Letters over many days, in which a thing is in one state and then in another."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from random import Random
from typing import Any

from stdlib.std_task import Given, Task

from rlmflow.models._protocol import Request
from rlmflow.testing import items_of

ABOUT = "the crane"
_SAID = re.compile(r"On (\d{4}-\d\d-\d\d) (the \w+) was (\w+)\.")
_NOTE = re.compile(r"^note: (\{.*\})$", re.MULTILINE)


def made(size: int, seed: int) -> Given:
    chance = Random(seed)
    days = chance.sample(range(4000), size + 2)
    told = [
        (date(2020, 1, 1) + timedelta(n), chance.choice(("the crane", "the pier", "the shed")))
        for n in days
    ]
    states = [f"s{chance.getrandbits(30)}" for _ in told]
    letters = [
        f"On {day} {thing} was {state}." for (day, thing), state in zip(told, states, strict=True)
    ]
    letters[0], told[0] = f"On {told[0][0]} {ABOUT} was {states[0]}.", (told[0][0], ABOUT)
    files = {f"{n}.txt": "\n\n".join(letters[n::5]) for n in range(5)}
    newest = max(letter for letter in letters if ABOUT in letter)
    place = next(
        f"{name}:{2 * text.split(chr(10) * 2).index(newest) + 1}"
        for name, text in files.items()
        if newest in text
    )
    gold = {"standing": newest.split()[-1][:-1], "source": place}
    return Given(files, reader, gold, {"about": ABOUT})


def reader(request: Request) -> Any:
    """Judges, notes and sums up what the request shows of the thing that it names."""
    asked, shown = request.messages[1].content, items_of(request)
    wanted = re.search(r"(?:bears on|stand with) (the \w+)", asked)
    assert wanted is not None
    assert request.schema is not None
    properties: Any = request.schema["properties"]
    if "standing" in properties:
        return _brief(list(shown.values()))
    notes = {str(n): _note(text, wanted[1]) for n, text in shown.items()}
    return notes if len(notes) > 1 else {"answer": notes["1"]}


def _note(text: str, thing: str) -> dict[str, str] | None:
    said = _SAID.search(text)
    if said is None or said[2] != thing:
        return None
    return {"what": said[3], "day": said[1], "quote": said[0]}


def _brief(shown: list[str]) -> dict[str, object]:
    """The newest of notes, or of briefs that rest on notes."""
    notes = [json.loads(note) for text in shown for note in _NOTE.findall(text)]
    for text in shown:
        rests = re.search(r"because: (\[.*\])", text)
        notes += json.loads(rests[1]) if rests else []
    notes.sort(key=lambda note: note["day"], reverse=True)
    standing = notes[0]["what"] if notes else "nothing is known"
    return {"standing": standing, "open": [], "because": notes[:2]}


def score(answer: Any, gold: Any) -> float:
    """How things stand, and the file and line of the newest note."""
    told = answer or {"standing": "", "because": []}
    first = told["because"][0].get("source") if told["because"] else None
    return float({"standing": told["standing"], "source": first} == gold)


TASK = Task(made, score, sizes=(1, 12, 400), cited=True)
