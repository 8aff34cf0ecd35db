"""Documents by their content: where lines, runs of lines, and stretches inside a line stand.

The tables are arrays. Every line is known by the hash of its text without the white
space around it. Runs of 32 lines are known by a hash of theirs, if they stand in one
place alone; so are, of the stretches of 32 characters inside a line, those that a rule
of their own content selects. Positions are counted through all documents, each with one
place more than it has characters.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from rlmflow._lazy import heavy
from rlmflow.values import Document

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Whole: TypeAlias = NDArray[np.int64]
    Hashes: TypeAlias = NDArray[np.uint64]

WINDOW = 32
_BASE = 0x9E3779B97F4A7C15
# Characters that are looked at together: few enough that their hashes stay in the cache.
_BLOCK = 1 << 17
# One run in so many is looked up: what goes on in the same way is found from there.
_EVERY = 16
_LEAST_SHIFT = 4
_MOST_WINDOWS = 1 << 22
# The hash of a line that is none of the input.
NO_INPUT = 1 - (1 << 63)
# Stands between two documents, so that the last line of one is no neighbour of the next.
_BETWEEN = -(1 << 63)


class ContentIndex:
    """The index of some documents. A line's number counts through all of them."""

    def __init__(self, documents: Sequence[Document]) -> None:
        numpy = heavy("numpy")
        self.documents = tuple(documents)
        self._bases = [0, *accumulate(document.length + 1 for document in documents)]
        pieces = [_lines(document.text) for document in documents]
        parts = zip(self._bases, pieces, strict=False)
        self.starts: Whole = numpy.concatenate(
            [*(base + starts for base, (starts, _) in parts), [self._bases[-1]]]
        )
        self.hashes: Whole = numpy.concatenate([*(h for _, h in pieces), [_BETWEEN]])
        self._order: Whole = numpy.argsort(self.hashes, kind="stable")
        self._sorted: Whole = self.hashes[self._order]
        self._runs: tuple[Hashes, Whole] | None = None
        self._windows: tuple[Hashes, Whole] | None = None
        self._shift = _LEAST_SHIFT
        while self._bases[-1] >> self._shift > _MOST_WINDOWS:
            self._shift += 1

    def lines_like(self, hashes: Whole) -> tuple[Whole, Whole]:
        """For each hash, how many lines have it, and the number of the first of these."""
        numpy = heavy("numpy")
        first = numpy.searchsorted(self._sorted, hashes, "left")
        counts = numpy.searchsorted(self._sorted, hashes, "right") - first
        return counts, self._order[numpy.minimum(first, len(self._order) - 1)]

    def numbers_of(self, hash_: int) -> Whole:
        """The numbers of all lines with a hash, in order."""
        numpy = heavy("numpy")
        first, last = (numpy.searchsorted(self._sorted, hash_, side) for side in ("left", "right"))
        return self._order[first:last]

    def by_run(self, hashes: Whole, at: Whole) -> Whole:
        """`at`, the numbers of lines, with some that a run of lines tells where it had none."""
        numpy = heavy("numpy")
        runs = _combined(hashes)
        unknown = numpy.flatnonzero(at[: len(runs)] < 0)[::_EVERY]
        if not len(unknown):
            return at
        if self._runs is None:
            self._runs = _alone(_combined(self.hashes), numpy.arange(len(self.hashes)))
        rows, numbers = _looked_up(runs[unknown], *self._runs)
        made = at.copy()
        made[unknown[rows]] = numbers
        return made

    def line(self, number: int) -> tuple[int, int]:
        """The place of a line, without its end."""
        return int(self.starts[number]), int(self.starts[number + 1]) - 1

    def lines_around(self, places: Whole) -> tuple[list[int], list[int]]:
        """Where the lines that places are in start, and where they end."""
        numbers = heavy("numpy").searchsorted(self.starts, places, "right") - 1
        return self.starts[numbers].tolist(), (self.starts[numbers + 1] - 1).tolist()

    def stretch(self, start: int, end: int) -> tuple[Document, int, int]:
        """The document of a place, and the place in it."""
        number = bisect_right(self._bases, start) - 1
        base = self._bases[number]
        return self.documents[number], start - base, end - base

    def text(self, start: int, end: int) -> str:
        document, first, last = self.stretch(start, end)
        return document.text[first:last]

    def windows_in(self, text: str) -> tuple[Whole, Whole]:
        """The stretches of a text that stand in one place of the documents: both places."""
        if self._windows is None:
            self._windows = self._built()
        places, hashes = _selected(text, self._shift)
        found, there = _looked_up(hashes, *self._windows)
        return places[found], there

    def _built(self) -> tuple[Hashes, Whole]:
        numpy = heavy("numpy")
        hashes: list[Hashes] = [numpy.empty(0, numpy.uint64)]
        places: list[Whole] = [numpy.empty(0, numpy.int64)]
        for base, document in zip(self._bases, self.documents, strict=False):
            for start in range(0, len(document.text), _BLOCK):
                block = document.text[start : start + _BLOCK + WINDOW - 1]
                at, found = _selected(block, self._shift)
                hashes.append(found)
                places.append(base + start + at)
        return _alone(numpy.concatenate(hashes), numpy.concatenate(places))


