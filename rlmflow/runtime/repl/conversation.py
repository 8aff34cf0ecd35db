"""Blocks and calls between the host and one worker, from its start to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from rlmflow.runtime.repl.messages import Call, Done, Reply, Run
from rlmflow.runtime.repl.process import Process, WorkerGone
from rlmflow.runtime.repl.stopwatch import Stopwatch

_MOST_CALLS_AT_ONCE = 1024

Answer = Callable[[Call], Awaitable[Reply]]


class TookTooLong(WorkerGone):
    """A block did not give in when its time was up."""


class Conversation:
    """Runs blocks one at a time, and answers calls while they run and between them."""

    def __init__(self, process: Process, answer: Answer, seconds: float) -> None:
        self._process = process
        self._answer = answer
        self._seconds = seconds
        self._calls = 0
        self._under_way: set[asyncio.Task[None]] = set()
        self._watch: Stopwatch | None = None
        self._block: asyncio.Future[Done] | None = None
        self._over: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()
        self._listening = asyncio.create_task(self._listen())

    @property
    def is_over(self) -> bool:
        """The worker is gone, or what answers its calls has failed."""
        return self._over.done()

    @property
    def calls(self) -> int:
        """How many calls the worker has made."""
        return self._calls

    async def run(self, number: int, code: str) -> tuple[Done, float]:
        """Run a block: how it ended, and how long its own code took.

        Raises `WorkerGone`, `TookTooLong`, `FrameTooLong` if the code is too long to be
        sent, and what the answer to a call raised.
        """
        self._block = asyncio.get_running_loop().create_future()
        self._watch = Stopwatch(self._seconds, self._too_late)
        self._watch_calls_under_way()
        try:
            await self._process.send(Run(number, code))
            waited: set[asyncio.Future[Any]] = {self._block, self._over}
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            if not self._block.done():
                raise self._over.result()
            return self._block.result(), self._watch.stop()
        finally:
            self._watch.stop()
            self._watch, self._block = None, None

    async def end(self) -> None:
        """End the worker, and give up the calls that are under way."""
        tasks = {self._listening, *self._under_way}
        for task in tasks:
            task.cancel()
        self._process.kill()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._process.end()

    def _watch_calls_under_way(self) -> None:
        """Calls that threads of an earlier block made stop the watch too, in worker and host."""
        assert self._watch is not None
        for _ in self._under_way:
            self._watch.call_begins()

    async def _listen(self) -> None:
        try:
            while True:
                message = await self._process.receive()
                if isinstance(message, Call):
                    self._begin(message)
                else:
                    self._end_block(message)
        except WorkerGone as gone:
            self._finish(gone)

    def _begin(self, call: Call) -> None:
        if call.number != self._calls + 1:
            raise WorkerGone("it sent a call out of turn")
        if len(self._under_way) >= _MOST_CALLS_AT_ONCE:
            raise WorkerGone(f"it made more than {_MOST_CALLS_AT_ONCE:,} calls at once")
        self._calls += 1
        task = asyncio.create_task(self._serve(call))
        self._under_way.add(task)
        if self._watch:
            self._watch.call_begins()

    async def _serve(self, call: Call) -> None:
        task = asyncio.current_task()
        assert task is not None
        try:
            reply = await self._answer(call)
        except Exception as failed:
            self._finish(failed)
            return
        finally:
            self._under_way.discard(task)
            if self._watch:
                self._watch.call_ends()
        await self._process.send(reply)

    def _end_block(self, message: object) -> None:
        waited = self._block
        if not isinstance(message, Done) or waited is None or waited.done():
            raise WorkerGone("it sent a message out of turn")
        waited.set_result(message)

    def _too_late(self) -> None:
        self._finish(TookTooLong("its code went on after its time was up"))

    def _finish(self, why: Exception) -> None:
        if not self._over.done():
            self._over.set_result(why)
            self._process.kill()
