"""Work on the items of a list, many at once, with results in the list's order.

Each function here is a coroutine that reads one stream and fills another until
the first has ended. `room` bounds how many pieces of work one step has under
way, so that memory follows the width of a run and not the size of its input.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

from rlmflow.expressions import ExpressionError
from rlmflow.operators._step import Unanswered
from rlmflow.values import Item, Part, Stream

Fail = Callable[[Item, str | Unanswered], None]
Made = Iterable[Item]

CELLS_AT_A_TIME = 256
_CHARACTERS_OF_AN_ITEM = 4096


@dataclass
class Cell:
    """A cell of the result that is delivered once all its items are done."""

    out: Stream
    position: int
    waiting: int
    made: dict[int, tuple[Item, ...]] = field(default_factory=dict)

    def done(self, index: int, items: Made) -> None:
        self.made[index] = tuple(items)
        self.waiting -= 1
        if self.waiting == 0:
            cells = (self.made[index] for index in sorted(self.made))
            self.out.put(self.position, tuple(item for cell in cells for item in cell))


def cell_of(out: Stream, position: int, size: int) -> Cell:
    if size == 0:
        out.put(position, ())
    return Cell(out, position, size)


class _Writer:
    """Fills a stream from the cells of another: cell by cell, or item by item if settled."""

    def __init__(self, out: Stream) -> None:
        self._out = out
        self._count = 0

    def write(self, position: int, items: Sequence[Item]) -> None:
        if not self._out.settled:
            self._out.put(position, tuple(items))
            self._count += 1
            return
        for item in items:
            self._out.put(self._count, (item,))
            self._count += 1

    def close(self) -> None:
        self._out.close(self._count)


async def _cells(items: Stream) -> AsyncIterator[tuple[int, tuple[Item, ...]]]:
    """Cells in order where none waits for a model, else as they arrive. Lets others run."""
    done = 0
    async for position, cell in items.in_order() if items.settled else items.cells():
        yield position, cell
        done += sum(map(_weight, cell)) or 1
        if done >= CELLS_AT_A_TIME:
            done = 0
            await asyncio.sleep(0)


def _weight(item: Item) -> int:
    """How many plain items an item is as much work as: a long stretch of text is many."""
    if not isinstance(item.value, Part):
        return 1
    return 1 + (item.value.core.end - item.value.core.start) // _CHARACTERS_OF_AN_ITEM


async def expand(items: Stream, work: Callable[[Item], Made], out: Stream, fail: Fail) -> None:
    """Turn items into others without waiting for anything."""
    writer = _Writer(out)
    async for position, cell in _cells(items):
        made: list[Item] = []
        for item in cell:
            try:
                made.extend(work(item))
            except ExpressionError as error:
                fail(item, error.message)
        writer.write(position, made)
    writer.close()


async def split(
    items: Stream,
    chosen: Callable[[Item], bool],
    of: Callable[[Item], Item],
    halves: tuple[Stream, Stream],
    fail: Fail,
) -> None:
    """Put the items that are chosen into the first half, the others into the second."""
    writers = _Writer(halves[0]), _Writer(halves[1])
    async for position, cell in _cells(items):
        sorted_out: tuple[list[Item], list[Item]] = ([], [])
        for item in cell:
            try:
                sorted_out[0 if chosen(item) else 1].append(of(item))
            except ExpressionError as error:
                fail(item, error.message)
        for writer, part in zip(writers, sorted_out, strict=True):
            writer.write(position, part)
    for writer in writers:
        writer.close()


async def take(items: Stream, most: int, out: Stream) -> None:
    """The first items of a list."""
    count = 0
    async for position, cell in items.in_order():
        out.put(position, cell[:most])
        count, most = position + 1, most - len(cell)
        if most <= 0:
            break
    out.close(count)


async def each(
    items: Stream,
    work: Callable[[Item], Awaitable[Made]],
    out: Stream,
    fail: Fail,
    room: asyncio.Semaphore,
) -> None:
    """Do `work` on each item as soon as it is there."""

    async def run(item: Item, cell: Cell, index: int) -> None:
        made: Made = ()
        try:
            made = await work(item)
        except Unanswered as reason:
            fail(item, reason)
        except ExpressionError as error:
            fail(item, error.message)
        finally:
            room.release()
        cell.done(index, made)

    count = 0
    async with asyncio.TaskGroup() as jobs:
        async for position, arrived in items.cells():
            count += 1
            cell = cell_of(out, position, len(arrived))
            for index, item in enumerate(arrived):
                await room.acquire()
                jobs.create_task(run(item, cell, index))
    out.close(count)


async def each_group(
    items: Stream,
    ends: Callable[[Sequence[Item], Item], bool],
    work: Callable[[Sequence[Item]], Awaitable[Item]],
    out: Stream,
    fail: Fail,
    room: asyncio.Semaphore,
) -> None:
    """Do `work` on each run of neighbours as soon as the run is complete."""

    async def run(group: Sequence[Item], position: int) -> None:
        made: tuple[Item, ...] = ()
        try:
            made = (await work(group),)
        except Unanswered as reason:
            for item in group:
                fail(item, reason)
        finally:
            room.release()
        out.put(position, made)

    count = 0
    group: list[Item] = []
    async with asyncio.TaskGroup() as jobs:

        async def start() -> None:
            nonlocal count, group
            await room.acquire()
            jobs.create_task(run(group, count))
            count, group = count + 1, []

        async for _, arrived in items.in_order():
            for item in arrived:
                if group and ends(group, item):
                    await start()
                group.append(item)
        if group:
            await start()
    out.close(count)
