"""Source lines with a span underlined, as wide on the screen as they really are."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from rlmflow.source import Span

_TAB = 4
# A line longer than this is shown as a window around the span.
_WIDEST = 110
_BEFORE = 40
# Of a span over many lines, the first and the last few are shown.
_MOST_LINES = 6
_FIRST_LINES = 3
_LAST_LINES = 2
_INVISIBLE = ("Cc", "Zl", "Zp", "Cs", "Co")
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class PictureLine(NamedTuple):
    """A line of source as shown, and its underline; number 0 stands for lines left out."""

    number: int
    text: str
    underline: str


def visible(text: str) -> str:
    """`text` with what would move a terminal's cursor made visible instead."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def picture(span: Span, mark: str = "^") -> list[PictureLine]:
    """The lines of `span`, each with `mark` under the span's characters.

    Tabs become four spaces, wide characters count twice and combining ones not at
    all. An empty span gets one mark.
    """
    source = span.source
    first, _ = source.line_column(span.start)
    last, _ = source.line_column(max(span.start, span.end - 1))
    return [
        _line(span, number, mark) if number else PictureLine(0, "…", "")
        for number in _numbers(first, last)
    ]


def _numbers(first: int, last: int) -> Iterator[int]:
    if last - first < _MOST_LINES:
        yield from range(first, last + 1)
        return
    yield from range(first, first + _FIRST_LINES)
    yield 0
    yield from range(last - _LAST_LINES + 1, last + 1)


def _line(span: Span, number: int, mark: str) -> PictureLine:
    line = span.source.line_text(number)
    offset = span.source.line_starts[number - 1]
    indent = len(line) - len(line.lstrip())
    start = min(span.start - offset, len(line)) if span.start >= offset else indent
    end = min(max(span.end - offset, start), len(line))
    left, right = _window(len(line), start)
    before = _cells(line[left:start], cut=left > 0)
    under = _cells(line[start : min(end, right)])
    after = _cells(line[min(end, right) : right])
    tail = "…" if right < len(line) else ""
    return PictureLine(
        number,
        (before + under + after).rstrip() + tail,
        " " * _width(before) + mark * max(_width(under), 1),
    )


def _window(length: int, start: int) -> tuple[int, int]:
    if length <= _WIDEST:
        return 0, length
    left = max(0, min(start - _BEFORE, length - _WIDEST))
    return left, left + _WIDEST


def _cells(text: str, *, cut: bool = False) -> str:
    return ("…" if cut else "") + visible(text.replace("\t", " " * _TAB))


def _shown(character: str) -> str:
    if character.isascii() and character.isprintable():
        return character
    if character < " ":
        return chr(0x2400 + ord(character))
    if character in _BIDI or unicodedata.category(character) in _INVISIBLE:
        return "\ufffd"
    return character


def _width(text: str) -> int:
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
