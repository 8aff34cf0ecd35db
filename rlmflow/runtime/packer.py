"""Several items to a call: those that are not known yet, packed as neighbours."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rlmflow.expressions import ExpressionError
from rlmflow.operators._step import Shown, Unanswered
from rlmflow.runtime.fanout import CELLS_AT_A_TIME, Cell, Fail, Made, cell_of
from rlmflow.runtime.items_known import NOT_KNOWN, Alone, ItemsKnown
from rlmflow.runtime.recall import calls_made
from rlmflow.values import Item, Stream

_NO_REPLY_FOR_AN_EQUAL = "an equal item got no usable reply"


@dataclass
class _Place:
    """What is shown of an item, where its result goes, and the items that equal it.

    Of these nothing but the item is held, since all of an input may be equal.
    """

    shown: Shown
    cell: Cell
    index: int
    alone: Alone | None = None
    equals: list[tuple[Item, Cell, int]] = field(default_factory=list)


@dataclass
class _Pack:
    """Items that go into one call."""

    places: list[_Place] = field(default_factory=list)
    tokens: int = 0


@dataclass
class Packer:
    """Packs neighbours into calls. The same items make the same packs in every run.

    An item that goes alone has no neighbour to wait for. `known`: what is known of single
    items; None where nothing is kept.
    """

    show: Callable[[Item], Shown]
    count_tokens: Callable[[str], int]
    most: int
    most_tokens: int
    work: Callable[[Sequence[Shown]], Awaitable[Mapping[int, object]]]
    finish: Callable[[Item, object], Made]
    fail: Fail
    room: asyncio.Semaphore
    known: ItemsKnown | None = None
    _asked: dict[bytes, _Place] = field(default_factory=dict)

    async def run(self, items: Stream, out: Stream) -> None:
        count, seen, pack = 0, 0, _Pack()
        async with asyncio.TaskGroup() as jobs:
            cells = items.cells() if self.most == 1 else items.in_order()
            async for position, arrived in cells:
                count += 1
                cell = cell_of(out, position, len(arrived))
                for index, item in enumerate(arrived):
                    seen += 1
                    if seen % CELLS_AT_A_TIME == 0:
                        await asyncio.sleep(0)
                    place = self._place(item, cell, index)
                    if place is None or self._waits_for_no_call(place):
                        continue
                    tokens = self.count_tokens(place.shown.text)
                    if pack.places and pack.tokens + tokens > self.most_tokens:
                        await self._start(jobs, pack)
                        pack = _Pack()
                    pack.places.append(place)
                    pack.tokens += tokens
                    if len(pack.places) >= self.most:
                        await self._start(jobs, pack)
                        pack = _Pack()
            if pack.places:
                await self._start(jobs, pack)
        out.close(count)

    def _place(self, item: Item, cell: Cell, index: int) -> _Place | None:
        try:
            return _Place(self.show(item), cell, index)
        except ExpressionError as error:
            self.fail(item, error.message)
            cell.done(index, ())
            return None

    def _waits_for_no_call(self, place: _Place) -> bool:
        """Whether an item is known, or will be when one that equals it is."""
        if self.known is None:
            return False
        place.alone = self.known.about(place.shown)
        if place.alone.key in self._asked:
            equal = (place.shown.item, place.cell, place.index)
            self._asked[place.alone.key].equals.append(equal)
            return True
        if self._is_known(place):
            return True
        self._asked[place.alone.key] = place
        return False

    def _is_known(self, place: _Place) -> bool:
        value = NOT_KNOWN
        if self.known is not None and place.alone is not None:
            value = self.known.value(place.alone)
        if value is NOT_KNOWN:
            return False
        place.cell.done(place.index, self.finish(place.shown.item, value))
        return True

    async def _start(self, jobs: asyncio.TaskGroup, pack: _Pack) -> None:
        await self.room.acquire()
        jobs.create_task(self._ask(pack.places))

    async def _ask(self, places: Sequence[_Place]) -> None:
        """Ask about items, and then about those equals to which the replies do not apply."""
        try:
            while places:
                pack, rest = places[: self.most], places[self.most :]
                values = await self._values(pack)
                places = [*rest, *self._delivered(pack, values)]
        finally:
            self.room.release()

    async def _values(self, pack: Sequence[_Place]) -> Mapping[int, object]:
        shown = [place.shown for place in pack]
        with calls_made() as calls:
            try:
                values = await self.work(shown)
            except Unanswered as reason:
                for piece in shown:
                    self.fail(piece.item, reason)
                return {}
        if self.known is None:
            return values
        alone = [place.alone for place in pack if place.alone is not None]
        return await self.known.kept(alone, values, calls)

    def _delivered(self, pack: Sequence[_Place], values: Mapping[int, object]) -> Iterable[_Place]:
        """Put results where they belong; the equals for which that leaves none."""
        for number, place in enumerate(pack, start=1):
            if place.alone is not None:
                self._asked.pop(place.alone.key, None)
            item = place.shown.item
            made = self.finish(item, values[number]) if number in values else ()
            place.cell.done(place.index, made)
            for equal, cell, index in place.equals:
                if number not in values:
                    self.fail(equal, _NO_REPLY_FOR_AN_EQUAL)
                    cell.done(index, ())
                elif (other := self._place(equal, cell, index)) is not None:
                    if self.known is not None:
                        other.alone = self.known.about(other.shown)
                    if not self._is_known(other):
                        yield other
