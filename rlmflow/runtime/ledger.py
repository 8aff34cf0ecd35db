"""The ledger of a run: what models were shown, by which step, and what became of the rest."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

from rlmflow.functions import as_text
from rlmflow.operators._step import Shown
from rlmflow.runtime.content.index import ContentIndex
from rlmflow.runtime.content.pasted import Pasted
from rlmflow.runtime.intervals import Interval, joined
from rlmflow.source import Source, Span
from rlmflow.values import Document, Item, Part

_MOST_WAITING = 1 << 22

Spans = dict[Source, "array[int]"]
Reading = Mapping[Source, Sequence[Interval]]
"""The characters of documents, as intervals."""


@dataclass(frozen=True)
class Failed:
    """An item for which a step has no result. `over`: since a limit of the run was reached."""

    step: str
    item: Item
    reason: str
    over: bool


@dataclass(frozen=True)
class Told:
    """An item that was shown otherwise than as a stretch of input.

    `fields`: those of a record that were; None for all of it.
    """

    item: Item
    fields: tuple[str, ...] | None


class Ledger:
    """Books what is shown in calls that succeed, and what fails or is left out.

    `documents`: the input. `outer`: the ledger of the strategy that called this one,
    which books the same. `texts`: whether to note items whose text is no input, which
    takes a reference each.
    """

    def __init__(
        self,
        documents: Iterable[Document] = (),
        *,
        outer: Ledger | None = None,
        texts: bool = False,
    ) -> None:
        self.documents: tuple[Document, ...] = outer.documents if outer else tuple(documents)
        self.failed: list[Failed] = []
        self.told: list[Told] = []
        self.stopped: list[tuple[str, str]] = []
        self._outer = outer
        self._texts: bool = outer._texts if outer else texts
        self._shown: dict[str, Spans] = {}
        self._left: dict[tuple[str, str], Spans] = {}
        self._copies: dict[Span, list[Span]] = {}
        self._equals: list[tuple[Item, tuple[Item, ...]]] = []
        self._index: ContentIndex | None = None
        self._pasted: Pasted | None = None
        self._waiting: list[str] = []
        self._characters = 0
        self._seen: set[int] = set()

    @property
    def _books(self) -> Iterator[Ledger]:
        """This one, and those that book the same."""
        book: Ledger | None = self
        while book is not None:
            yield book
            book = book._outer

    def add(self, step: str, pieces: Sequence[Shown], *, whole: bool = True) -> None:
        """Book pieces that a model was shown. `whole`: each shows its item as it stands."""
        for book in self._books:
            shown = book._shown.setdefault(step, {})
            for piece in pieces:
                _note(shown, piece.spans)
            if book._texts:
                book.told += [_told(piece, whole) for piece in pieces if _has_new_text(piece.item)]

    def fail(self, step: str, item: Item, reason: str, *, over: bool = False) -> None:
        """Book an item for which a step has no result."""
        for book in self._books:
            book.failed.append(Failed(step, item, reason, over))

    def stop(self, step: str, reason: str) -> None:
        """Book a step that failed as a whole."""
        for book in self._books:
            book.stopped.append((step, reason))

    def leave(self, step: str, how: str, items: Iterable[Item]) -> None:
        """Book items that a step put into its complement `how`."""
        noted: Spans = {}
        for item in items:
            _note(noted, item.spans)
        for book in self._books:
            left = book._left.setdefault((step, how), {})
            for source, edges in noted.items():
                left.setdefault(source, array("q")).extend(edges)

    def same_text(self, item: Item, others: Iterable[Item]) -> None:
        """Book that others have the very text of an item: what is read of it is read of them."""
        every = tuple(others)
        for book in self._books:
            book._equals.append((item, every))
            for other in every:
                for span, copy in zip(item.spans, other.spans, strict=False):
                    if span != copy and span.text == copy.text:
                        book._copies.setdefault(span, []).append(copy)

    def pasted(self, text: str) -> None:
        """Book a text that was shown of which nobody said where it stands in the input.

        The documents are indexed by their content when the first such text is counted;
        many are counted at a time. One that was booked before tells nothing new.
        """
        for book in self._books:
            if hash(text) not in book._seen:
                book._seen.add(hash(text))
                book._waiting.append(text)
                book._characters += len(text)
                if book._characters > _MOST_WAITING:
                    book._count_pasted()

    @property
    def equals(self) -> Sequence[tuple[Item, tuple[Item, ...]]]:
        """Items, each with others that have its very text."""
        return self._equals

    def read(self) -> dict[Source, list[Interval]]:
        """What was shown of each source, in one way or another."""
        pairs: dict[Source, list[Interval]] = defaultdict(list)
        for spans in self._shown.values():
            for source, edges in spans.items():
                pairs[source] += _pairs(edges)
        for document, found in self._found().items():
            pairs[document] += found
        read = {source: joined(found) for source, found in pairs.items()}
        return self._with_copies(read) if self._copies else read

    def unplaced(self, read: Reading, asked: Reading) -> int:
        """How many characters of `asked` were pasted beside `read`, it is open which."""
        return self._pasted.unplaced(read, asked) if self._pasted else 0

    def by_step(self) -> Iterator[tuple[str, Source, list[Interval]]]:
        """What each step had shown of each source; pasted texts stand under no step's name."""
        for step, spans in self._shown.items():
            for source, edges in spans.items():
                yield step, source, joined(_pairs(edges))
        for document, found in self._found().items():
            if found:
                yield "", document, joined(found)

    def left(self) -> Iterator[tuple[str, str, Reading]]:
        """What steps put into their complements: step, complement, and where it stands."""
        for (step, how), spans in self._left.items():
            yield step, how, {source: joined(_pairs(edges)) for source, edges in spans.items()}

    def _found(self) -> Mapping[Document, list[Interval]]:
        if self._waiting:
            self._count_pasted()
        return self._pasted.spans if self._pasted else {}

    def _count_pasted(self) -> None:
        self._pasted = self._pasted or Pasted(self._content())
        self._pasted.add(self._waiting)
        self._waiting = []
        self._characters = 0

    def _content(self) -> ContentIndex:
        """The index of the documents by content, one for all ledgers of a run."""
        if self._outer is not None:
            return self._outer._content()
        self._index = self._index or ContentIndex(self.documents)
        return self._index

    def _with_copies(self, read: dict[Source, list[Interval]]) -> dict[Source, list[Interval]]:
        """What was shown and with it its copies; a copy may have copies itself."""
        known: dict[Span, list[Interval]] = {}
        while True:
            found = {span: _within(read.get(span.source, ()), span) for span in self._copies}
            grown = [span for span, parts in found.items() if parts != known.get(span, [])]
            if not grown:
                return read
            added: dict[Source, list[Interval]] = {}
            for span in grown:
                for copy in self._copies[span]:
                    shifted = (copy.at(start, end) for start, end in found[span])
                    added.setdefault(copy.source, []).extend((s, e) for _, s, e in shifted)
            for source, pairs in added.items():
                read[source] = joined([*read.get(source, ()), *pairs])
            known = found


