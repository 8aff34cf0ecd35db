"""Run-time values, and where each came from.

An `Item` is a value with its provenance: the spans of input that it was made
from, and the items it was made of. A list that is still being made is a
`Stream` of items. A document is a `Source`; a `Part` of one owns its core and
borrows its margin.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import AsyncIterator, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from rlmflow._lazy import heavy
from rlmflow.source import Source, Span

if TYPE_CHECKING:
    import asyncio


_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Marks:
    """Where a text that was extracted from a file stands in that file.

    At the offset `starts[i]` of the text begins what stands in the line, on the page or
    in the paragraph `numbers[i]` of the file, counted from 1. `starts` is sorted.
    """

    unit: Literal["line", "page", "paragraph"]
    starts: tuple[int, ...]
    numbers: tuple[int, ...]

    def place(self, name: str, offset: int) -> str:
        """`file:line`, or `file page N`."""
        number = self.numbers[max(bisect_right(self.starts, offset) - 1, 0)]
        return f"{name}:{number}" if self.unit == "line" else f"{name} {self.unit} {number}"


@dataclass(frozen=True, eq=False)
class Document(Source):
    """Decoded text of one input file.

    `marks`: its places in the file, where these are not its own lines.
    `encoding`: the codec that turns the text back into the file's bytes
    (`text.encode(encoding)`), None where the text was extracted, as from PDF.
    """

    marks: Marks | None = None
    encoding: str | None = "utf-8"

    @cached_property
    def length(self) -> int:
        """Its characters. A document that is not in memory knows it without its text."""
        return len(self.text)

    @cached_property
    def utf8_size(self) -> int:
        """Its bytes as UTF-8, counted without a second copy of a large text."""
        if self.text.isascii():
            return len(self.text)
        pieces = (self.text[at : at + _PIECE] for at in range(0, len(self.text), _PIECE))
        return sum(len(piece.encode("utf-8", "surrogatepass")) for piece in pieces)

    @property
    def whole(self) -> Span:
        return Span(self, 0, self.length)

    def cut(self, start: int | None, end: int | None) -> Document:
        """Its text from `start` to `end`, as in `text[start:end]`, which knows its place here."""
        first, last, _ = slice(start, end).indices(len(self.text))
        return Excerpt(
            self.name, self.text[first:last], origin=self._within(first, max(first, last))
        )

    def _within(self, start: int, end: int) -> Span:
        return Span(self, start, end)

    def place(self, offset: int) -> str:
        """`file:line`, or by the page or paragraph where the file has no lines."""
        if self.marks and self.marks.starts:
            return self.marks.place(self.name, offset)
        return f"{self.name}:{self.line_column(offset)[0]}"


@dataclass(frozen=True, eq=False)
class Excerpt(Document):
    """A stretch of a document, as a document of its own. `origin`: where it stands."""

    origin: Span = field(kw_only=True)

    def _within(self, start: int, end: int) -> Span:
        return self.origin.at(start, end)


@dataclass(frozen=True)
class Unread:
    """Input that could not be turned into text: a file, or pages of one.

    `characters` is 0 where not even the size in characters can be known.
    """

    name: str
    reason: str
    pages: tuple[int, ...] = ()


@dataclass(frozen=True)
class Corpus:
    """What the readers made of one input: documents in a stable order."""

    documents: tuple[Document, ...]
    unread: tuple[Unread, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a document: `core` is its own; `shown` adds the margin around it.

    The cores of the parts of a document partition it exactly.
    """

    core: Span
    shown: Span

    @property
    def name(self) -> str:
        return self.core.source.name

    @property
    def text(self) -> str:
        return self.core.text


def whole_part(document: Document) -> Part:
    """A document as the one part that it is when nothing cuts it."""
    return Part(document.whole, document.whole)


def place(span: Span) -> str:
    """`file:line` (or page) where a span begins."""
    if isinstance(span.source, Document):
        return span.source.place(span.start)
    return span.place


def extent(span: Span) -> str:
    """`file:first line-last line` (or pages) of a span; one number where both are the same."""
    first, last = place(span), place(Span(span.source, max(span.start, span.end - 1), span.end))
    number = last.removeprefix(first.rstrip("0123456789"))
    return first if first == last else f"{first}-{number}"


