"""The value of a block's last expression, in words that take time for what they show alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rlmflow.runtime.repl.worker.items import Items, Record, Text

_DEEPEST = 12
_BRACKETS: dict[type, str] = {list: "[]", tuple: "()", set: "{}", Items: "[]"}


def echo(value: object, most: int) -> str:
    """`repr(value)` where that is short; else its beginning, and how much there is more.

    Lists, dicts and texts are never gone through beyond what is shown.
    """
    told: list[str] = []
    left = most
    for piece in _pieces(value, most, 0):
        told.append(piece)
        left -= len(piece)
        if left < 0:
            told.append(" …")
            break
    text = "".join(told)
    size = _size(value)
    return text if left >= 0 else f"{text}\n({size})" if size else text


def _size(value: object) -> str | None:
    """How long a value is whose echo is cut."""
    if isinstance(value, str):
        return f"a text of {len(value):,} characters"
    if isinstance(value, dict | list | tuple | set | Items):
        return f"{len(value):,} items"
    return None


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