def _note(spans: Spans, more: Iterable[Span]) -> None:
    for source, start, end in more:
        edges = spans.get(source)
        if edges is None:
            edges = spans[source] = array("q")
        edges.append(start)
        edges.append(end)


def _pairs(edges: array[int]) -> Iterable[Interval]:
    return zip(edges[::2], edges[1::2], strict=True)


def _within(covered: Sequence[Interval], span: Span) -> list[Interval]:
    """The stretches inside `span`, by offsets from its start."""
    first = bisect_right(covered, span.start, key=itemgetter(1))
    last = bisect_left(covered, span.end, key=itemgetter(0))
    inside = ((max(s, span.start), min(e, span.end)) for s, e in covered[first:last])
    return [(start - span.start, end - span.start) for start, end in inside]


def _has_new_text(item: Item) -> bool:
    """Whether an item has text that is no input; a part has none, nor a record that was cut."""
    if isinstance(item.value, Mapping):
        return len(item.fields) < len(item.value)
    return not isinstance(item.value, Part)


def _told(piece: Shown, whole: bool) -> Told:
    value = piece.item.value
    if whole or not isinstance(value, Mapping):
        return Told(piece.item, None)
    shown = (name for name, held in value.items() if as_text(held) in piece.text)
    return Told(piece.item, tuple(shown))
