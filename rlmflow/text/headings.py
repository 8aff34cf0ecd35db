"""The headings of Markdown: `# ATX` and underlined (setext), outside fenced code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from rlmflow.text.late_regex import LateRegex

if TYPE_CHECKING:
    import regex

# Line starts that can matter: a fast search, for most lines of a text are none.
_CANDIDATE = re.compile(r"\n(?=[`~#=-]| {1,3}[`~#=-])")
_MARK = LateRegex(
    r"""(?mx)[ ]{0,3}+(?:
        (?P<fence>`{3,}+(?=[^`\n]*$)|~{3,}+)
      | (?P<level>\#{1,6}+)(?=[ \t\r\n]|\Z)[ \t]*+(?P<title>[^\n]*+)
      | (?P<underline>=++|-++)[ \t]*+\r?$
    )"""
)
_FRONT_MATTER = LateRegex(r"---[ \t]*\r?\n(?:(?!---)[^\n]*+\n){0,1000}?---[ \t]*\r?(?:\n|\Z)")
_NOT_A_TITLE = LateRegex(r"[ ]{4}|\t|[ ]{0,3}(?:[-+*>]|\d{1,9}[.)]|\#{1,6}(?:\s|\Z)|`{3}|~{3})")
_LONGEST_TITLE_LINES = 4


class Heading(NamedTuple):
    """`start` to `end` are whole lines without the last line's end; the title is inside."""

    start: int
    end: int
    title: tuple[int, int]
    level: int


def find_headings(text: str, start: int, end: int) -> Iterator[Heading]:
    """The headings of `text[start:end]`, in order. `start` is taken to begin a line."""
    front = _FRONT_MATTER.match(text, 0, end)
    line: int | None = max(start, front.end() if front else 0)
    floor = line or 0
    while line is not None:
        at = line
        if mark := _MARK.match(text, line, end):
            at = mark.end()
            if mark["fence"]:
                at = floor = _fence_end(text, at, end, mark["fence"])
            elif heading := _atx(mark) if mark["level"] else _setext(text, floor, mark):
                floor = at
                yield heading
        following = _CANDIDATE.search(text, at, end)
        line = following.end() if following else None


def _fence_end(text: str, at: int, end: int, fence: str) -> int:
    closing = LateRegex(rf"(?m)^[ ]{{0,3}}+{fence[0]}{{{len(fence)},}}[ \t]*\r?$")
    hit = closing.search(text, at, end)
    return hit.end() if hit else end


def _atx(mark: regex.Match[str]) -> Heading:
    begin, line = mark.start("title"), mark["title"].rstrip()
    title = line.rstrip("#")
    if title and title == title.rstrip():
        title = line  # marks that close a heading stand apart from its words
    end = max(begin + len(line), mark.end("level"))
    return Heading(mark.start(), end, (begin, begin + len(title.rstrip())), len(mark["level"]))


def _setext(text: str, floor: int, mark: regex.Match[str]) -> Heading | None:
    """The heading that an underline makes of the paragraph right above it, if there is one."""
    begin = stop = mark.start() - 1
    for _ in range(_LONGEST_TITLE_LINES):
        line = text.rfind("\n", floor, begin) + 1 or floor
        if line >= begin or text[line:begin].isspace():
            break
        if _NOT_A_TITLE.match(text, line, begin):
            return None
        begin = line - 1
    first = begin + 1
    if stop < floor or not text[first:stop].strip():
        return None
    end = mark.end("underline")
    return Heading(
        first, end, (first, stop - (text[stop - 1] == "\r")), 1 if "=" in mark["underline"] else 2
    )
