"""Running in virtual time: an event loop that never waits, whose clock jumps to what is next."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

from rlmflow.runtime.clock import Clock

T = TypeVar("T")


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop for work that waits for timers alone, such as simulated calls.

    Where it would sleep until the next timer, its time jumps there instead. So sleeps and
    time-outs end in the order and at the times that they would, in no time. Threads and
    sockets don't belong in it: nothing waits for them while a timer is set.
    """

    def __init__(self) -> None:
        self._jumps = _Jumps()
        super().__init__(self._jumps)

    def time(self) -> float:
        """Seconds since the loop was made, in virtual time."""
        return self._jumps.now


class _Jumps(selectors.DefaultSelector):
    """A selector that looks at what is ready, and lets time pass instead of waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None:
            return super().select(None)
        self.now += max(0.0, timeout)
        return super().select(0)


class LoopClock(Clock):
    """The running event loop's own time."""

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def run_in_virtual_time(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end; see `VirtualTimeLoop`."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(work)
