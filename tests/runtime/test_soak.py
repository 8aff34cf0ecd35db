"""Many calls to a server that misbehaves for a fifth of them, and keeps the truth.

Every item is answered or listed; none twice; what is answered is what the server said.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from runtime.strategies import PACKED, QUOTES, Jumps, expected, good_reply, lines
from server.misbehaving import FAULTS, Misbehaving
from server.model_server import ModelServer

from rlmflow import api
from rlmflow.models.config import EndpointTable, ModelConfig
from rlmflow.operators._frame import Question, read_items
from rlmflow.runtime.clock import Surroundings
from rlmflow.runtime.events import CallDone, Event
from rlmflow.runtime.run import run
from rlmflow.testing import compiled
from rlmflow.values import Document

STATM = Path("/proc/self/statm")
EVERY = 1000
# Items, what failed, and the books of them; a call that is kept weighs far more.
MOST_BYTES_A_CALL = 3000
SHARE = 0.2
# Faults that leave the other items of a pack as they should be.
FIRST_IS_WRONG = ("an id twice", "an id missing")
BOTH = pytest.mark.parametrize(
    ("text", "packed"), [(PACKED, 4), (QUOTES, 1)], ids=["packed", "quotes"]
)


@dataclass
class Memory:
    """The process's memory, in bytes, after every so many calls."""

    calls: int = 0
    seen: list[int] = field(default_factory=list)

    def hear(self, event: Event) -> None:
        if isinstance(event, CallDone):
            self.calls += 1
            if self.calls % EVERY == 0 and STATM.exists():
                self.seen.append(int(STATM.read_text().split()[1]) * 4096)


def numbers(received: Mapping[str, Any]) -> Iterator[int]:
    """The items that a call shows, by the number in each."""
    system, user = (message["content"] for message in received["messages"][:2])
    for text in read_items(Question(system, user)).values():
        yield int(text.split()[1])


def soak(
    server: ModelServer,
    text: str,
    packed: int,
    calls: int,
    memory: Memory,
    root: str | None = None,
) -> None:
    """`root`: None for the plan alone, `scripted` for a root that plays its program."""
    said = bytearray(calls * packed)

    def truthful(got: str, received: Mapping[str, Any]) -> None:
        if got == "right" or got in FIRST_IS_WRONG:
            for number in list(numbers(received))[got in FIRST_IS_WRONG :]:
                said[number] = 1

    misbehaving = Misbehaving(calls, SHARE, truthful)
    server.keep = False
    server.answer = good_reply
    server.always(misbehaving)
    items = lines(round(0.85 * calls) * packed)
    job = api.Strategy(compiled(text.replace("pack: 4", "pack: 4, retries: 15%"))).prepare(
        Document("in.txt", "\n".join(items)),
        sub=server.name,
        config=ModelConfig(endpoint={server.name: EndpointTable(timeout=3.0)}),
        width=32,
        root=root,
    )
    job = replace(job, surroundings=Surroundings(Jumps(), random.Random(calls)))
    outcome = asyncio.run(run(job, [memory.hear]))
    assert outcome.answer is not None
    listed = Counter(failure.place for failure in outcome.failures)
    assert set(listed.values()) <= {1}
    left = [item for at, item in enumerate(items, start=1) if f"in.txt:{at}" not in listed]
    assert outcome.answer.value == expected(text, left)
    assert all(said[int(item.split()[1])] for item in left)
    assert server.count == memory.calls
    assert 0.7 * SHARE < misbehaving.faulty / server.count < 1.5 * SHARE
    if calls > 1000:
        assert set(FAULTS) < set(misbehaving.counts)
        assert 0 < len(listed) < 0.2 * len(items)


@pytest.mark.parametrize("root", [None, pytest.param("scripted", marks=pytest.mark.long)])
@BOTH
def test_soak(model_server: ModelServer, text: str, packed: int, root: str | None) -> None:
    soak(model_server, text, packed, 150, Memory(), root)


@pytest.mark.long
@BOTH
def test_soak_of_ten_thousand_calls_in_flat_memory(
    model_server: ModelServer, text: str, packed: int
) -> None:
    memory = Memory()
    soak(model_server, text, packed, 10_500, memory)
    assert memory.calls > 10_000
    grown = memory.seen[-1] - memory.seen[1]
    print(f"{memory.calls:,} calls; {[size >> 20 for size in memory.seen]} MB")
    if memory.seen:
        assert grown < MOST_BYTES_A_CALL * packed * (memory.calls - 2 * EVERY)
