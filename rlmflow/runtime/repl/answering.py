"""Who answers the calls of code in the REPL: the host, or the record of what it answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec import DecodeError

from rlmflow.runtime.repl import wire
from rlmflow.runtime.repl.messages import Call, Reply
from rlmflow.runtime.repl.process import WorkerGone
from rlmflow.runtime.repl.recording import Asked, Recording, Replies, key_of

_ENVELOPE = 64


class Refused(Exception):
    """Raised by a host for a call that makes no sense. Code in the REPL gets it at the call."""


class Host(Protocol):
    """Who answers the calls of code in the REPL. Several may be under way at once.

    `name` and arguments: `llm_query(prompt)`, `llm_query(instruction, items=[…])`,
    `llm_batch([prompt, …])`, `llm_batch(instruction, items=[…])`, `rlm_query(task, context)`,
    `rlm_batch([[task, context], …])`, `step(name)`, `step(name, [item, …])`, and
    `step(name, complement="dropped")` for what a step left aside. Prompts, instructions and
    tasks are texts, or `Handle`s of texts; items are plain, `Handle` or `Failure`. Code can
    forge a call: none of this is certain.
    """

    async def call(
        self,
        name: str,
        arguments: Sequence[object],
        keywords: Mapping[str, object],
        occasion: int = 0,
    ) -> object:
        """The answer, of the types of `wire`. Raises `Refused`.

        `occasion`: how often the very same was called before: it may be meant as a sample.
        """


class Answering:
    """Answers calls. What was answered is recorded; on a replay the record answers."""

    def __init__(self, host: Host, recording: Recording, most: int) -> None:
        self._host = host
        self._recording = recording
        self._most = most - _ENVELOPE
        self._reader = wire.Reader()
        self._block = 0
        self._replies = Replies([])
        self._replaying = False
        self.diverged: str | None = None

    def live(self, block: int, code: str) -> None:
        """From now on the host answers the calls of this block, and of those before."""
        self._block, self._replaying = block, False
        self._replies = self._recording.resumed(block, code)

    def replay(self) -> None:
        """From now on the record answers; `diverged` says if it can't."""
        self._replaying, self.diverged = True, None
        self._replies = self._recording.replies()

    async def __call__(self, call: Call) -> Reply:
        """The reply to a call. Raises what the host raises, and `WorkerGone` for nonsense."""
        key = key_of(call)
        asked = self._replies.take(key)
        if asked is None and self._replaying:
            self.diverged = f"it called {call.name} in another way than the first time"
            return Reply(call.number, refused="this is a replay, and the call is a new one")
        asked = asked or self._recording.ask(self._block, key)
        if not asked.answered:
            await self._ask_host(call, asked)
        return asked.reply(call)

    async def _ask_host(self, call: Call, asked: Asked) -> None:
        arguments, keywords = self._read(call)
        try:
            value = wire.to_bytes(
                await self._host.call(call.name, arguments, keywords, asked.occasion)
            )
        except Refused as refused:
            asked.answer(refused=str(refused).encode("utf-8", "replace").decode())
            return
        if len(value) > self._most:
            asked.answer(refused=f"the answer is too long: {len(value):,} bytes")
        else:
            asked.answer(value)

    def _read(self, call: Call) -> tuple[list[object], dict[str, object]]:
        """What a call was made with."""
        try:
            match self._reader.value(call.body):
                case [list(arguments), dict(keywords)]:
                    return arguments, keywords
        except DecodeError:
            pass
        raise WorkerGone("it sent a call that makes no sense")
