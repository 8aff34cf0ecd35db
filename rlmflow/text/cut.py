"""Cutting a text into parts that join up to it exactly, none larger than a size."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rlmflow.text.boundaries import Boundaries, Boundary
from rlmflow.text.graphemes import cluster_end, cluster_start
from rlmflow.text.size import Size

Report = Callable[[int, int], None]

# A margin may begin inside a longer chain of flags or marks; to find its start is not worth a walk.
_LONGEST_LOOK_BACK = 256


def cut(
    text: str,
    start: int,
    end: int,
    size: Size,
    at: Boundary = "paragraph",
    report: Report | None = None,
) -> Iterator[tuple[int, int]]:
    """Offsets of the parts of `text[start:end]`: an exact partition, in order.

    A part ends at the last boundary of the kind `at` that fits, else of the next
    finer kind: heading, paragraph, line, sentence, word, grapheme cluster. A cluster
    is cut only if it alone is larger than `size`; then `report` is given the offsets
    of that part. Only a single character that is more than `size` tokens makes
    a part too large, and it is reported too.

    Raises ValueError for a size below one.
    """
    if size.count < 1:
        raise ValueError(f"a part has a size of at least 1, not {size.count}")
    boundaries = Boundaries(text, start, end, at)
    while start < end:
        stop = _part_end(boundaries, start, end, size)
        if stop is None:
            stop = _forced_end(text, start, end, size)
            if report:
                report(start, stop)
        yield start, stop
        start = stop


def _part_end(boundaries: Boundaries, start: int, end: int, size: Size) -> int | None:
    """Where the part that begins at `start` ends; None if not one cluster fits."""
    text = boundaries.text
    limit = size.forward(text, start, end)
    if limit == end:
        return end
    while limit > start:
        stop = boundaries.last(start, limit)
        if stop is None or size.unit != "tokens" or size.of(text, start, stop) <= size.count:
            return stop
        # Cutting inside a word can make its tokens more than they were.
        limit = stop - 1
    return None


def _forced_end(text: str, start: int, end: int, size: Size) -> int:
    limit = size.forward(text, start, end)
    while limit > start + 1 and size.of(text, start, limit) > size.count:
        limit -= 1
    return max(limit, start + 1)


def widen(text: str, start: int, end: int, margin: Size) -> tuple[int, int]:
    """`text[start:end]` with up to `margin` more on either side, as far as the text goes.

    No grapheme cluster is cut: the margin is the largest that fits. A margin in
    lines takes whole lines; the rest of a line that is cut counts as one.
    """
    if margin.count < 1:
        return start, end
    before = margin.backward(text, 0, start)
    before = cluster_end(text, before, max(0, before - _LONGEST_LOOK_BACK))
    after = cluster_start(text, margin.forward(text, end, len(text)), end)
    return min(before, start), after
