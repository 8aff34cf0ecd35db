"""Text, JSON and tables, and a reader that slips when it copies, and mends what a diff shows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from zlib import crc32

from stdlib.std_task import Given, Task, beside

from rlmflow.models._protocol import Request
from rlmflow.testing import items_of

WORDS = ("bee", "ant", "wasp", "the  bee", "é", "\U0001f41d", "-", '"', "\\n", "{{ ant }}", "\t")


def made(size: int, seed: int) -> Given:
    chance = Random(seed)
    texts = {
        "words.txt": "".join(_lines(size, chance)),
        "rows.json": json.dumps([{"n": n, "x": chance.random()} for n in range(size)], indent=1),
        "rows.csv": "n;said\r\n" + "".join(f'{n};"a, b"\r\n' for n in range(size)),
    }
    return Given(texts, reader, "".join(texts.values()))


def _lines(size: int, chance: Random) -> Iterator[str]:
    for _ in range(size):
        indent = " " * chance.randrange(3)
        words = " ".join(chance.choice(WORDS) for _ in range(chance.randrange(9)))
        yield f"{indent}{words}{' ' * chance.randrange(2)}\n"


def reader(request: Request) -> object:
    shown = items_of(request)[1]
    if "verdict" not in beside(request):
        slips = crc32(shown.encode()) % 3 == 0
        return {"text": shown.replace("a", "", 1).rstrip() if slips else shown}
    return {"text": _mended(beside(request)["verdict"], beside(request)["source"])}


def _mended(verdict: str, wanted: str) -> str:
    """What a draft becomes where all that the verdict marks is taken from the text."""
    named, *diff = verdict.split("\n")
    assert named.startswith("`diff(")
    assert {line[:1] for line in diff} <= {"-", "+", "@", " "}
    return wanted


TASK = Task(made, sizes=(0, 12, 150, 1000), large=10_000, width=64)
