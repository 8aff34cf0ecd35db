"""What lets a root's run be made again in another process: what its blocks read of clocks.

Its turns come back as replies that are known, and what its code asks as well. So the code
runs again as it ran, and its state with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

from msgspec import DecodeError
from msgspec.json import decode, encode

from rlmflow.models._protocol import Message
from rlmflow.runtime.recall import Recall
from rlmflow.runtime.repl.messages import Readings
from rlmflow.runtime.root.remarks import LEFT


class BlocksAgain:
    """What the blocks of one REPL read of clocks, by all the code that ran in it until then.

    `given`: what the REPL was given to read. It is the same REPL only if that is the same.
    """

    def __init__(self, recall: Recall, step: str, given: Sequence[str]) -> None:
        self._recall = recall
        self._step = step
        self._key = b"readings"
        for text in given:
            self._go_on(text)

    def readings(self, code: str) -> Readings | None:
        """What the next block, with this code, read when it ran before; None if it did not."""
        self._go_on(code)
        noted = self._recall.noted(self._key)
        try:
            return None if noted is None else decode(noted, type=Readings)
        except DecodeError:
            return None

    async def keep(self, readings: Readings) -> None:
        """Note what the block read."""
        await self._recall.note(self._key, self._step, encode(readings).decode())

    def _go_on(self, text: str) -> None:
        digest = blake2b(self._key, digest_size=16)
        digest.update(text.encode(errors="surrogatepass"))
        self._key = digest.digest()


def deciding(messages: Sequence[Message], system: str) -> tuple[Message, ...]:
    """The messages without what is left of budgets: it may be more when it is asked again.

    `system`: the first message without it.
    """
    rest = (Message(m.role, _without_standing(m), m.tool_calls, m.answers) for m in messages[1:])
    return Message(messages[0].role, system), *rest


def _without_standing(message: Message) -> str:
    """A message without its last line, where that says what is left."""
    before, _, last = message.content.rpartition("\n")
    is_standing = message.role == "user" and last.startswith(LEFT)
    return before if is_standing else message.content
