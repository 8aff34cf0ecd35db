"""How long a block's own code has run: the watch stands while a call is under way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Stopwatch:
    """Counts from its making. `late` is called once it has counted `seconds`."""

    def __init__(self, seconds: float, late: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._limit = seconds
        self._late = late
        self._counted = 0.0
        self._calls = 0
        self._go()

    @property
    def seconds(self) -> float:
        """What it has counted."""
        if self._calls:
            return self._counted
        return self._counted + self._loop.time() - self._since

    def call_begins(self) -> None:
        """A call to the host is under way from now on."""
        if not self._calls:
            self._stand()
        self._calls += 1

    def call_ends(self) -> None:
        """A call to the host has its answer."""
        self._calls -= 1
        if not self._calls:
            self._go()

    def stop(self) -> float:
        """What it has counted; it counts no more."""
        if not self._calls:
            self._stand()
            self._calls = 1
        return self._counted

    def _go(self) -> None:
        self._since = self._loop.time()
        self._alarm = self._loop.call_later(self._limit - self._counted, self._late)

    def _stand(self) -> None:
        self._alarm.cancel()
        self._counted += self._loop.time() - self._since
