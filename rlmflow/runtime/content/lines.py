"""Texts line by line: which lines are lines of the input, and which of these they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from rlmflow._lazy import heavy
from rlmflow.runtime.content.grown import grown
from rlmflow.runtime.content.index import NO_INPUT, WINDOW, ContentIndex, line_hashes
from rlmflow.runtime.intervals import Interval

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rlmflow.runtime.content.index import Whole

# A line of its own is taken for one of the input if it is as long as this; lines in a
# row, if they are together as long as a stretch.
_LEAST_ALONE = 6
_WORD = re.compile(r"\w")


class Lines:
    """The lines of some texts. `_at` is the number of each in the input, -1 for none."""

    def __init__(self, index: ContentIndex, texts: Sequence[Sequence[str]]) -> None:
        numpy = heavy("numpy")
        self._index = index
        self._lines = list(chain.from_iterable((*lines, "") for lines in texts))
        sizes = [len(lines) + 1 for lines in texts]
        self._text: Whole = numpy.repeat(numpy.arange(len(texts)), sizes)
        stripped = [line.strip() for line in self._lines]
        self._hashes = line_hashes(stripped)
        # The line that was added to the end of each text is none of the input.
        self._hashes[numpy.cumsum(numpy.array(sizes, numpy.int64)) - 1] = NO_INPUT
        self._counts, first = index.lines_like(self._hashes)
        alone = (self._counts == 1) & (self._hashes != 0)
        at: Whole = numpy.where(alone, first, -1)
        self._at = _continued(index.by_run(self._hashes, at), self._hashes, index.hashes)
        lengths = numpy.fromiter(map(len, stripped), numpy.int64, len(stripped))
        self._counted = self._weighed(lengths)
        self._placed: NDArray[np.bool_] = self._counted & (self._at >= 0)

    def _weighed(self, lengths: Whole) -> NDArray[np.bool_]:
        """Which lines are taken for lines of the input: long ones, and those of long runs."""
        numpy = heavy("numpy")
        blank = self._hashes == 0
        known = (self._counts > 0) & ~blank
        run = numpy.cumsum(~(known | blank))
        long = numpy.bincount(run, numpy.where(known, lengths, 0))[run] >= WINDOW
        alone = (self._at >= 0) & (lengths >= _LEAST_ALONE)
        made: NDArray[np.bool_] = known & (long | alone)
        return made

    def stretches(self) -> Iterator[Interval]:
        """The places in the input of all lines that are placed."""
        numpy = heavy("numpy")
        numbers = numpy.flatnonzero(self._placed | ((self._hashes == 0) & (self._at >= 0)))
        at, starts = self._at[numbers], self._index.starts
        if len(at):
            last = numpy.append((numpy.diff(numbers) != 1) | (numpy.diff(at) != 1), True)
            first = numpy.insert(last[:-1], 0, True)
            ends = starts[at[last] + 1] - 1
            yield from zip(starts[at[first]].tolist(), ends.tolist(), strict=True)

    def unplaced(self) -> Iterator[tuple[int, int]]:
        """Lines of which it is open where they stand in the input: how often a text has each."""
        numpy = heavy("numpy")
        wanted = numpy.unique(self._hashes[self._counted & (self._at < 0)])
        if not len(wanted):
            return
        chosen = self._counted & numpy.isin(self._hashes, wanted)
        lines, ranks = numpy.unique(self._hashes[chosen], return_inverse=True)
        keys, counts = numpy.unique(self._text[chosen] * len(lines) + ranks, return_counts=True)
        yield from zip(lines[keys % len(lines)].tolist(), counts.tolist(), strict=True)

    def edges(self) -> tuple[list[Interval], list[str]]:
        """The places of what is left of a line beside lines that are placed; all other lines.

        An empty line stands between those of two texts.
        """
        numpy = heavy("numpy")
        behind, before = numpy.roll(self._placed, 1), numpy.roll(self._placed, -1)
        found: list[Interval] = []
        left: list[str] = []
        unknown = (self._counts == 0) & (self._hashes != NO_INPUT) & (self._hashes != 0)
        numbers = numpy.flatnonzero(unknown)
        firsts = numpy.diff(self._text[numbers], prepend=0) != 0
        for number, is_first in zip(numbers.tolist(), firsts.tolist(), strict=True):
            if is_first:
                left.append("")
            edge = self._beginning(number) if behind[number] else None
            if edge is None and before[number]:
                edge = self._end(number)
            if edge is None:
                left.append(self._lines[number])
            else:
                found.append(edge)
        return found, left

    def _beginning(self, number: int) -> Interval | None:
        """The place of the beginning of a line behind one that is placed, if that is all it is."""
        line = self._lines[number]
        start, end = self._index.line(int(self._at[number - 1]) + 1)
        text = self._index.text(start, min(end, start + len(line))) if start < end else ""
        size = grown(lambda k: line[:k] == text[:k], min(len(line), len(text)))
        return (start, start + size) if size and not _WORD.search(line, size) else None

    def _end(self, number: int) -> Interval | None:
        """The place of the end of a line before one that is placed, if that is all it is."""
        line = self._lines[number]
        if not self._at[number + 1]:
            return None
        start, end = self._index.line(int(self._at[number + 1]) - 1)
        text = self._index.text(max(start, end - len(line)), end) if start < end else ""
        size = grown(lambda k: line.endswith(text[-k:]), min(len(line), len(text)))
        return (end - size, end) if size and not _WORD.search(line[:-size]) else None


def _continued(at: Whole, hashes: Whole, known: Whole) -> Whole:
    """Place the lines that go on, or lead up to, where a line stands that is placed."""
    forward = _followed(at, hashes, known, 1)
    backward = _followed(forward[::-1], hashes[::-1], known, -1)
    return backward[::-1]


def _followed(at: Whole, hashes: Whole, known: Whole, step: int) -> Whole:
    """Place each line after a placed one for as long as the input goes on in the same way."""
    numpy = heavy("numpy")
    numbers = numpy.arange(len(at))
    placed = at >= 0
    last = numpy.maximum.accumulate(numpy.where(placed, numbers, -1))
    there = at[last] + step * (numbers - last)
    inside = (last >= 0) & (there >= 0) & (there < len(known))
    same = inside & (known[numpy.where(inside, there, 0)] == hashes)
    broken = numpy.maximum.accumulate(numpy.where(placed | same, -1, numbers))
    made: Whole = numpy.where(~placed & same & (broken < last), there, at)
    return made
