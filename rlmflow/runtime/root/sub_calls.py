"""Calls to the sub-model that a root's code makes: one by one, or many side by side."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from typing import TypeVar

from rlmflow.journal.key import Occasion
from rlmflow.operators._frame import Question, question
from rlmflow.operators._replies import value_form
from rlmflow.operators._step import Shown, Unanswered
from rlmflow.runtime.asking import Asker
from rlmflow.runtime.events import ItemFailed
from rlmflow.runtime.repl.wire import Failure
from rlmflow.runtime.root.usage import Usage
from rlmflow.types import TEXT
from rlmflow.values import Item

REPLY_TOKENS = 4096
MOST_BYTES = 500_000
"""The longest prompt, as UTF-8, that code may send to a sub-model of unknown window."""

_SYSTEM = "You are given a task with all that it needs. Do it, and reply with the result alone."
_UNDER_WAY_FOR_EACH_PLACE = 2
_FORM = replace(value_form(TEXT), tokens=REPLY_TOKENS)

T = TypeVar("T")


@dataclass
class SubCalls:
    """Asks the sub-model for one root. A question without a reply is a `Failure` in its place.

    A reply about items is an `Item` made from them, any other a plain text. `width`: the
    most calls at a time in the run. `failed`: what has no reply so far; a question that
    is asked again, and answered, is taken out.
    """

    asker: Asker
    width: int
    usage: Usage
    failed: dict[tuple[str, ...], ItemFailed] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=count)

    async def prompts(self, prompts: Sequence[str], occasion: int = 0) -> list[str | Failure]:
        """A reply for each prompt, in order. `occasion`: how often the same was asked before.

        Prompts that are equal are samples, each of its own.
        """
        self.usage.batch(len(prompts))
        jobs = zip(prompts, _numbered(prompts), strict=True)
        return await self._all([partial(self.prompt, p, (occasion, n + 1)) for p, n in jobs])

    async def prompt(self, prompt: str, occasion: Occasion = ()) -> str | Failure:
        """The reply to one prompt."""
        return await self._asked(Question(_SYSTEM, prompt), (), (prompt,), occasion)

    async def items(
        self, instruction: str, shown: Sequence[Shown], occasion: int = 0
    ) -> list[Item | Failure]:
        """A reply for each item, in order; each is recorded with its exact spans."""
        self.usage.batch(len(shown))
        numbers = _numbered([piece.text for piece in shown])
        jobs = [
            partial(self._about, instruction, [p], next(self._numbers), (occasion, n + 1))
            for p, n in zip(shown, numbers, strict=True)
        ]
        return await self._all(jobs)

    async def together(
        self, instruction: str, shown: Sequence[Shown], occasion: int = 0
    ) -> Item | Failure:
        """One reply about all items."""
        return await self._about(instruction, shown, next(self._numbers), (occasion, 0))

    async def _about(
        self, instruction: str, shown: Sequence[Shown], number: int, occasion: Occasion
    ) -> Item | Failure:
        texts = tuple(piece.text for piece in shown if not piece.spans)
        asked = question(instruction, "", (), shown, "")
        reply = await self._asked(asked, shown, (instruction, *texts), occasion)
        if isinstance(reply, Failure):
            return reply
        parents = tuple(piece.item for piece in shown)
        return Item(reply, self.asker.caller.step, number, parents=parents)

    async def _asked(
        self,
        asked: Question,
        shown: Sequence[Shown],
        pasted: Sequence[str],
        occasion: Occasion,
    ) -> str | Failure:
        """A reply, or the failure. `pasted`: texts of which it is not known where they stand."""
        if self.asker.caller.model.window is None and _bytes(asked.user) > MOST_BYTES:
            return Failure(
                f"the prompt has {_bytes(asked.user):,} bytes, and a sub-model takes at most "
                f"{MOST_BYTES:,}: cut it into pieces"
            )
        key = (*(piece.item.id for piece in shown), *pasted)
        try:
            reply = await self.asker.ask(asked, shown, _FORM, again=0, occasion=occasion)
        except Unanswered as reason:
            for piece in shown:
                step, ledger = self.asker.caller.step, self.asker.ledger
                ledger.fail(step, piece.item, str(reason), over=reason.over)
            self.failed[key] = self._listed(asked, shown, str(reason))
            return Failure(str(reason))
        self.failed.pop(key, None)
        for text in pasted:
            self.asker.ledger.pasted(text)
        return str(reply)

    def _listed(self, asked: Question, shown: Sequence[Shown], reason: str) -> ItemFailed:
        step = self.asker.caller.step
        if not shown:
            return ItemFailed(step, f"a prompt that begins {asked.user[:60]!r}", None, reason)
        return ItemFailed(step, shown[0].item.id, shown[0].item.source, reason)

    async def _all(self, jobs: Sequence[Callable[[], Awaitable[T]]]) -> list[T]:
        return await side_by_side(jobs, _UNDER_WAY_FOR_EACH_PLACE * self.width)


def _numbered(texts: Sequence[str]) -> list[int]:
    """How many that equal it stand before each text."""
    seen = Counter[str]()
    numbers = []
    for text in texts:
        numbers.append(seen[text])
        seen[text] += 1
    return numbers


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode(errors="replace"))


async def side_by_side(jobs: Sequence[Callable[[], Awaitable[T]]], most: int) -> list[T]:
    """What the jobs give, in order; at most so many are under way at a time."""
    results: dict[int, T] = {}
    waiting = iter(enumerate(jobs))

    async def work() -> None:
        for number, job in waiting:
            results[number] = await job()

    async with asyncio.TaskGroup() as group:
        for _ in range(min(most, len(jobs))):
            group.create_task(work())
    return [results[number] for number in range(len(jobs))]
