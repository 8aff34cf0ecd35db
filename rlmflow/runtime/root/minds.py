"""Who replies in a root's place: a model, or a program that is played block by block."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from rlmflow.models._protocol import Message, Request
from rlmflow.operators._step import Unanswered
from rlmflow.runtime.calling import Caller
from rlmflow.runtime.root.again import deciding
from rlmflow.runtime.root.remarks import NOTHING_PRINTED
from rlmflow.text.one_line import one_line

_FENCES = re.compile("`{3,}")
_SHORTEST_FENCE = "```"
_LONGEST_TOLD = 300


@dataclass
class ModelMind:
    """A root model. `most_tokens`: the most that one reply may hold.

    `lasting`: what it is told at first, without what is left of budgets; empty if all is.
    """

    caller: Caller
    most_tokens: int
    lasting: str = ""
    strict: bool = field(default=False, init=False)

    async def reply(self, messages: Sequence[Message]) -> str:
        self.caller.repeats.calls += 1
        decides = deciding(messages, self.lasting or messages[0].content)
        request = Request(
            tuple(messages), None, self.most_tokens, 0, self.caller.step, decides=decides
        )
        return (await self.caller.send(request, ())).text


@dataclass
class Program:
    """Plays blocks of code, one a turn. A block that fails ends the run."""

    blocks: Sequence[str]
    strict: bool = field(default=True, init=False)
    _played: int = field(default=0, init=False)

    async def reply(self, messages: Sequence[Message]) -> str:
        """The next block. Raises `Unanswered` after the last."""
        if self._played == len(self.blocks):
            told = _told(messages[-1].content) if self._played else ""
            raise Unanswered(f"the program ended without an answer{told}")
        code = self.blocks[self._played].rstrip("\n")
        self._played += 1
        fence = max([_SHORTEST_FENCE, *(f"{run}`" for run in _FENCES.findall(code))], key=len)
        return f"{fence}repl\n{code}\n{fence}"


def _told(message: str) -> str:
    """What a message says beside outputs and what is left of the budget, in a line."""
    lines = [line for line in message.strip().splitlines() if line not in ("", NOTHING_PRINTED)]
    said = " ".join(line for line in lines if not line.startswith("Left:"))
    return f"; at last it was told: {one_line(said, _LONGEST_TOLD)}" if said else ""
