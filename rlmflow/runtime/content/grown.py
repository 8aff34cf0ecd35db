"""How far something holds."""

from __future__ import annotations

from collections.abc import Callable


def grown(holds: Callable[[int], bool], most: int) -> int:
    """The largest number up to `most` for which something holds that holds for all below."""
    least, step = 0, 1
    while least < most and holds(min(least + step, most)):
        least, step = min(least + step, most), 2 * step
    above = min(least + step, most + 1)
    while least + 1 < above:
        middle = (least + above) // 2
        if holds(middle):
            least = middle
        else:
            above = middle
    return least
