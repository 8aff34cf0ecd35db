"""The running step: what an operator's body is given."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeVar

from rlmflow.operators._frame import question
from rlmflow.operators._operator import Call
from rlmflow.operators._step import Loaded, ReplyForm, Result, Shown, Unanswered
from rlmflow.runtime import fanout
from rlmflow.runtime.asking import Asker
from rlmflow.runtime.events import ItemFailed, ItemRejected, Listener, Noted
from rlmflow.runtime.items_known import ItemsKnown
from rlmflow.runtime.ledger import Ledger
from rlmflow.runtime.packer import Packer
from rlmflow.runtime.showing import show_core, show_itself
from rlmflow.source import Span
from rlmflow.types import Type
from rlmflow.values import NO_FIELDS, Item, Stream

T = TypeVar("T")
Explorer = Callable[["RunningStep", Sequence[Item], int, int | None], Awaitable[Stream | Item]]
"""Has a root work on items of a step; see `Step.explore` for the turns and levels."""

_PACK_TOKENS = 3000
# English takes four bytes a token, program text three: packs come out no larger than meant.
_LEAST_BYTES_A_TOKEN = 3


def pack_tokens(window: int | None) -> int:
    """The most tokens of items that a packed call shows a model with that window."""
    return min(_PACK_TOKENS, window // 3) if window else _PACK_TOKENS


def _itself(item: Item) -> Item:
    return item


@dataclass
class RunningStep:
    """A step of a strategy while it runs. The operators' `Step` protocol documents it.

    `settings`: the parameters that stand in the prompt. `explorer`: who has roots work.
    `path`: the steps that called the strategy it stands in, the outermost first.
    `room` bounds the pieces of work under way.
    """

    name: str
    call: Call
    returns: Type | None
    prompt: str
    also: tuple[str, ...]
    show: Callable[[Item], Shown]
    tell: Listener
    start: Callable[[Coroutine[Any, Any, None]], None]
    python: Callable[[str], Loaded]
    ledger: Ledger
    room: asyncio.Semaphore
    limit: int | None = None
    asker: Asker | None = None
    may_skip: float = 0.0
    settings: Mapping[str, object] = field(default_factory=dict)
    explorer: Explorer | None = None
    path: tuple[str, ...] = ()
    inputs: list[Stream] = field(default_factory=list)

    @property
    def seen(self) -> int:
        """How many items the step was to ask about."""
        return sum(stream.arrived for stream in self.inputs)

    @property
    def asks_small_model(self) -> bool:
        return self.asker is not None and self.asker.caller.model.small

    @property
    def pack_tokens(self) -> int:
        return pack_tokens(self.asker.caller.model.window if self.asker else None)

    def count_tokens(self, text: str) -> int:
        return len(text.encode(errors="replace")) // _LEAST_BYTES_A_TOKEN + 1

    def item(
        self,
        value: object,
        index: int,
        parents: Iterable[Item] = (),
        *,
        spans: tuple[Span, ...] = (),
        fields: Mapping[str, Span] | None = None,
    ) -> Item:
        return Item(value, self.name, index, spans, fields or NO_FIELDS, tuple(parents))

    def itself(self, item: Item, *, margin: bool = False) -> Shown:
        return show_itself(item) if margin else show_core(item)

    def stands_for(self, item: Item, others: Iterable[Item]) -> None:
        self.ledger.same_text(item, others)

    def _taken(self, items: Stream) -> Stream:
        """The items that a model is asked about: all, unless the run is a trial of a few."""
        if self.limit is not None:
            first = Stream(settled=items.settled)
            self.start(fanout.take(items, self.limit, first))
            items = first
        self.inputs.append(items)
        return items

    def expand(self, items: Stream, work: Callable[[Item], Iterable[Item]]) -> Stream:
        out = Stream(settled=items.settled)
        self.start(fanout.expand(items, work, out, self.fail))
        return out

    def each(self, items: Stream, work: Callable[[Item], Awaitable[Iterable[Item]]]) -> Stream:
        out = Stream()
        self.start(fanout.each(self._taken(items), work, out, self.fail, self.room))
        return out

    def each_packed(
        self,
        items: Stream,
        work: Callable[[Sequence[Shown]], Awaitable[Mapping[int, object]]],
        finish: Callable[[Item, object], Iterable[Item]],
        most: int,
        alone: tuple[str, ReplyForm],
    ) -> Stream:
        out = Stream()
        packer = Packer(
            show=self.show,
            count_tokens=self.count_tokens,
            most=most,
            most_tokens=self.pack_tokens,
            work=work,
            finish=finish,
            fail=self.fail,
            room=self.room,
            known=self._items_known(*alone),
        )
        self.start(packer.run(self._taken(items), out))
        return out

    def _items_known(self, job: str, form: ReplyForm) -> ItemsKnown | None:
        recall = self.asker.caller.recall if self.asker else None
        if self.asker is None or recall is None:
            return None
        return ItemsKnown(self.asker, recall, self.prompt, self.also, job, form)

    def each_group(
        self,
        items: Stream,
        ends: Callable[[Sequence[Item], Item], bool],
        work: Callable[[Sequence[Item]], Awaitable[Item]],
    ) -> Stream:
        out = Stream()
        taken = self.expand(self._taken(items), self._if_it_can_be_shown)
        self.start(fanout.each_group(taken, ends, work, out, self._fail_given, self.room))
        return out

    def _if_it_can_be_shown(self, item: Item) -> Iterable[Item]:
        self.show(item)
        return [item]

    def split(
        self,
        items: Stream,
        name: str,
        chosen: Callable[[Item], bool],
        of: Callable[[Item], Item] = _itself,
    ) -> Result:
        kept, others = Stream(settled=items.settled), Stream(settled=items.settled)
        self.start(fanout.split(items, chosen, of, (kept, others), self.fail))
        return Result(kept, {name: others})

    async def together(
        self, jobs: Sequence[tuple[Sequence[Item], Callable[[], Awaitable[T]]]]
    ) -> list[T | None]:
        results: list[T | None] = [None] * len(jobs)

        async def run(number: int, items: Sequence[Item], job: Callable[[], Awaitable[T]]) -> None:
            try:
                results[number] = await job()
            except Unanswered as reason:
                for item in items:
                    self.fail(item, reason)
            finally:
                self.room.release()

        async with asyncio.TaskGroup() as group:
            for number, (items, job) in enumerate(jobs):
                await self.room.acquire()
                group.create_task(run(number, items, job))
        return results

    async def ask(
        self,
        job: str,
        shown: Sequence[Shown],
        form: ReplyForm,
        *,
        again: int = 0,
        beside: Mapping[str, str] = MappingProxyType({}),
        seen: list[Shown] | None = None,
    ) -> object:
        if self.asker is None:
            raise AssertionError(f"{self.name} asks a model, and its operator did not say so")
        asked = question(self.prompt, job, self.also, shown, form.explained, beside)
        texts = tuple(beside.values())
        return await self.asker.ask(asked, shown, form, again=again, seen=seen, beside=texts)

    async def explore(
        self, items: Sequence[Item], *, turns: int, depth: int | None
    ) -> Stream | Item:
        if self.explorer is None:
            raise Unanswered("no root model can work here")
        return await self.explorer(self, items[: self.limit], turns, depth)

    def fail(self, item: Item, reason: str | Unanswered) -> None:
        over = isinstance(reason, Unanswered) and reason.over
        self.ledger.fail(self.name, item, str(reason), over=over)
        self.tell(ItemFailed(self.name, item.id, item.source, str(reason)))

    def _fail_given(self, item: Item, reason: str | Unanswered) -> None:
        """Fail an item; in the place of one that the step made on its way, what it made it of."""
        waiting = [item]
        while waiting:
            one = waiting.pop()
            if one.step == self.name and one.parents:
                waiting += reversed(one.parents)
            else:
                self.fail(one, reason)

    def reject(self, item: Item, reason: str) -> None:
        self.tell(ItemRejected(self.name, item.id, item.source, reason))

    def report(self, message: str) -> None:
        self.tell(Noted(self.name, message))
