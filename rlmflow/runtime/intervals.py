"""Sets of whole numbers as intervals: sorted pairs (start, end), apart from each other.

They stand for the characters of one document. Every function takes and gives such
lists, but for `joined`, which makes one of any pairs.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import TypeAlias

Interval: TypeAlias = tuple[int, int]


def joined(pairs: Iterable[Interval]) -> list[Interval]:
    """The union of any pairs, empty ones and overlaps included."""
    made: list[Interval] = []
    last = -1
    for start, end in sorted(pairs):
        if start > last:
            if start < end:
                made.append((start, end))
                last = end
        elif end > last:
            made[-1] = (made[-1][0], end)
            last = end
    return made


def without(given: Sequence[Interval], taken: Sequence[Interval]) -> list[Interval]:
    """What is in `given` and not in `taken`."""
    left: list[Interval] = []
    at = 0
    for start, end in given:
        while at < len(taken) and taken[at][1] <= start:
            at += 1
        ahead = at
        while ahead < len(taken) and taken[ahead][0] < end:
            if start < taken[ahead][0]:
                left.append((start, taken[ahead][0]))
            start = taken[ahead][1]
            ahead += 1
        if start < end:
            left.append((start, end))
    return left


def shared(one: Sequence[Interval], other: Sequence[Interval]) -> list[Interval]:
    """What is in both."""
    both: list[Interval] = []
    at = 0
    for start, end in one:
        while at < len(other) and other[at][1] <= start:
            at += 1
        ahead = at
        while ahead < len(other) and other[ahead][0] < end:
            both.append((max(start, other[ahead][0]), min(end, other[ahead][1])))
            ahead += 1
    return both


def missing(given: Sequence[Interval], start: int, end: int) -> list[Interval]:
    """What of `start` to `end` is not in `given`."""
    first = bisect_right(given, start, key=lambda pair: pair[1])
    last = bisect_left(given, end, key=lambda pair: pair[0])
    return without([(start, end)], given[first:last])


def holds(given: Sequence[Interval], start: int, end: int) -> bool:
    """Whether all of `start` to `end` is in `given`."""
    at = bisect_right(given, start, key=lambda pair: pair[0]) - 1
    return start >= end or (at >= 0 and end <= given[at][1])
