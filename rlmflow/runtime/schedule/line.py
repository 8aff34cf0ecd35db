"""The calls to one model that wait for their places."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from math import inf
from typing import Generic, TypeAlias, TypeVar

from rlmflow.runtime.schedule.order import Order
from rlmflow.runtime.schedule.pace import Pace
from rlmflow.runtime.schedule.provider import Provider

T = TypeVar("T")
Turn: TypeAlias = tuple[Order, int]
"""Where a call stands in line: its step's order, then its number, which no other call has."""
Refuse: TypeAlias = Callable[[float], Exception | None]
"""Why a call won't wait for so many seconds; None if it will."""


@dataclass
class Line(Generic[T]):
    """Who waits for a model, in order. `paces`: of the model, and of its provider."""

    provider: Provider
    paces: tuple[Pace, ...]
    _waiting: list[tuple[Turn, int, asyncio.Future[T], Refuse]] = field(default_factory=list)

    def join(self, turn: Turn, tokens: int, refuse: Refuse) -> asyncio.Future[T]:
        """What a call of at most so many tokens waits for."""
        came: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        heappush(self._waiting, (turn, tokens, came, refuse))
        return came

    @property
    def first(self) -> Turn | None:
        """Whose turn it is."""
        while self._waiting and self._waiting[0][2].done():
            heappop(self._waiting)
        return self._waiting[0][0] if self._waiting else None

    @property
    def tokens(self) -> int:
        """The most tokens of the first in line."""
        return self._waiting[0][1]

    def pop(self) -> asyncio.Future[T]:
        """Take the first out of the line."""
        return heappop(self._waiting)[2]

    def start(self, tokens: int, now: float) -> float:
        """When a call may start: `now`, later, or inf where another has to end before."""
        provider = self.provider
        if provider.until > now:
            return provider.until
        if provider.under_way >= provider.width.now:
            return inf
        return max((pace.start(tokens, now) for pace in self.paces), default=now)

    def turn_away(self, refused: Callable[[Refuse], Exception | None]) -> None:
        """Let those go for whom the wait that has begun is too long."""
        kept = []
        for waiting in self._waiting:
            came = waiting[2]
            problem = None if came.done() else refused(waiting[3])
            if problem is not None:
                came.set_exception(problem)
            elif not came.done():
                kept.append(waiting)
        heapify(kept)
        self._waiting = kept
