"""The models of a run: opened once, all together, before the first call."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import AsyncExitStack

from rlmflow.models._protocol import Model


class Openings:
    """Opens models, and closes those that it opened.

    All are opened before the first call, so none is paid for while another model can't be
    had. To open one may take seconds, to load weights or a client: a run whose replies are
    all known opens none.
    """

    def __init__(self, models: Iterable[Model] = ()) -> None:
        self._models = list({id(model): model for model in models}.values())
        self._closing = AsyncExitStack()
        self._opening: asyncio.Task[None] | None = None
        self.done = not self._models

    async def open(self) -> None:
        """See to it that all are open. Raises `StrategyError` where a model can't be had.

        Who waits for it may give up; that ends no opening that others wait for.
        """
        if self._opening is None:
            self._opening = asyncio.create_task(self._open())
        await asyncio.shield(self._opening)

    async def _open(self) -> None:
        for model in self._models:
            self._closing.push_async_callback(model.close)
            await model.open()
        self.done = True

    async def close(self) -> None:
        """Give up an opening that is under way, and close what was opened."""
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.wait([self._opening])
        await self._closing.aclose()
