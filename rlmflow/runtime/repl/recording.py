"""What a REPL's state hangs on, so that it can be made again: blocks, replies and readings."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from msgspec import Raw

from rlmflow.runtime.repl.messages import NOTHING, Call, Ended, Readings, Reply


@dataclass(frozen=True)
class Accepted:
    """A block that ended by itself. `seed`: randomness started anew with it."""

    number: int
    code: str
    seed: int | None
    status: Ended
    readings: Readings


@dataclass
class Asked:
    """A call that a block made, and its reply once there is one.

    `occasion`: how often the same was asked before, by blocks that still count.
    """

    block: int
    key: bytes
    occasion: int = 0
    answered: bool = False
    value: bytes = b""
    refused: str | None = None

    def answer(self, value: bytes = b"", *, refused: str | None = None) -> None:
        """Note the reply."""
        self.answered, self.value, self.refused = True, value, refused

    def reply(self, call: Call) -> Reply:
        """The same reply to another call."""
        return Reply(call.number, Raw(self.value) if self.value else NOTHING, self.refused)


@dataclass
class Recording:
    """The accepted blocks of a REPL, and every call that was made, in order."""

    blocks: list[Accepted] = field(default_factory=list)
    _asked: list[Asked] = field(default_factory=list)
    _given_up: tuple[str, Sequence[Asked]] = ("", ())

    def ask(self, block: int, key: bytes) -> Asked:
        """Note a call, made while this block ran or after it."""
        asked = Asked(block, key, sum(one.key == key for one in self._asked))
        self._asked.append(asked)
        return asked

    def accept(self, block: Accepted) -> None:
        """Note a block that ended."""
        self.blocks.append(block)

    def drop(self, number: int, code: str) -> None:
        """Forget a block that did not end, or whose time was up.

        What it was told is told again to the next block, if that has the same code.
        """
        dropped = [asked for asked in self._asked if asked.block == number]
        self._asked = [asked for asked in self._asked if asked.block != number]
        self._given_up = (code, dropped)

    def drop_from(self, block: Accepted) -> None:
        """Forget an accepted block, and those after it."""
        self.blocks = [kept for kept in self.blocks if kept.number < block.number]
        self._asked = [asked for asked in self._asked if asked.block < block.number]

    def replies(self) -> Replies:
        """The replies for a replay."""
        return Replies(self._asked)

    def resumed(self, number: int, code: str) -> Replies:
        """The replies for a block that may be one that was given up: then they count as its own."""
        given_up, asked = self._given_up
        self._given_up = ("", ())
        if given_up != code:
            return Replies(())
        for one in asked:
            one.block = number
        self._asked += asked
        return Replies(asked)


class Replies:
    """Recorded replies by what was asked, each once, equal calls in the order they were made."""

    def __init__(self, asked: Sequence[Asked]) -> None:
        self._asked: dict[bytes, deque[Asked]] = defaultdict(deque)
        for one in asked:
            self._asked[one.key].append(one)

    def take(self, key: bytes) -> Asked | None:
        """The next recorded call that is the same."""
        same = self._asked.get(key)
        return same.popleft() if same else None


def key_of(call: Call) -> bytes:
    """What two calls have in common if they ask the same."""
    return blake2b(call.name.encode() + b"\0" + bytes(call.body), digest_size=16).digest()
