"""A REPL as the root's loop uses it: blocks of code run one after another, with their state."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Protocol, Self

from msgspec import DecodeError

from rlmflow.runtime.repl import wire
from rlmflow.runtime.repl.answering import Answering, Host, Refused
from rlmflow.runtime.repl.block import Announced, Block, ReplLimits, Status
from rlmflow.runtime.repl.conversation import Conversation, TookTooLong
from rlmflow.runtime.repl.given import given
from rlmflow.runtime.repl.isolation.kinds import Isolation
from rlmflow.runtime.repl.messages import NOT_COUNTED, Done, FrameTooLong, Readings, Run, Start
from rlmflow.runtime.repl.process import Process, ReplNotStarted, WorkerGone
from rlmflow.runtime.repl.recording import Accepted, Recording

__all__ = ["Announced", "Block", "Host", "Refused", "ReplLimits", "ReplNotStarted", "Session"]


class Again(Protocol):
    """What blocks that ran before, perhaps in another process, read of clocks."""

    def readings(self, code: str) -> Readings | None:
        """What the next block read when it ran before, None if it did not."""
        ...

    async def keep(self, readings: Readings) -> None:
        """Note what the block has read."""
        ...


class Session:
    """One REPL. Use it as an async context: after it, no process and no file is left.

    `documents` are (name, text), of which `context` is made; `names` are bound in the REPL
    beside it. One block is run at a time. `again`: what they read when they ran before.
    """

    def __init__(
        self,
        *,
        documents: Sequence[tuple[str, str]],
        names: Mapping[str, object],
        step_names: Sequence[str],
        host: Host,
        isolation: Isolation,
        limits: ReplLimits | None = None,
        seed: int = 0,
        again: Again | None = None,
    ) -> None:
        self.restarts = 0
        self._to_give = (documents, names, step_names)
        self._isolation = isolation
        self._limits = limits or ReplLimits()
        self._seed = seed
        self._again = again
        self._seeded = False
        self._number = 0
        self._stopped: list[int] = []
        self._reader = wire.Reader()
        self._recording = Recording()
        self._answering = Answering(host, self._recording, self._limits.frame)
        self._announced = Announced()
        self._raised: BaseException | None = None

    async def __aenter__(self) -> Self:
        """Start a worker. Raises `ReplNotStarted`, and `Unsendable` for a name's value."""
        self._given = given(*self._to_give)
        del self._to_give
        try:
            await self._start()
        except BaseException:
            os.close(self._given)
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        os.close(self._given)
        await self._talk.end()

    async def run(self, code: str) -> Block:
        """Run a block.

        After a death or a hard time-out the REPL is started again, and the accepted blocks
        are replayed; the output says so. Raises what the host raised, but for `Refused`,
        and `ReplNotStarted`. If it is cancelled, the block is not accepted.
        """
        note = await self._revived()
        self._number += 1
        self._answering.live(self._number, code)
        seed = None if self._seeded else (self._seed + self._number) % 2**32
        readings = self._again.readings(code) if self._again else None
        run = Run(self._number, code.encode("utf-8", "replace").decode(), seed, readings)
        try:
            done = await self._talk.run(run)
            block = self._ended(run, done)
            if self._again and readings is None and block.status != "timeout":
                await self._again.keep(done.readings)
        except FrameTooLong as error:
            block = self._told("error", f"[The block is {error}.]\n")
        except WorkerGone as gone:
            block = await self._given_up(run, gone)
        except BaseException as error:
            self._raised = error
            self._talk.give_up("the block before was cancelled")
            self._drop(run)
            raise
        return replace(block, output=note + block.output)

    async def _revived(self) -> str:
        """Start again if there is no worker; what the next output begins with."""
        gone = self._talk.over
        if gone is None:
            return ""
        if not isinstance(gone, WorkerGone) and gone is not self._raised:
            # The host failed to answer a thread, between two blocks.
            self._raised = gone
            raise gone
        return f"[The REPL was gone: {gone}. {await self._start_again()}]\n"

    def _ended(self, run: Run, done: Done) -> Block:
        """A block that ended by itself, or when its time was up. Raises `WorkerGone`."""
        late = done.status == "timeout"
        if late and done.threads:
            raise TookTooLong("threads that it had started went on after that")
        try:
            content = self._reader.value(done.content)
        except DecodeError:
            raise WorkerGone("it sent an answer that makes no sense") from None
        self._announced = Announced(content, done.ready, done.problem)
        if late:
            self._drop(run)
            self._stopped.append(run.number)
        else:
            readings = run.readings or done.readings
            accepted = Accepted(run.number, run.code, run.seed, done.status, readings)
            self._recording.accept(accepted)
            self._seeded = True
        return self._told(done.status, done.output)

    async def _given_up(self, run: Run, gone: WorkerGone) -> Block:
        """A block that ended with its worker."""
        self._drop(run)
        block = self._told("died", f"The REPL is gone: {gone}.")
        if isinstance(gone, TookTooLong):
            late = f"it ran for more than {self._limits.seconds:g} s, {NOT_COUNTED}; {gone}"
            block = self._told("timeout", f"The block was ended: {late}.")
        printed = self._talk.printed()
        lost = "What this block did is lost."
        told = f"[{block.output} {lost} {await self._start_again()}]\n"
        if printed:
            told += f"[The last that it printed:]\n{printed}"
        return replace(block, output=told, answer=self._announced)

    def _told(self, status: Status, output: str) -> Block:
        """The block that ended last, with its costs."""
        return Block(status, output, self._announced, self._talk.seconds, self._talk.requests)

    def _drop(self, run: Run) -> None:
        """Forget the block, and what it drew: the next one starts with randomness of its own."""
        self._recording.drop(run.number, run.code)
        self._seeded = False

    async def _start_again(self) -> str:
        """A new worker in which the accepted blocks were run again; says which they are."""
        self.restarts += 1
        self._seeded = False
        told = ["A new one was started."]
        while True:
            await self._talk.end()
            await self._start()
            problem = await self._replay()
            if problem is None:
                break
            told.append(problem)
        kept = [block.number for block in self._recording.blocks]
        if kept:
            told.append(f"{_blocks(kept)} run again in it, with the replies recorded.")
        if self._stopped:
            told.append(f"{_blocks(self._stopped)} not, because of the time-out.")
        return " ".join(told)

    async def _replay(self) -> str | None:
        """Run the accepted blocks again. One that goes another way is dropped, with the rest."""
        self._announced = Announced()
        self._answering.replay()
        for block in self._recording.blocks:
            problem = await self._replay_block(block)
            if problem:
                self._recording.drop_from(block)
                what = f"Block {block.number} went another way when it was run again"
                return f"{what} ({problem}): what it and later blocks did is lost."
        return None

    async def _replay_block(self, block: Accepted) -> str | None:
        """Run a block again; what is wrong if it is not as it was."""
        run = Run(block.number, block.code, block.seed, block.readings)
        try:
            done = await self._talk.run(run)
            content = self._reader.value(done.content)
        except (WorkerGone, DecodeError) as error:
            return str(error)
        self._announced = Announced(content, done.ready, done.problem)
        if self._answering.diverged or done.status == block.status:
            return self._answering.diverged
        return f"it ended with {done.status}, and the first time with {block.status}"

    async def _start(self) -> None:
        limits = self._limits
        process = Process(self._isolation, self._given)
        try:
            lock = self._isolation.lock(scratch=process.scratch, memory=limits.memory)
            start = Start(lock, limits.seconds, limits.output, limits.frame)
            await process.ready(start, limits.frame)
        except BaseException:
            await process.end()
            raise
        self._talk = Conversation(process, self._answering, limits.seconds + limits.grace)


def _blocks(numbers: Sequence[int]) -> str:
    """`Blocks 1, 2 and 4 were`."""
    *most, last = map(str, numbers)
    return f"Blocks {', '.join(most)} and {last} were" if most else f"Block {last} was"
