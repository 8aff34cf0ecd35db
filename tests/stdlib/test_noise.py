"""A reader that overlooks some of what it is shown: the library loses that, and nothing more."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from hashlib import blake2b
from typing import Any

import pytest
from chance import further_than_chance
from stdlib.facts import facts_in
from stdlib.std_task import STDLIB, Given, task_of

from rlmflow.models._protocol import Request
from rlmflow.models.scripted import Script

SIZE = 1_500
OVERLOOKED = 0.15

Told = dict[object, set[str]]
"""What an answer may hold, and the sentences that tell it, each of which is enough."""


def is_overlooked(quote: str, seed: int) -> bool:
    """Each sentence by lot, the same wherever it is shown."""
    lot = blake2b(f"{seed} {quote}".encode(), digest_size=4).digest()
    return int.from_bytes(lot, "big") < OVERLOOKED * 2**32


def overlooking(reader: Script, seed: int) -> Script:
    def read(request: Request) -> Any:
        said: Any = reader(request)
        if not isinstance(said, Mapping) or "items" not in said:
            return said
        kept = [item for item in said["items"] if not is_overlooked(item["quote"], seed)]
        return {"items": kept}

    return read


def by_quote(given: Given) -> Told:
    return {quote: {quote} for quote in given.gold}


def by_row(given: Given) -> Told:
    return {quote: {quote} for _, quote in given.gold}


def by_event(given: Given) -> Told:
    told: Told = {}
    for text in given.texts.values():
        for fact in facts_in(text):
            event = re.search(r"event (\d+)", fact)
            if event is not None:
                told.setdefault(int(event[1]), set()).add(fact)
    assert set(told) == set(given.gold)
    return told


def by_mention(given: Given) -> Told:
    return {mention: {mention} for mentions in given.gold.values() for mention in mentions}


def quotes(answer: Any) -> Iterator[object]:
    yield from (one["quote"] for one in answer)


def events(answer: Any) -> Iterator[object]:
    yield from (int(re.search(r"event (\d+)", one["quote"])[1]) for one in answer)  # type: ignore[index]  # each has one


def mentions(answer: Any) -> Iterator[object]:
    yield from (mention["quote"] for one in answer for mention in one["members"])


KNOWN: Mapping[str, tuple[Callable[[Given], Told], Callable[[Any], Iterator[object]]]] = {
    "ask_folder": (by_quote, quotes),
    "extract_table": (by_row, quotes),
    "timeline": (by_event, events),
    "entities": (by_mention, mentions),
}


def expected(told: Collection[set[str]]) -> tuple[float, float]:
    """How much is found on average where each sentence is overlooked alone, and its variance."""
    shares = [1 - OVERLOOKED ** len(sentences) for sentences in told]
    return sum(shares), sum(share * (1 - share) for share in shares)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", KNOWN)
def test_what_is_overlooked_is_missing_and_nothing_else(name: str, seed: int) -> None:
    telling, in_answer = KNOWN[name]
    file = STDLIB / f"{name}.rlm"
    task = task_of(file)
    given = task.made(SIZE, seed)
    told = telling(given)
    noisy = replace(given, reader=overlooking(given.reader, seed))
    outcome = task.outcome(file.read_text("utf-8"), noisy)
    assert outcome.status == "complete"
    assert outcome.answer is not None
    found = list(in_answer(outcome.answer.value))
    seen = [unit for unit, by in told.items() if not all(is_overlooked(q, seed) for q in by)]
    assert len(found) == len(set(found))
    assert set(found) == set(seen)
    assert len(seen) < len(told)
    mean, variance = expected(told.values())
    assert not further_than_chance(len(found), mean, variance, of=2 * len(KNOWN))
