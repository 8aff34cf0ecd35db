"""The value of a block's last expression, in words that take time for what they show alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rlmflow.runtime.repl.worker.items import Items, Record, Text

_DEEPEST = 12
_LONGEST_SIZE = 100
_BRACKETS: dict[type, str] = {list: "[]", tuple: "()", set: "{}", Items: "[]"}


def echo(value: object, most: int) -> str:
    """`repr(value)` where that is short; else its beginning, and how much there is in all.

    Lists, dicts and texts are never gone through beyond what is shown.
    """
    room = max(most - _LONGEST_SIZE, 2)
    if isinstance(value, str) and len(value) > room:
        half = room // 2
        return f"{value[:half]!r} … {value[-half:]!r}\n({_size(value)})"[:most]
    told: list[str] = []
    left = room
    for piece in _pieces(value, room, 0):
        told.append(piece)
        left -= len(piece)
        if left < 0:
            told[-1] = f"{piece[:left]} …\n({_size(value)})"
            break
    return "".join(told)


def _size(value: object) -> str:
    """What a value is whose echo is cut."""
    if isinstance(value, str):
        return f"a text of {len(value):,} characters"
    if isinstance(value, dict | list | tuple | set | Items):
        return f"a {type(value).__name__} of {len(value):,} items"
    return f"a {type(value).__name__}; not all of its repr is shown"


def _pieces(value: object, most: int, depth: int) -> Iterator[str]:
    kind = type(value)
    if depth > _DEEPEST:
        yield "…"
    elif kind in (str, Text):
        assert isinstance(value, str)
        yield repr(value[: most + 1])
    elif kind in (dict, Record):
        assert isinstance(value, dict)
        yield from _dict(value, most, depth)
    elif kind in _BRACKETS and value:
        assert isinstance(value, Iterable)
        yield from _list(value, _BRACKETS[kind], most, depth)
    else:
        yield repr(value)


def _list(values: Iterable[object], brackets: str, most: int, depth: int) -> Iterator[str]:
    yield brackets[0]
    count = 0
    for count, value in enumerate(values, 1):  # used after the loop
        if count > 1:
            yield ", "
        yield from _pieces(value, most, depth + 1)
    yield "," + brackets[1] if brackets == "()" and count == 1 else brackets[1]


def _dict(values: dict[object, object], most: int, depth: int) -> Iterator[str]:
    yield "{"
    for count, (key, value) in enumerate(values.items()):
        if count:
            yield ", "
        yield from _pieces(key, most, depth + 1)
        yield ": "
        yield from _pieces(value, most, depth + 1)
    yield "}"
