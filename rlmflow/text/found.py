"""What a text was found to consist of, in order: records, and stretches that are none."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

_NO_FIELDS: Mapping[str, tuple[int, int]] = MappingProxyType({})


class Found(NamedTuple):
    """A record: `text[start:end]`, without the white space around it.

    `value`: what the text says, where it is in a notation (a JSON value, a row of
    CSV, named groups of a pattern, a headed section); None where the record is
    its text. `fields`: for each field whose value stands in the text letter for
    letter, where. A field that is written in escapes has a value and no place.
    """

    start: int
    end: int
    value: object = None
    fields: Mapping[str, tuple[int, int]] = _NO_FIELDS


class Unmatched(NamedTuple):
    """A stretch that is not white space and could not be made into a record."""

    start: int
    end: int
    reason: str


def without_white_space(text: str, start: int, end: int) -> tuple[int, int]:
    """The stretch, narrowed to begin and end with something other than white space.

    An empty stretch if there is nothing else.
    """
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def without_line_end(text: str, start: int, end: int) -> int:
    """The end of a stretch, before its `\\n` or `\\r\\n`."""
    if end > start and text[end - 1] == "\n":
        end -= 1
    if end > start and text[end - 1] == "\r":
        end -= 1
    return end
