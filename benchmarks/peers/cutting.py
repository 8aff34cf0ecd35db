"""What every cutter is measured on, and how; needs nothing but Python.

A cutter takes a text and a size in characters and returns its parts, as pairs of
offsets where it knows them, else as strings.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence

Parts = Sequence[tuple[int, int]] | Sequence[str]
Cutter = Callable[[str, int], Parts]

SIZE = 8_000
NASTY_SIZE = 60
ROUNDS = 3
_SENTENCE = """the rent is due on the first day of each month and a tenant shall pay it to the
landlord without notice or demand unless both have agreed in writing that another day is better"""
_NASTY = (
    *(
        "a",
        "word",
        "longerword",
        " ",
        "  ",
        "\t",
        "\n",
        "\n\n",
        "\r\n",
        "\r\n\r\n",
        "\r",
        ". ",
        "! ",
    ),
    *("é", "e\u0301", "漢字", "。", "\u00a0", "\u2028", "\u200d", "\x00", "\ufeff", "\x85"),
    *("\U0001f469\u200d\U0001f467", "\U0001f1e6\U0001f1e7", "\U00010348"),
)


def prose(megabytes: int) -> str:
    """Paragraphs of some hundred ASCII characters, the same each time."""
    chance = random.Random(1)
    paragraphs = []
    for _ in range(500):
        sentences = (
            " ".join(chance.choices(_SENTENCE.split(), k=12)) for _ in range(chance.randint(2, 12))
        )
        paragraphs.append(". ".join(sentences) + ".\n\n")
    wanted = megabytes * 1_000_000
    pieces, length = [], 0
    while length < wanted:
        pieces.append(chance.choice(paragraphs))
        length += len(pieces[-1])
    return "".join(pieces)[:wanted]


def nasty_texts(count: int) -> list[str]:
    """Random strings of what goes wrong: white space of all kinds, marks, pictures, NULs."""
    chance = random.Random(2)
    return ["".join(chance.choices(_NASTY, k=chance.randint(0, 120))) for _ in range(count)]


def seconds(cutter: Cutter, text: str) -> float:
    """The fastest of a few rounds."""
    fastest = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        cutter(text, SIZE)
        fastest = min(fastest, time.perf_counter() - start)
    return fastest


def is_exact(cutter: Cutter, text: str) -> bool:
    """Do the parts join up to the text, stand where they are said to, and fit the size?"""
    parts = cutter(text, NASTY_SIZE)
    at = 0
    for part in parts:
        start, end = (at, at + len(part)) if isinstance(part, str) else part
        wrong_text = isinstance(part, str) and text[start:end] != part
        if start != at or wrong_text or not 0 < end - start <= NASTY_SIZE:
            return False
        at = end
    return at == len(text)
