"""A REPL as the root's loop uses it: blocks of code run one after another, with their state."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Protocol, Self

from msgspec import DecodeError, Raw

from rlmflow.runtime.repl import wire
from rlmflow.runtime.repl.conversation import Conversation
from rlmflow.runtime.repl.given import given
from rlmflow.runtime.repl.isolation.kinds import Isolation
from rlmflow.runtime.repl.messages import Call, Reply, Start
from rlmflow.runtime.repl.process import Process, WorkerGone

_GRACE = 2.0


class Refused(Exception):
    """Raised by a host for a call that makes no sense. Code in the REPL gets it at the call."""


class Host(Protocol):
    """Who answers the calls of code in the REPL. Several may be under way at once.

    `name` and arguments: `llm_query(prompt)`, `llm_query(instruction, items=[…])`,
    `llm_batch([prompt, …])`, `llm_batch(instruction, items=[…])`, `rlm_query(task, context)`,
    `rlm_batch([[task, context], …])`, `step(name)`, `step(name, [item, …])`, and
    `step(name, complement="dropped")` for what a step left aside. Prompts, instructions and
    tasks are texts or `Handle`s of texts; items are plain, `Handle` or `Failure`.
    """

    async def call(
        self, name: str, arguments: Sequence[object], keywords: Mapping[str, object]
    ) -> object:
        """The answer, of the types of `wire`. Raises `Refused`."""


@dataclass(frozen=True)
class ReplLimits:
    """Limits of one worker: seconds of a block's own code, bytes of memory and of one
    message, characters of a block's output."""

    seconds: float = 120.0
    memory: int = 4 << 30
    output: int = 8192
    frame: int = 64 << 20


@dataclass(frozen=True)
class Announced:
    """`answer` after a block. `problem` says what code made of it that it must not be."""

    content: object = ""
    ready: bool = False
    problem: str | None = None


@dataclass(frozen=True)
class Block:
    """What came of one block. `seconds`: its own, without those that it waited for the host."""

    status: Literal["ok", "error", "timeout", "died"]
    output: str
    answer: Announced
    seconds: float
    requests: int


class Session:
    """One REPL. Use it as an async context: after it, no process and no file is left.

    `documents` are (name, text); `names` are bound in the REPL beside them.
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
    ) -> None:
        self.restarts = 0
        self._given = given(documents, names, step_names)
        self._host = host
        self._isolation = isolation
        self._limits = limits or ReplLimits()
        self._seed = seed
        self._blocks = 0
        self._reading = wire.Reading()

    async def __aenter__(self) -> Self:
        await self._start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        os.close(self._given)
        await self._talk.end()

    async def _start(self) -> None:
        self._process = Process(self._isolation, self._given)
        limits = self._limits
        lock = self._isolation.lock(scratch=self._process.scratch, memory=limits.memory)
        try:
            await self._process.ready(
                Start(lock, limits.seconds, limits.output, limits.frame, self._seed), limits.frame
            )
        except BaseException:
            await self._process.end()
            raise
        self._talk = Conversation(self._process, self._answer, limits.seconds + _GRACE)

    async def run(self, code: str) -> Block:
        """Run a block. After a death or a hard time-out the REPL is started again."""
        self._blocks += 1
        calls = self._talk.calls
        done, seconds = await self._talk.run(self._blocks, code)
        content = self._reading.value(done.content)
        return Block(
            status=done.status,
            output=done.output,
            answer=Announced(content, done.ready, done.problem),
            seconds=seconds,
            requests=self._talk.calls - calls,
        )

    async def _answer(self, call: Call) -> Reply:
        arguments, keywords = self._read_body(call)
        try:
            value = await self._host.call(call.name, arguments, keywords)
        except Refused as refused:
            return Reply(call.number, refused=str(refused))
        return Reply(call.number, Raw(wire.to_bytes(value)))

    def _read_body(self, call: Call) -> tuple[list[object], dict[str, object]]:
        """What a call was made with. Raises `WorkerGone` if it was forged."""
        try:
            match self._reading.value(call.body):
                case [list(arguments), dict(keywords)]:
                    return arguments, keywords
        except DecodeError:
            pass
        raise WorkerGone("it sent a call that makes no sense")
