"""Records in JSON: one value a line, values one after another, or the elements of one array."""

from __future__ import annotations

import json
from collections.abc import Iterator

from rlmflow.text.found import Found, Unmatched, without_white_space
from rlmflow.text.late_regex import LateRegex

# Between values any white space may stand, the separators of ASCII too.
_SPACE = LateRegex(r"[\s\x1C-\x1F]*+")
_SPACE_AND_COMMAS = LateRegex(r"[\s,\x1C-\x1F]*+")
_AFTER_KEY = LateRegex(r"\s*+:\s*+")
_NEXT_MEMBER = LateRegex(r"\s*+(?:,\s*+(?=\")|(?=\}))")


def split_json(text: str, start: int, end: int) -> Iterator[Found | Unmatched]:
    """Each JSON value of `text[start:end]`, with the places of an object's fields.

    If the text is one array, its elements are the records, and its own brackets
    and commas are in none. Else they are the values that stand one after another
    with white space between them, usually one a line. Where no value can be
    read, the rest of the line is unmatched.
    """
    first, end = without_white_space(text, start, end)
    if _is_one_array(text, first, end):
        yield from _values(text, first + 1, end, _SPACE_AND_COMMAS, "]")
    else:
        yield from _values(text, first, end, _SPACE, "")


def _is_one_array(text: str, first: int, end: int) -> bool:
    """Does an array begin here that is not just the first of many lines?"""
    if not text.startswith("[", first, end):
        return False
    line_end = text.find("\n", first, end)
    return line_end < 0 or isinstance(_record(text, first, line_end, ""), Unmatched)


def _values(
    text: str, at: int, end: int, gap: LateRegex, closing: str
) -> Iterator[Found | Unmatched]:
    while (at := _past(gap, text, at, end)) < end:
        if closing and text[at] == closing:
            at, end = without_white_space(text, at + 1, end)
            if at < end:
                yield Unmatched(at, end, "it stands after the end of the array")
            return
        record = _record(text, at, end, "," + closing if closing else "")
        yield record
        at = record.end


def _record(text: str, at: int, end: int, followers: str) -> Found | Unmatched:
    """The value that begins at `at`, or what is left of its line if there is none."""
    fields: dict[str, tuple[int, int]] = {}
    try:
        read = _object if text[at] == "{" else _plain
        value, stop = read(text, at, fields)
        if stop > end:
            raise ValueError("the text ends inside it")
        if stop < end and not text[stop].isspace() and text[stop] not in followers:
            raise ValueError("something else follows on its line")
        _refuse_half_characters(text, at, stop, value)
    except (ValueError, RecursionError, IndexError) as error:
        line_end = text.find("\n", at, end)
        _, stop = without_white_space(text, at, end if line_end < 0 else line_end)
        return Unmatched(at, stop, f"it is not JSON: {_reason(error)}")
    return Found(at, stop, value, fields)


def _plain(text: str, at: int, _fields: object) -> tuple[object, int]:
    return _decode(text, at)


def _object(text: str, at: int, fields: dict[str, tuple[int, int]]) -> tuple[object, int]:
    """An object, read member by member, so that the place of each value is known."""
    values: dict[str, object] = {}
    at = _past(_SPACE, text, at + 1, len(text))
    while text[at] != "}":
        name, at = _decode(text, at)
        if not isinstance(name, str):
            raise ValueError("a name in quotes is expected")
        begin = _expect(_AFTER_KEY, text, at, "a colon is expected")
        values[name], at = _decode(text, begin)
        fields.pop(name, None)
        if place := _place(text, begin, at, values[name]):
            fields[name] = place
        at = _expect(_NEXT_MEMBER, text, at, "a comma or a closing brace is expected")
    return values, at + 1


def _place(text: str, start: int, end: int, value: object) -> tuple[int, int] | None:
    """Where the value stands as it is: inside its quotes, or a number as it is written."""
    if isinstance(value, str):
        return (start + 1, end - 1) if end - start - 2 == len(value) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return (start, end) if text[start:end] == str(value) else None


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not allowed")


_decode = json.JSONDecoder(parse_constant=_refuse_constant).raw_decode


def _refuse_half_characters(text: str, start: int, end: int, value: object) -> None:
    """A lone surrogate, which can be written in JSON, is no character and can't be sent on."""
    if text.find("\\ud", start, end) >= 0 or text.find("\\uD", start, end) >= 0:
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise ValueError("it contains half of a surrogate pair") from None


def _past(gap: LateRegex, text: str, at: int, end: int) -> int:
    match = gap.match(text, at, end)
    return match.end() if match else at


def _expect(gap: LateRegex, text: str, at: int, otherwise: str) -> int:
    match = gap.match(text, at)
    if not match:
        raise ValueError(otherwise)
    return match.end()


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return error.msg[:1].lower() + error.msg[1:]
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return "the text ends inside it" if isinstance(error, IndexError) else str(error)
