"""Time and chance, given from outside so that a run can be repeated or simulated."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from typing import Protocol


class Clock(Protocol):
    def now(self) -> float:
        """Seconds since some fixed moment; never goes back."""
        ...

    async def sleep(self, seconds: float) -> None: ...


class WallClock:
    def now(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass
class Surroundings:
    """What a run takes from the world besides its input and its models."""

    clock: Clock = field(default_factory=WallClock)
    chance: random.Random = field(default_factory=lambda: random.Random(0))


class NoWaiting:
    """A clock that jumps: nothing that sleeps on it takes time. `now` is in seconds.

    Waits that begin at one time pass together, as they do by a real clock.
    """

    def __init__(self) -> None:
        self._now = 0.0

    def now(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        over = self._now + seconds
        await asyncio.sleep(0)
        self._now = max(self._now, over)
