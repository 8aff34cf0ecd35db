"""Strings and numbers as they are written, and what they mean."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]*)\}|([\s\S]))")
_SIMPLE = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}
_LAST_CHARACTER = 0x10FFFF

_DIGITS = re.compile(r"\d+(?:_\d+)*(?:\.\d+(?:_\d+)*)?")
_QUANTITY = re.compile(r"([\d_.]+[kM]?(?!\w)|[\d_.]+)([ \t]*)(.+)", re.DOTALL)
_SUFFIXES = {"k": 1_000, "M": 1_000_000}
_LONGEST_NUMBER = 60


class Flaw(NamedTuple):
    """What is wrong with a literal: characters `start` to `end` of it, and how to mend it."""

    start: int
    end: int
    message: str
    hint: str


class Quoted(NamedTuple):
    """A string literal taken apart: what stands between its quotes, and how it is quoted."""

    inner: str
    start: int
    raw: bool
    block: bool


def unquote(written: str) -> Quoted:
    """The parts of a literal with its quotes; `start` is the offset of the inner text."""
    raw = written.startswith("r")
    quotes = written[1:] if raw else written
    block = quotes.startswith('"""') and len(quotes) >= 6
    width = 3 if block else 1
    return Quoted(quotes[width:-width], raw + width, raw, block)


def unescape(inner: str) -> tuple[str, list[Flaw]]:
    """The text that `inner` means, and the escapes in it that mean nothing.

    An escape that means nothing stands for itself.
    """
    if "\\" not in inner:
        return inner, []
    flaws: list[Flaw] = []

    def replace(escape: re.Match[str]) -> str:
        meaning = _meaning(escape)
        if meaning is None:
            flaws.append(_bad_escape(escape))
            return escape.group()
        return meaning

    return _ESCAPE.sub(replace, inner), flaws


def _meaning(escape: re.Match[str]) -> str | None:
    digits, character = escape.groups()
    if digits is None:
        return _SIMPLE.get(character)
    point = int(digits or "110000", 16) if len(digits) <= 6 else _LAST_CHARACTER + 1
    surrogate = 0xD800 <= point <= 0xDFFF
    return None if surrogate or point > _LAST_CHARACTER else chr(point)


def _bad_escape(escape: re.Match[str]) -> Flaw:
    if escape[1] is not None:
        message = f"`{escape.group()}` is not a character"
        hint = r"write its code point in hexadecimal, such as `\u{1F600}`"
    else:
        message = f"`{escape.group()}` is not an escape"
        hint = r'escapes are `\n`, `\t`, `\"`, `\\` and `\u{…}`; a pattern is easier as `r"…"`'
    return Flaw(escape.start(), escape.end(), message, hint)


def offset(inner: str, index: int) -> int:
    """Where in `inner` the character stands that is at `index` of its unescaped text."""
    shift = 0
    for escape in _ESCAPE.finditer(inner):
        if escape.start() - shift >= index:
            break
        meaning = _meaning(escape)
        if meaning is not None:
            shift += len(escape.group()) - len(meaning)
    return index + shift


def number(written: str) -> int | Decimal | Flaw:
    """The value of `12`, `2_000`, `0.5`, `6k`; whole numbers with a suffix are ints."""
    digits, factor = written, 1
    if written[-1] in _SUFFIXES:
        digits, factor = written[:-1], _SUFFIXES[written[-1]]
    if not digits.isascii() or not _DIGITS.fullmatch(digits):
        message = f"`{written}` is not a number"
        return Flaw(0, len(written), message, "write it like `2_000`, `0.5` or `6k`")
    if len(digits) > _LONGEST_NUMBER:
        hint = f"{_LONGEST_NUMBER} digits are the most"
        return Flaw(0, len(written), "this number is too long", hint)
    plain = digits.replace("_", "")
    if "." not in plain:
        return int(plain) * factor
    value = Decimal(plain)
    if factor == 1:
        return value
    return _whole(value * factor)


def _whole(value: Decimal) -> int | Decimal:
    return int(value) if value == value.to_integral_value() else value


def quantity(written: str) -> tuple[str, str]:
    """The number and the unit of `6k tokens` or `1%`, as written.

    What no unit looks like, as in `1e5` and `0x1F`, is left with the number.
    """
    match = _QUANTITY.fullmatch(written)
    if match is None:
        raise ValueError(f"{written!r} is not a quantity")
    number, gap, unit = match.groups()
    if not gap and any(character.isdigit() for character in unit):
        return written, ""
    return number, unit
