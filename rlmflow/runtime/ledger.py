"""Which characters of the input were shown to a model in a call that succeeded."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

from rlmflow.source import Source, Span
from rlmflow.values import Document

# Characters that are looked at together, so that no copy of a large text is made.
_BLOCK = 1 << 16


@dataclass(frozen=True)
class Coverage:
    """`read` of `total` characters that are not white space; `unread` spans of the input."""

    read: int
    total: int
    unread: tuple[Span, ...]

    @property
    def share(self) -> float:
        return self.read / self.total if self.total else 1.0


class Ledger:
    """Collects the spans that models were shown."""

    def __init__(self) -> None:
        self._shown: dict[Source, list[tuple[int, int]]] = {}
        self._copies: dict[Span, list[Span]] = {}
        self._pasted: dict[str, None] = {}

    def add(self, spans: Iterable[Span]) -> None:
        for source, start, end in spans:
            self._shown.setdefault(source, []).append((start, end))

    def credit(self, span: Span, copy: Span) -> None:
        """What is read of `span` counts as read of `copy` too, which holds the same text."""
        if span != copy and span.text == copy.text:
            self._copies.setdefault(span, []).append(copy)

    def pasted(self, text: str) -> None:
        """A text was shown of which nobody said where it stands in the input."""
        self._pasted[text] = None

    def _read(self) -> Mapping[Source, list[tuple[int, int]]]:
        """What was shown, joined, and with it its copies; a copy may have copies itself."""
        read = {source: _joined(spans) for source, spans in self._shown.items()}
        known: dict[Span, list[tuple[int, int]]] = {}
        while True:
            found = {span: _within(read.get(span.source, ()), span) for span in self._copies}
            grown = [span for span, parts in found.items() if parts != known.get(span, [])]
            if not grown:
                return read
            added: dict[Source, list[tuple[int, int]]] = {}
            for span in grown:
                for copy in self._copies[span]:
                    shifted = (copy.at(start, end) for start, end in found[span])
                    added.setdefault(copy.source, []).extend((s, e) for _, s, e in shifted)
            for source, spans in added.items():
                read[source] = _joined([*read.get(source, ()), *spans])
            known = found

    def coverage(self, documents: Iterable[Document], most_gaps: int = 1000) -> Coverage:
        """What was read of these documents. At most `most_gaps` unread spans are listed."""
        shown = self._read()
        read = total = 0
        gaps: list[Span] = []
        for document in documents:
            covered = shown.get(document, [])
            ink = _ink(document.text, 0, len(document.text))
            total += ink
            missing = 0
            for start, end in _complement(covered, len(document.text)):
                lost = _ink(document.text, start, end)
                missing += lost
                if lost and len(gaps) < most_gaps:
                    gaps.append(Span(document, start, end))
            read += ink - missing
        return Coverage(read, total, tuple(gaps))


def _ink(text: str, start: int, end: int) -> int:
    """Characters of a stretch that are not white space."""
    blocks = range(start, end, _BLOCK)
    return sum(len("".join(text[at : min(at + _BLOCK, end)].split())) for at in blocks)


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def _within(covered: Sequence[tuple[int, int]], span: Span) -> list[tuple[int, int]]:
    """The stretches of joined spans inside `span`, by offsets from its start."""
    first = bisect_right(covered, span.start, key=itemgetter(1))
    last = bisect_left(covered, span.end, key=itemgetter(0))
    inside = ((max(s, span.start), min(e, span.end)) for s, e in covered[first:last])
    return [(start - span.start, end - span.start) for start, end in inside]


def _complement(covered: list[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    edges = [0, *(edge for span in covered for edge in span), length]
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return [(start, end) for start, end in pairs if start < end]
