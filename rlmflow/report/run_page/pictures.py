"""The pictures of a page, as paths of SVG. Their size depends on no run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil, floor
from typing import NamedTuple

COLUMNS = 400
"""Units across a picture; what is smaller is drawn as one."""


class Stripe(NamedTuple):
    """Columns of a bar, from the first to the one after the last."""

    start: int
    end: int


def stripes(stretches: Iterable[tuple[int, int]], length: int, *, wholly: bool) -> list[Stripe]:
    """Stretches of a text of `length` characters as columns of a bar, joined where they meet.

    `wholly`: only columns that are covered from end to end, so that what is missing is never
    painted over; else all that are touched, so that it is never too small to be seen.
    """
    found: list[Stripe] = []
    for start, end in sorted(stretches):
        at, to = start * COLUMNS / length, end * COLUMNS / length
        left, right = (ceil(at), floor(to)) if wholly else (floor(at), ceil(to))
        left = max(left, found[-1].end) if found else left
        if right <= left:
            continue
        if found and left == found[-1].end:
            found[-1] = Stripe(found[-1].start, right)
        else:
            found.append(Stripe(left, right))
    return found


def bar(found: Iterable[Stripe], height: int) -> str:
    """Stripes as one path."""
    return "".join(f"M{s.start} 0h{s.end - s.start}v{height}h-{s.end - s.start}z" for s in found)


def in_flight(began: Sequence[float], lasted: Sequence[float], seconds: float) -> list[float]:
    """How many calls were under way in each column of a run of that length, on average."""
    busy = [0.0] * COLUMNS
    wide = seconds / COLUMNS
    if wide <= 0:
        return busy
    for start, length in zip(began, lasted, strict=True):
        end = min(start + length, seconds)
        first = min(int(start / wide), COLUMNS - 1)
        for column in range(first, min(ceil(end / wide), COLUMNS)):
            shared = min(end, (column + 1) * wide) - max(start, column * wide)
            busy[column] += max(shared, 0.0) / wide
    return busy


def skyline(values: Sequence[float], highest: float, height: int) -> str:
    """Values as the outline of an area that stands on the lower edge of a picture."""
    if highest <= 0:
        return ""
    steps = []
    level = None
    for column, value in enumerate(values):
        # What is there at all is seen.
        up = height - (max(1.0, height * value / highest) if value > 0 else 0.0)
        if up != level:
            steps.append(f"H{column}V{up:.1f}")
            level = up
    return f"M0 {height}{''.join(steps)}H{len(values)}V{height}z"