def line_hashes(stripped: Sequence[str]) -> Whole:
    """The hashes by which lines are known, without the white space around them; 0 for no ink."""
    numpy = heavy("numpy")
    made: Whole = numpy.fromiter(map(hash, stripped), numpy.int64, len(stripped))
    return made


def _lines(text: str) -> tuple[Whole, Whole]:
    """Start and hash of each line of a document, and of one more that stands for its end."""
    numpy = heavy("numpy")
    starts: list[Whole] = []
    hashes: list[Whole] = []
    at = 0
    while at <= len(text):
        end = text.find("\n", min(at + _BLOCK, len(text)))
        end = len(text) if end < 0 else end
        lines = text[at:end].split("\n")
        lengths = numpy.fromiter(map(len, lines), numpy.int64, len(lines))
        starts.append(at + numpy.concatenate([[0], numpy.cumsum(lengths[:-1] + 1)]))
        hashes.append(line_hashes([line.strip() for line in lines]))
        at = end + 1
    return (
        numpy.concatenate([*starts, [len(text) + 1]]),
        numpy.concatenate([*hashes, [_BETWEEN]]),
    )


def _selected(text: str, shift: int) -> tuple[Whole, Hashes]:
    """Places and hashes of stretches inside lines: those selected, one in `2 ** shift`."""
    numpy = heavy("numpy")
    codes = numpy.frombuffer(text.encode("utf-32-le", "surrogatepass"), numpy.uint32)
    hashes = _combined(codes)
    places = numpy.flatnonzero(hashes >> numpy.uint64(64 - shift) == 0)
    ends = numpy.flatnonzero(codes == ord("\n"))
    inside = numpy.searchsorted(ends, places) == numpy.searchsorted(ends, places + WINDOW)
    return places[inside], hashes[places[inside]]


def _combined(values: NDArray[Any]) -> Hashes:
    """The hash of each stretch of `WINDOW` values: that of half the length, five times over."""
    numpy = heavy("numpy")
    if len(values) < WINDOW:
        return cast("Hashes", numpy.empty(0, numpy.uint64))
    hashes: Hashes = values.astype(numpy.uint64)
    factor, width = _BASE, 1
    while width < WINDOW:
        hashes = hashes[:-width] * numpy.uint64(factor) + hashes[width:]
        factor, width = factor * factor % (1 << 64), 2 * width
    return hashes


def _alone(hashes: Hashes, places: Whole) -> tuple[Hashes, Whole]:
    """The hashes that are there once, sorted, and their places."""
    numpy = heavy("numpy")
    order = numpy.argsort(hashes)
    known = hashes[order]
    differs = numpy.ones(len(known) + 1, numpy.bool_)
    differs[1:-1] = known[1:] != known[:-1]
    alone = differs[:-1] & differs[1:]
    return known[alone], places[order[alone]]


def _looked_up(hashes: Hashes, known: Hashes, places: Whole) -> tuple[Whole, Whole]:
    """Which of `hashes` are known, by their numbers, and the places of these."""
    numpy = heavy("numpy")
    if not len(known):
        return places[:0], places[:0]
    found = numpy.minimum(numpy.searchsorted(known, hashes), len(known) - 1)
    same = numpy.flatnonzero(known[found] == hashes)
    return same, places[found[same]]
