"""The loop: a root says what to run, is told what came of it, and announces an answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from rlmflow.models._protocol import Message
from rlmflow.operators._step import Unanswered
from rlmflow.runtime.events import BlockRun, Listener, TurnDone
from rlmflow.runtime.names import Made
from rlmflow.runtime.repl.session import Block
from rlmflow.runtime.root import remarks
from rlmflow.runtime.root.accepting import Acceptance, Judgement
from rlmflow.runtime.root.fences import Code, code_of
from rlmflow.runtime.root.history import History, Turn

# A root that does nothing new for so many turns in a row will not come to anything.
_MOST_IDLE = 5
_LONGEST_REMARK = 2000
_BLOCK_NUMBER = re.compile(r"<block \d+>")
_PUT_BACK = 'answer["ready"] = False'


class Mind(Protocol):
    """Who replies in the root's place: a model, or a program that is played.

    `strict`: a block that fails ends the run, since nobody is there to mend it.
    """

    @property
    def strict(self) -> bool: ...

    async def reply(self, messages: Sequence[Message]) -> str:
        """What it says to the conversation so far. Raises `Unanswered`."""
        ...


class Repl(Protocol):
    """Where the code runs: one `Session` for as long as the loop goes on."""

    async def run(self, code: str) -> Block: ...


@dataclass(frozen=True)
class Ending:
    """How a loop ended. `reason`: why no answer was accepted; `made` is then what there is."""

    made: Made | None
    reason: str | None = None


@dataclass
class Loop:
    """One root at work, for at most `turns` turns.

    `standing`: what is left of the budget after a turn, in words. `told`: what came up in
    the host while the code of a turn ran. `step` names the root in events, `level` says
    how many roots stand above it. `suggest`: what code might come next.
    """

    step: str
    level: int
    mind: Mind
    repl: Repl
    history: History
    acceptance: Acceptance
    turns: int
    standing: Callable[[int], str]
    told: Callable[[], Sequence[str]]
    tell: Listener
    suggest: Callable[[], str] | None = None
    _last: tuple[str, str] | None = None
    _idle: int = 0
    _blocks: list[BlockRun] = field(default_factory=list)

    async def run(self) -> Ending:
        """Turn after turn, until an answer is accepted or there is no going on."""
        for number in range(1, self.turns + 1):
            try:
                reply = await self.mind.reply(self.history.messages())
                judgement = await self._turn(number, reply)
            except Unanswered as reason:
                if not reason.unusable:
                    return self._without_answer(str(reason))
                judgement = self._unusable(number, str(reason))
            if judgement.made is not None:
                return Ending(judgement.made)
            if self._idle >= _MOST_IDLE:
                return self._without_answer(f"the root did nothing new in {_MOST_IDLE} turns")
        return self._without_answer(f"the root is out of turns ({self.turns})")

    async def _turn(self, number: int, reply: str) -> Judgement:
        code = code_of(reply)
        output, last = await self._executed(code.blocks)
        if last is not None and last.status != "ok" and self.mind.strict:
            self._close(number, reply, output, [])
            raise Unanswered(f"a block of the program failed: {_last_line(last.output)}")
        judgement = Judgement()
        if last is not None:
            judgement = await self.acceptance.judge(last.answer.content, last.answer.ready)
        if judgement.put_back:
            await self.repl.run(_PUT_BACK)
        repeated = self._is_repeated(reply, output)
        self._idle = self._idle + 1 if repeated or last is None else 0
        problem = last.answer.problem if last is not None else None
        said = [*_of_form(code), *([remarks.REPEATED] if repeated else []), *self.told()]
        said += [remark for remark in (problem, judgement.remark) if remark]
        if judgement.made is None and (last is None or repeated or problem or judgement.remark):
            said += self._example()
        self._close(number, reply, output, said)
        return judgement

    async def _executed(self, blocks: Sequence[str]) -> tuple[str, Block | None]:
        """Run the blocks in order until one fails; what they printed, and the last that ran."""
        outputs: list[str] = []
        last: Block | None = None
        for number, code in enumerate(blocks, start=1):
            last = await self._block(code)
            head = f"[block {number} of {len(blocks)}]\n" if len(blocks) > 1 else ""
            outputs.append(head + (last.output or remarks.NOTHING_PRINTED))
            if last.status != "ok":
                if number < len(blocks):
                    outputs.append(remarks.not_run(number, len(blocks)))
                break
        return "\n".join(outputs), last

    async def _block(self, code: str) -> Block:
        """Run a block. Of a program, one that its worker died under is run once more."""
        for _ in range(2 if self.mind.strict else 1):
            block = await self.repl.run(code)
            seconds = round(block.seconds, 4)
            self._blocks.append(BlockRun(code, block.status, block.output, seconds, block.requests))
            if block.status != "died":
                break
        return block

    def _is_repeated(self, reply: str, output: str) -> bool:
        # A traceback counts the blocks, which tells two turns apart that are alike.
        turn = reply, _BLOCK_NUMBER.sub("<block>", output)
        same = turn == self._last
        self._last = turn
        return same

    def _example(self) -> list[str]:
        """Code that might come next: of an answer that is there, its announcement."""
        if self.acceptance.may_be_announced:
            return [remarks.example(remarks.READY)]
        return [remarks.example(self.suggest())] if self.suggest else []

    def _unusable(self, number: int, reason: str) -> Judgement:
        """A turn whose reply did not arrive whole."""
        self._idle += 1
        self._close(number, "", "", [remarks.cut_off(reason)])
        return Judgement()

    def _close(self, number: int, reply: str, output: str, said: Sequence[str]) -> None:
        told = "\n".join([*(line[:_LONGEST_REMARK] for line in said), self.standing(number)])
        self.history.add(Turn(reply, output, told))
        self.tell(TurnDone(self.step, self.level, number, reply, tuple(self._blocks), told))
        self._blocks = []

    def _without_answer(self, reason: str) -> Ending:
        problem = self.acceptance.problem
        unfit = f"; what it left as its answer does not fit: {problem}" if problem else ""
        return Ending(self.acceptance.so_far, reason + unfit)


def _of_form(code: Code) -> list[str]:
    """What is to be said of the form of a reply."""
    said = []
    if not code.blocks:
        said.append(remarks.unknown_tags(code.unknown) if code.unknown else remarks.NO_CODE)
    if code.unclosed:
        said.append(remarks.UNCLOSED)
    if code.made_up:
        said.append(remarks.MADE_UP)
    return said


def _last_line(output: str) -> str:
    lines = [line for line in output.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "it printed nothing"
