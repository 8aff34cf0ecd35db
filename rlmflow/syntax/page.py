"""Lines as they are written out, with the comments of the source among them."""

from __future__ import annotations

import re
from typing import NamedTuple

from rlmflow.source import Source

WIDTH = 100
"""Columns of a line; what is longer is broken where it can be."""

_COMMENTS = re.compile(
    r'r?"""(?:[^"\\]|\\[\s\S]|"(?!""))*"""|r?"(?:[^"\\\n]|\\.)*"|(?P<comment>#[^\n]*)'
)


class _Comment(NamedTuple):
    start: int
    end: int
    text: str


class Page:
    """The formatted text of one file, growing line by line.

    Whoever writes a line says where in the source it ended. So each comment finds the
    line that it stood beside; one with a line to itself keeps that.
    """

    def __init__(self, source: Source) -> None:
        self._text = source.text
        self._lines: list[str] = []
        self._comments = [
            _Comment(found.start(), found.end(), found.group().rstrip())
            for found in _COMMENTS.finditer(source.text)
            if found["comment"]
        ]
        self._next = 0
        self._end = 0
        self._tight = True
        self._commented = False

    def write(self, indent: int, text: str, end: int, *, opens: bool = False) -> None:
        """Write a line whose source ends at `end`. `opens`: nothing keeps distance to it."""
        self._lines.append(" " * indent + text)
        self._end = max(self._end, end)
        self._tight = opens
        self._commented = False

    def comments(self, before: int, indent: int) -> None:
        """Write the comments that stand before an offset."""
        while self._next < len(self._comments) and self._comments[self._next].start < before:
            comment = self._comments[self._next]
            self._next += 1
            if self._stands_beside(comment):
                self._lines[-1] += f"  {comment.text}"
            else:
                self.space(comment.start)
                self._lines.append(" " * indent + comment.text)
                self._tight = False
            self._commented = True
            self._end = max(self._end, comment.end)

    def comments_beside(self, before: int) -> None:
        """Write the comments that stand beside the last line, of those before an offset."""
        while self._next < len(self._comments) and self._comments[self._next].start < before:
            if not self._stands_beside(self._comments[self._next]):
                return
            self.comments(self._comments[self._next].start + 1, 0)

    def extend(self, text: str, end: int) -> None:
        """Add to the last line, behind which things may then stand close."""
        self._lines[-1] += text
        self._end = max(self._end, end)
        self._tight = True

    def _stands_beside(self, comment: _Comment) -> bool:
        if not self._lines or self._commented:
            return False
        return "\n" not in self._text[self._end : comment.start]

    def commented(self, start: int, end: int) -> bool:
        """Whether a comment that is not written yet stands between two offsets."""
        return any(start <= c.start < end for c in self._comments[self._next : self._next + 1])

    def space(self, start: int) -> None:
        """Keep one empty line before what begins at `start`, if there was any."""
        if self._text.count("\n", self._end, max(start, self._end)) > 1:
            self.part()

    def part(self) -> None:
        """An empty line, unless a bracket was just opened."""
        if self._lines and not self._tight and self._lines[-1]:
            self._lines.append("")

    def after(self, mark: str, offset: int) -> int:
        """The offset behind the first `mark` from `offset` that is not in a comment."""
        found = re.compile(rf"(?:[^#{re.escape(mark)}]|#[^\n]*)*{re.escape(mark)}").match(
            self._text, offset
        )
        return found.end() if found else offset

    def result(self) -> str:
        """The whole text; it ends with a line's end if it is not empty."""
        return "".join(f"{line}\n" for line in self._lines)
