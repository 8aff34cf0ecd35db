"""Where stretches inside the lines of a text stand in the input."""

from __future__ import annotations

from collections.abc import Iterator

from rlmflow._lazy import heavy
from rlmflow.runtime.content.grown import grown
from rlmflow.runtime.content.index import WINDOW, ContentIndex
from rlmflow.runtime.intervals import Interval


def stretches(text: str, index: ContentIndex) -> Iterator[Interval]:
    """The places of stretches with a window of one place, each made as long as it is the same.

    They stay inside a line of the text and of the input, and apart from each other.
    """
    numpy = heavy("numpy")
    here, there = index.windows_in(text)
    if not len(here):
        return
    breaks = numpy.flatnonzero(numpy.diff(there - here))
    firsts, lasts = numpy.append(0, breaks + 1), numpy.append(breaks, -1)
    starts, ends = here[firsts].tolist(), (here[lasts] + WINDOW).tolist()
    places, lines = there[firsts].tolist(), index.lines_around(there[firsts])
    free = 0
    runs = zip(starts, ends, [*starts[1:], len(text)], places, *lines, strict=True)
    for start, end, following, place, line_start, line_end in runs:
        document, at, _ = index.stretch(place, place)
        other, past = document.text, at + end - start
        if start < free or text[start:end] != other[at:past]:
            continue
        room = min(start - max(free, text.rfind("\n", 0, start) + 1), place - line_start)
        before = _alike_before(text, start, other, at, room)
        stop = text.find("\n", end, following)
        room = min((following if stop < 0 else stop) - end, line_end - place - (end - start))
        after = _alike_after(text, end, other, past, room)
        free = end + after
        yield place - before, place + end - start + after


def _alike_after(text: str, at: int, other: str, place: int, most: int) -> int:
    """How far two texts go on alike, often as far as they may."""
    if text.startswith(other[place : place + most], at):
        return most
    return grown(lambda k: text[at : at + k] == other[place : place + k], most)


def _alike_before(text: str, at: int, other: str, place: int, most: int) -> int:
    if text[at - most : at] == other[place - most : place]:
        return most
    return grown(lambda k: text[at - k : at] == other[place - k : place], most)
