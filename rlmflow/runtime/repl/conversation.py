"""Blocks and calls between the host and one worker, from its start to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from rlmflow.runtime.repl.messages import Call, Done, Reply, Run
from rlmflow.runtime.repl.process import Process, WorkerGone
from rlmflow.runtime.repl.stopwatch import Stopwatch

_MOST_CALLS_AT_ONCE = 1024
_SECONDS_BETWEEN_LOOKS = 0.5

Answer = Callable[[Call], Awaitable[Reply]]


class TookTooLong(WorkerGone):
    """A block did not give in when its time was up."""


class Conversation:
    """Runs blocks one at a time, and answers calls while they run and between them.

    `seconds` and `requests` are those of the last block: how long its own code took, and
    how many calls it made.
    """

    def __init__(self, process: Process, answer: Answer, limit: float) -> None:
        self._process = process
        self._answer = answer
        self._limit = limit
        self.seconds = 0.0
        self.requests = 0
        self._calls = 0
        self._under_way: set[asyncio.Task[None]] = set()
        self._watch: Stopwatch | None = None
        self._block: asyncio.Future[Done] | None = None
        self._over: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()
        self._for_life = {asyncio.create_task(self._listen()), asyncio.create_task(self._look())}

    @property
    def over(self) -> BaseException | None:
        """Why there is no worker any more: it is gone, or what answers its calls has failed."""
        return self._over.result() if self._over.done() else None

    def printed(self) -> str:
        """The last that the block printed which ran when the worker ended."""
        return self._process.printed()

    def give_up(self, why: str) -> None:
        """End the worker now; `end` leaves nothing of it."""
        self._finish(WorkerGone(why))

    async def run(self, run: Run) -> Done:
        """Run a block.

        Raises `WorkerGone`, `TookTooLong`, `FrameTooLong` if the code is too long to be
        sent, and what the answer to a call raised.
        """
        self._block = asyncio.get_running_loop().create_future()
        # Calls that threads of an earlier block made stop the watch too.
        self._watch = Stopwatch(self._limit, self._too_late, calls=len(self._under_way))
        before = self._calls
        try:
            await self._process.send(run)
            done = await self._ended(self._block)
            if done.number != run.number:
                raise WorkerGone("it sent a message out of turn")
            return done
        except WorkerGone as gone:
            self._finish(gone)
            raise
        finally:
            self._watch.stop()
            self.seconds, self.requests = self._watch.seconds, self._calls - before
            self._watch, self._block = None, None

    async def end(self) -> None:
        """End the worker, and give up the calls that are under way."""
        tasks = self._for_life | self._under_way
        for task in tasks:
            task.cancel()
        self._process.kill()
        try:
            await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            await self._process.end()

    async def _ended(self, block: asyncio.Future[Done]) -> Done:
        """The end of the block."""
        waited: set[asyncio.Future[Any]] = {block, self._over}
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        if block.done():
            return block.result()
        raise self._over.result()

    async def _look(self) -> None:
        """Look at the worker from outside: its threads go on between blocks."""
        while True:
            if why := self._process.overrun():
                self._finish(WorkerGone(why))
                return
            await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)

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
        if self._watch:
            self._watch.call_begins()
        task = asyncio.create_task(self._serve(call))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _serve(self, call: Call) -> None:
        """Answer a call. What is sent counts as the worker's time: it must be ready to read."""
        try:
            try:
                reply = await self._answer(call)
            finally:
                if self._watch:
                    self._watch.call_ends()
            await self._process.send(reply)
        except asyncio.CancelledError:
            self._finish(WorkerGone("a call of its code was cancelled"))
            raise
        except BaseException as failed:  # else the code waits for ever
            self._finish(failed)

    def _end_block(self, message: object) -> None:
        waited = self._block
        if not isinstance(message, Done) or waited is None or waited.done():
            raise WorkerGone("it sent a message out of turn")
        waited.set_result(message)

    def _too_late(self) -> None:
        self._finish(TookTooLong("its code went on after its time was up"))

    def _finish(self, why: BaseException) -> None:
        if not self._over.done():
            self._over.set_result(why)
            self._process.kill()
