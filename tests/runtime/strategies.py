"""Small strategies, and what a model that makes no mistake says to them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rlmflow.operators._frame import Question, read_items

# The three ways in which a model is asked: for text, for one value of several, for a list.
TEXTS = """
strategy texts(docs: corpus) -> list[text] {
  lines = records(docs, by: line)
  answer map(lines, pack: 1) -> text "Say it again."
}
"""
PACKED = """
type Said { number: int  words: text }
strategy packed(docs: corpus) -> list[Said] {
  lines = records(docs, by: line)
  answer map(lines, pack: 4) -> Said "Which number, in which words?"
}
"""
QUOTES = """
type Seen { quote: quote }
strategy quotes(docs: corpus) -> list[Seen] {
  lines = records(docs, by: line)
  answer extract(lines) -> Seen "Quote each line."
}
"""


def lines(count: int) -> list[str]:
    return [f"line {number} of {count}" for number in range(count)]


def expected(strategy: str, items: list[str]) -> list[object]:
    if strategy == TEXTS:
        return list(items)
    if strategy == QUOTES:
        return [{"quote": item} for item in items]
    return [{"number": int(item.split()[1]), "words": item} for item in items]


def good_reply(received: Mapping[str, Any]) -> object:
    """What a model that makes no mistake says, told from the message and the schema alone."""
    system, user = (message["content"] for message in received["messages"][:2])
    items = read_items(Question(system, user))
    if "response_format" not in received:
        return items[1]
    properties = received["response_format"]["json_schema"]["schema"]["properties"]
    if "items" in properties:
        return {"items": [{"quote": text} for text in items.values()]}
    said = {str(n): {"number": int(t.split()[1]), "words": t} for n, t in items.items()}
    return said["1"] if "number" in properties else said


@dataclass
class Jumps:
    """A clock whose waits take no time and are remembered. Waits at one time pass together."""

    waits: list[float] = field(default_factory=list)
    _now: float = 0.0

    def now(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        over = self._now + seconds
        await asyncio.sleep(0)
        self._now = max(self._now, over)
