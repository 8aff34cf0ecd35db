"""The kinds of places where a text may be cut, from the coarsest to the finest.

White space belongs to what is before the cut: a boundary is the end of its
separator, which must stand wholly inside the part that it ends. A heading
begins what is after the cut.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import Literal

from rlmflow.text.graphemes import cluster_start
from rlmflow.text.headings import find_headings
from rlmflow.text.late_regex import LateRegex

Boundary = Literal["heading", "paragraph", "line", "sentence", "char"]
Finder = Callable[[str, int, int], int | None]

# Searched from the end of a part backwards: the first hit is the last that fits.
_BLANK_LINE = LateRegex(r"(?r)\n[^\S\n]*+\n")
_WHITE_SPACE = LateRegex(r"(?r)\s")
_FULL_STOPS = LateRegex(r"(?r)[\p{Sentence_Terminal}\u2026]++")
# A Chinese or Japanese full stop needs no space after it.
_AFTER_FULL_STOPS = LateRegex(
    r"""[\p{Sentence_Terminal}\u2026](?:["'\p{Pe}\p{Pf}]{0,4}+\s++|(?<=[\u3002\uFF01\uFF1F\uFF61])["'\p{Pe}\p{Pf}]{0,4}+)"""
)


def _paragraph_end(text: str, start: int, limit: int) -> int | None:
    hit = _BLANK_LINE.search(text, start, limit)
    return hit.end() if hit else None


def _line_end(text: str, start: int, limit: int) -> int | None:
    return text.rfind("\n", start, limit) + 1 or None


def _sentence_end(text: str, start: int, limit: int) -> int | None:
    """After a full stop, what closes it and white space; or after a blank line."""
    paragraph = _paragraph_end(text, start, limit)
    begin, end = paragraph or start, limit
    while stops := _FULL_STOPS.search(text, begin, end):
        if after := _AFTER_FULL_STOPS.match(text, stops.end() - 1, limit):
            return after.end()
        end = stops.start()
    return paragraph


def _word_end(text: str, start: int, limit: int) -> int | None:
    hit = _WHITE_SPACE.search(text, start, limit)
    return hit.end() if hit else None


# Each finds the last end of a separator in `text[start:limit]`.
_FINDERS = (_paragraph_end, _line_end, _sentence_end, _word_end)
_COARSEST: dict[Boundary, int] = {
    "heading": 0,
    "paragraph": 0,
    "line": 1,
    "sentence": 2,
    "char": len(_FINDERS),
}


class Boundaries:
    """The places where `text[start:end]` may be cut; asked from left to right."""

    def __init__(self, text: str, start: int, end: int, at: Boundary) -> None:
        self.text = text
        self._finders = _FINDERS[_COARSEST[at] :]
        self._later = _heading_starts(text, start, end) if at == "heading" else iter(())
        self._headings: list[int] = []

    def last(self, start: int, limit: int) -> int | None:
        """The last boundary after `start` up to `limit`: of the kind asked for, else finer.

        None where one grapheme cluster fills all of it.
        """
        if (heading := self._last_heading(start, limit)) is not None:
            return heading
        for finder in self._finders:
            if (found := self._last_separator(finder, start, limit)) is not None:
                return found
        between = cluster_start(self.text, limit, start)
        return between if between > start else None

    def _last_separator(self, finder: Finder, start: int, limit: int) -> int | None:
        while (end := finder(self.text, start, limit)) is not None:
            if cluster_start(self.text, end, start) == end:
                return end
            limit = end - 1
        return None

    def _last_heading(self, start: int, limit: int) -> int | None:
        known = self._headings
        while not known or known[-1] <= limit:
            following = next(self._later, None)
            if following is None:
                break
            known.append(following)
        del known[: bisect_right(known, start)]
        fitting = bisect_right(known, limit)
        return known[fitting - 1] if fitting else None


def _heading_starts(text: str, start: int, end: int) -> Iterator[int]:
    return (heading.start for heading in find_headings(text, start, end))
