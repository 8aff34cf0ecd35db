"""The models of a run, opened before the first call and not at all where none is made."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from contextlib import AsyncExitStack

from rlmflow.models._protocol import Model


class Openings:
    """Opens models all together: no call is paid for while another model can't be had.

    To open one may take seconds, to load weights or a client, and it may need a key; a run
    whose replies are all known already needs neither. `closing` closes what was opened.
    """

    def __init__(self, models: Collection[Model] = (), closing: AsyncExitStack | None = None):
        self._waiting = list({id(model): model for model in models}.values())
        self._closing = closing
        self._lock = asyncio.Lock()

    @property
    def done(self) -> bool:
        return not self._waiting

    async def open(self) -> None:
        """Open what is not open yet. Raises `StrategyError` where a model can't be had."""
        async with self._lock:
            while self._waiting:
                if self._closing is not None:
                    self._closing.push_async_callback(self._waiting[0].close)
                await self._waiting[0].open()
                self._waiting.pop(0)
