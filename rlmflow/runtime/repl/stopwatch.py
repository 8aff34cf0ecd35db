"""How long a block's own code has run: the watch stands while a call is under way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Stopwatch:
    """Counts from its making, but for `calls` that are under way then and later.

    `late` is called once it has counted `limit` seconds.
    """

    def __init__(self, limit: float, late: Callable[[], None], *, calls: int = 0) -> None:
        self._loop = asyncio.get_running_loop()
        self._limit = limit
        self._late = late
        self._counted = 0.0
        self._calls = calls
        self._since: float | None = None
        self._alarm: asyncio.TimerHandle | None = None
        if not calls:
            self._go()

    @property
    def seconds(self) -> float:
        """What it has counted."""
        return self._counted + (0.0 if self._since is None else self._loop.time() - self._since)

    def call_begins(self) -> None:
        """A call to the host is under way from now on."""
        self._calls += 1
        self.stop()

    def call_ends(self) -> None:
        """A call to the host has its answer."""
        self._calls -= 1
        if self._calls == 0:
            self._go()

    def stop(self) -> None:
        """Count no more, for now."""
        self._counted, self._since = self.seconds, None
        if self._alarm is not None:
            self._alarm.cancel()

    def _go(self) -> None:
        self._since = self._loop.time()
        self._alarm = self._loop.call_later(self._limit - self._counted, self._late)
