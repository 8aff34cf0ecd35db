"""Text that has a name, and places in it.

A strategy file and an input document are both a `Source`, so that an error in
one and a quote from the other are pointed at in the same way.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple


@dataclass(frozen=True, eq=False)
class Source:
    """A named text. Compared by identity: two files may hold equal text.

    `name` is what people are shown: a path, or `<stdin>`. `known_as`: what a file of an
    installed library is called by those who use it, such as `std/needle`.
    """

    name: str
    text: str = field(repr=False)
    known_as: str = field(default="", kw_only=True)

    @property
    def library(self) -> str:
        """The library that it is of; empty for a file of one's own."""
        return self.known_as.partition("/")[0]

    @cached_property
    def line_starts(self) -> Sequence[int]:
        """Offset of the first character of each line; a line ends at `\\n`."""
        starts = array("q", [0])
        find = self.text.find
        at = find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = find("\n", at + 1)
        return starts

    def line_column(self, offset: int) -> tuple[int, int]:
        """The line and column, both from 1, of a character offset."""
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def line_text(self, line: int) -> str:
        """The text of a line, counted from 1, without its end."""
        starts = self.line_starts
        end = starts[line] if line < len(starts) else len(self.text)
        return self.text[starts[line - 1] : end].rstrip("\r\n")


class Span(NamedTuple):
    """Characters `start` (inclusive) to `end` (exclusive) of a source."""

    source: Source
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    @property
    def place(self) -> str:
        """`file:line`, as editors and terminals understand it."""
        return f"{self.source.name}:{self.source.line_column(self.start)[0]}"

    def to(self, other: Span) -> Span:
        """The span from the start of this one to the end of `other`."""
        return Span(self.source, self.start, other.end)

    def at(self, start: int, end: int) -> Span:
        """A span inside this one, by offsets from its start."""
        return Span(self.source, self.start + start, self.start + end)