# One for all items, since there may be millions.
NO_FIELDS: Mapping[str, Span] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """A value with its provenance.

    `value`: str, int, float, bool, date, None, a `Part`, a list, or a record as
    a dict from field name to value. `step` made it, and `index` tells apart what
    that step made of the same parents. `spans` are the input spans that the value's
    text was cut from (empty for new text); `fields` the same for single fields of a
    record. `parents` are the items it was made from.
    """

    value: object
    step: str
    index: int = 0
    spans: tuple[Span, ...] = ()
    fields: Mapping[str, Span] = field(default_factory=lambda: NO_FIELDS)
    parents: tuple[Item, ...] = ()

    @property
    def id(self) -> str:
        """The same in every run over the same input, such as `docs.0/parts.3/found.1`."""
        own = f"{self.step}.{self.index}"
        return f"{self.parents[0].id}/{own}" if len(self.parents) == 1 else own

    def origins(self) -> Iterator[Span]:
        """The input spans this item rests on: its own, else its parents'."""
        if self.spans:
            yield from self.spans
            return
        for parent in self.parents:
            yield from parent.origins()

    @property
    def source(self) -> str | None:
        """`file:line` (or page) of the first input span it rests on."""
        first = self.spans[0] if self.spans else next(self.origins(), None)
        return place(first) if first else None


@dataclass(frozen=True, eq=False)
class Written(Document):
    """A text that is no input, as a document of its own. `item`: whose text it is."""

    item: Item = field(kw_only=True)


def same(value: object) -> Hashable:
    """What is equal for values that are equal, and can be looked up. A document is its text."""
    match value:
        case Item():
            return same(value.value)
        case Part():
            return value.text
        case Mapping():
            return frozenset((name, same(held)) for name, held in value.items())
        case list() | tuple():
            return tuple(map(same, value))
        case _:
            return value


class Stream:
    """A list whose items may still be on their way.

    It is a sequence of cells, each a tuple of items. Cells arrive in any order;
    their positions fix the order of the list, so that a result never depends on
    which reply came first. Any number of readers may read it, at any time.

    `settled`: no cell waits for a model, so its cells are single items, in order.
    """

    def __init__(self, *, settled: bool = False) -> None:
        self.settled = settled
        self._cells: dict[int, tuple[Item, ...]] = {}
        self._arrived: list[int] = []
        self._length: int | None = None
        self._changed: asyncio.Event = heavy("asyncio").Event()

    @classmethod
    def of(cls, items: Iterable[Item]) -> Stream:
        """A finished list, one item a cell."""
        stream = cls(settled=True)
        count = 0
        for count, item in enumerate(items, start=1):
            stream.put(count - 1, (item,))
        stream.close(count)
        return stream

    def put(self, position: int, items: tuple[Item, ...]) -> None:
        """Deliver the cell at `position`; each is delivered once."""
        if position in self._cells:
            raise ValueError(f"cell {position} was delivered twice")
        self._cells[position] = items
        self._arrived.append(position)
        self._notify()

    def close(self, length: int) -> None:
        """Say how many cells there are in all."""
        self._length = length
        self._notify()

    @property
    def finished(self) -> bool:
        return self._length is not None and len(self._cells) == self._length

    @property
    def arrived(self) -> int:
        """How many items are there so far."""
        return sum(map(len, self._cells.values()))

    def here(self) -> list[Item]:
        """The items that have arrived so far, in the list's order."""
        return [item for position in sorted(self._cells) for item in self._cells[position]]

    def _notify(self) -> None:
        event, self._changed = self._changed, heavy("asyncio").Event()
        event.set()

    async def cells(self) -> AsyncIterator[tuple[int, tuple[Item, ...]]]:
        """Cells as they arrive, with their positions."""
        read = 0
        while True:
            while read < len(self._arrived):
                position = self._arrived[read]
                read += 1
                yield position, self._cells[position]
            if self.finished:
                return
            await self._changed.wait()

    async def in_order(self) -> AsyncIterator[tuple[int, tuple[Item, ...]]]:
        """Cells in the list's order, each as soon as it and all before it are there."""
        position = 0
        while self._length is None or position < self._length:
            while position not in self._cells:
                if self._length is not None and position >= self._length:
                    return
                await self._changed.wait()
            yield position, self._cells[position]
            position += 1

    async def all(self) -> list[Item]:
        """The whole list, in order, once it is complete."""
        while not self.finished:
            await self._changed.wait()
        return [item for position in range(self._length or 0) for item in self._cells[position]]
