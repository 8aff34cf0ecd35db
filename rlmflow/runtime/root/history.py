"""What a root is sent: the conversation, which grows by a bounded amount a turn.

The last few turns stand whole. Older ones are folded to their head: what was printed
is still in the REPL's variables, and what was written there is still in force. Folding
is done for several turns at a time, so that between two such moments every request
begins with the one before it, as the caches of endpoints want.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rlmflow.models._protocol import Message

_WHOLE = 4
_MOST_WHOLE = 2 * _WHOLE
_HEAD_OF_REPLY = 800
_HEAD_OF_OUTPUT = 400


@dataclass(frozen=True)
class Turn:
    """What the root said, what came of it, and what it was told besides (`remarks`)."""

    reply: str
    output: str
    remarks: str

    def messages(self, *, folded: bool) -> tuple[Message, Message]:
        if not folded:
            told = "\n\n".join(p.rstrip("\n") for p in (self.output, self.remarks) if p)
            return Message("assistant", self.reply), Message("user", told)
        reply = _folded(self.reply, _HEAD_OF_REPLY, "this reply")
        output = _folded(self.output, _HEAD_OF_OUTPUT, "this output")
        return Message("assistant", reply), Message("user", output or "(nothing was printed)")


@dataclass
class History:
    """The turns so far. `room`: the most tokens that a request may have, as `count` counts."""

    system: str
    opening: str
    count: Callable[[Sequence[Message]], int]
    room: int | None = None
    turns: list[Turn] = field(default_factory=list)
    _folded: int = 0
    _left_out: int = 0

    def add(self, turn: Turn) -> None:
        self.turns.append(turn)
        if len(self.turns) - self._folded > _MOST_WHOLE:
            self._folded = len(self.turns) - _WHOLE

    def messages(self) -> tuple[Message, ...]:
        """The next request. Where it would not fit, more is folded, then the oldest left out."""
        made = self._made()
        while self.room is not None and self.count(made) > self.room and self._shorten():
            made = self._made()
        return made

    def _shorten(self) -> bool:
        """Take one more measure; False where none is left."""
        last = len(self.turns) - 1
        if self._folded < last:
            self._folded += 1
        elif self._left_out < last:
            self._left_out += 1
        else:
            return False
        return True

    def _made(self) -> tuple[Message, ...]:
        opening = self.opening
        if self._left_out:
            opening += f"\n\n[The first {self._left_out} turns are left out here.]"
        shown = [Message("system", self.system), Message("user", opening)]
        for number, turn in enumerate(self.turns):
            if number >= self._left_out:
                shown += turn.messages(folded=number < self._folded)
        return tuple(shown)


def _folded(text: str, most: int, what: str) -> str:
    if len(text) <= most:
        return text
    return f"{text[:most]}\n[… {len(text) - most:,} more characters of {what} are left out here]"
