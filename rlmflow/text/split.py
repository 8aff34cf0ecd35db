"""Records in running text: lines, paragraphs, headed sections, matches of a pattern."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rlmflow.text.found import Found, Unmatched, without_line_end, without_white_space
from rlmflow.text.headings import Heading, find_headings
from rlmflow.text.late_regex import LateRegex

if TYPE_CHECKING:
    import regex

# As Python's strings have it: `\s` alone leaves out the four separators of ASCII.
_LINE = LateRegex(r"[^\S\n]*+[^\s\x1C-\x1F][^\n]*+")
_PARAGRAPH = LateRegex(rf"{_LINE.pattern}(?:\n{_LINE.pattern})*+")


def split_lines(text: str, start: int, end: int) -> Iterator[Found]:
    """Each line of `text[start:end]` that is not blank, without its end."""
    return _whole_matches(_LINE, text, start, end)


def split_paragraphs(text: str, start: int, end: int) -> Iterator[Found]:
    """Each run of lines that are not blank, without its last line's end."""
    return _whole_matches(_PARAGRAPH, text, start, end)


def _whole_matches(pattern: LateRegex, text: str, start: int, end: int) -> Iterator[Found]:
    for match in pattern.finditer(text, start, end):
        yield Found(match.start(), without_line_end(text, *match.span()))


def split_headings(text: str, start: int, end: int) -> Iterator[Found]:
    """Each Markdown heading with what follows it, up to the next heading of any level.

    A record has `heading`, `level` (1 to 6) and `body`. What stands before the first
    heading is a record with an empty heading of level 0.
    """
    current = Heading(start, start, (start, start), 0)
    for heading in find_headings(text, start, end):
        yield from _section(text, current, heading.start)
        current = heading
    yield from _section(text, current, end)


def _section(text: str, heading: Heading, end: int) -> Iterator[Found]:
    start, end = without_white_space(text, heading.start, end)
    if start == end:
        return
    if heading.level:
        start, title = heading.start, heading.title
    else:
        title = start, start
    fields = {"heading": title, "body": without_white_space(text, heading.end, end)}
    value: dict[str, object] = {name: text[a:b] for name, (a, b) in fields.items()}
    yield Found(start, end, {**value, "level": heading.level}, fields)


def split_pattern(
    text: str, start: int, end: int, pattern: re.Pattern[str]
) -> Iterator[Found | Unmatched]:
    """Each match of `pattern` in `text[start:end]`; its named groups are the fields.

    What lies between matches and is not white space is unmatched. A match of
    nothing but white space is no record. A group that took no part in the match
    has the value None.
    """
    at = start
    for match in pattern.finditer(text, start, end):
        first, last = match.start(), without_line_end(text, *match.span())
        if first == last or text[first:last].isspace():
            continue
        yield from _unmatched(text, at, first)
        yield _match(text, first, last, match)
        at = match.end()
    yield from _unmatched(text, at, end)


def _match(text: str, first: int, last: int, match: re.Match[str] | regex.Match[str]) -> Found:
    fields = {}
    value: dict[str, str | None] = {}
    for name in match.re.groupindex:
        begin, stop = match.span(name)
        if begin < 0:
            value[name] = None
            continue
        # `.*` takes the first half of a CRLF with it.
        stop = max(begin, min(stop, last))
        fields[name] = begin, stop
        value[name] = text[begin:stop]
    return Found(first, last, value or None, fields)


def _unmatched(text: str, start: int, end: int) -> Iterator[Unmatched]:
    start, end = without_white_space(text, start, end)
    if start < end:
        yield Unmatched(start, end, "the pattern does not match")
