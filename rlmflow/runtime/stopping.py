"""A run that is to start nothing new: what is under way is finished, and kept."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Stopping:
    """Whether a run is to start nothing new. `reason`: why; None while it goes on."""

    def __init__(self) -> None:
        self.reason: str | None = None
        self._waits: set[asyncio.Timeout] = set()

    def stop(self, reason: str) -> None:
        """From now on start nothing; the first reason stands."""
        self.reason = self.reason or reason
        for wait in self._waits:
            wait.reschedule(0.0)

    @contextmanager
    def ends(self, wait: asyncio.Timeout) -> Iterator[None]:
        """End the wait in the block when the run is to stop."""
        self._waits.add(wait)
        try:
            yield
        finally:
            self._waits.discard(wait)
