"""How much a list holds: as it was made, or at most, by the expression that makes it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import inf
from typing import TypeAlias

from rlmflow.expressions import children, field_path, references
from rlmflow.functions import as_text
from rlmflow.operators._most import EMPTY, UNBOUNDED, Size, one_of
from rlmflow.runtime.names import Made, as_stream
from rlmflow.runtime.showing import show_itself
from rlmflow.syntax import ast
from rlmflow.types import TEXT, ListType, Type
from rlmflow.values import Item, Stream

# How the value of a short text is written around: quotes, a comma.
_WRITTEN = 8
_SCALAR = 64
# Of a long text no second copy is made.
_AT_A_TIME = 1 << 20


class Known:
    """What is known of a name. `certain`: no reply has a part in what it stands for.

    `size` may be given as what finds it out, since to measure a long list takes its time.
    """

    def __init__(self, size: Size | Callable[[], Size], *, certain: bool = False) -> None:
        self._size = size
        self.certain = certain

    @property
    def size(self) -> Size:
        if not isinstance(self._size, Size):
            self._size = self._size()
        return self._size


NOTHING_KNOWN = Known(UNBOUNDED)
Names: TypeAlias = Mapping[str, Known]


def larger(one: Size, other: Size) -> Size:
    """The larger of two, each number for itself."""
    exact = one.exact and other.exact and one.items == other.items
    each, total = max(one.each, other.each), max(one.total, other.total)
    return Size(max(one.items, other.items), each, total, exact)


def measured(made: Made) -> Size:
    """What a list or a value holds that is there already."""
    if isinstance(made, Stream):
        return measured_items(made.here())
    return measured_items(as_stream(made).here() if isinstance(made.value, list) else [made])


def measured_items(items: Iterable[Item]) -> Size:
    """How many items, and how many bytes a model is shown of them, or their values take."""
    count, each, total = 0, 0, 0
    for item in items:
        size = _bytes(item)
        count, each, total = count + 1, max(each, size), total + size
    return Size(count, each, total, exact=True)


def _bytes(item: Item) -> int:
    shown = _utf8(show_itself(item).text)
    if isinstance(item.value, Mapping):
        # A field may be shown alone, and its value may be longer than where it stands.
        return max(shown, _utf8(json.dumps(item.value, ensure_ascii=False, default=as_text)))
    return shown


def _utf8(text: str) -> int:
    if text.isascii():
        return len(text)
    pieces = (text[at : at + _AT_A_TIME] for at in range(0, len(text), _AT_A_TIME))
    return sum(len(piece.encode("utf-8", "surrogatepass")) for piece in pieces)


def size_of(expression: ast.Expression, names: Names, type_: Type) -> Known:
    """The most that an expression over names gives, as a list if its type is one."""
    match expression:
        case ast.Reference(name=name):
            return names.get(name, NOTHING_KNOWN)
        case ast.Field():
            path = field_path(expression)
            if path is not None and ".".join(path) in names:
                return names[".".join(path)]
            return _field(expression, names, type_)
        case ast.BinaryOperation(sign="+", left=left, right=right):
            return _together([size_of(left, names, type_), size_of(right, names, type_)], type_)
        case ast.ListOf(items=items) if isinstance(type_, ListType):
            return _listed([size_of(one, names, type_.item) for one in items])
        case ast.Text(value=text):
            return Known(one_of(_utf8(text)), certain=True)
        case ast.Number() | ast.Truth() | ast.Nothing() | ast.Quantity():
            return Known(one_of(_SCALAR), certain=True)
        case _:
            return NOTHING_KNOWN


def _together(parts: Sequence[Known], type_: Type) -> Known:
    """Two lists, or two texts, one after the other."""

    def size() -> Size:
        whole = sum((part.size for part in parts), EMPTY)
        return whole if isinstance(type_, ListType) else one_of(whole.total)

    return Known(size, certain=all(part.certain for part in parts))


def _listed(parts: Sequence[Known]) -> Known:
    def size() -> Size:
        return sum((one_of(part.size.total) for part in parts), EMPTY)

    return Known(size, certain=all(part.certain for part in parts))


def _field(expression: ast.Field, names: Names, type_: Type) -> Known:
    """A field holds no more than what it is a field of."""
    holder = next(iter(references(expression)), None)
    if holder is None or holder not in names:
        return NOTHING_KNOWN
    known, is_list = names[holder], isinstance(type_, ListType)

    def size() -> Size:
        total = known.size.total
        return Size(total, total, total) if is_list else one_of(total + _WRITTEN)

    return Known(size, certain=known.certain)


def shown_bytes(expression: ast.Expression, names: Names, item: Size) -> float:
    """The most bytes of what `show:` shows of an item of at most so many."""
    match expression:
        case ast.Reference(name="item"):
            return item.each
        case ast.Reference(name=name):
            return names.get(name, NOTHING_KNOWN).size.total
        case ast.Field():
            if next(iter(references(expression)), None) is None:
                return item.each + _WRITTEN
            return _field(expression, names, TEXT).size.total
        case ast.Text(value=text):
            return _utf8(text)
        case ast.Number() | ast.Truth() | ast.Nothing():
            return _SCALAR
        case ast.BinaryOperation(sign="+") | ast.ListOf():
            parts = [shown_bytes(part, names, item) + 1 for part in children(expression)]
            return sum(parts)
        case ast.Call(callee=callee, arguments=arguments) if callee.text == "text":
            return sum(shown_bytes(one.value, names, item) for one in arguments)
        case _:
            return inf


def stays_certain(expression: ast.Expression, names: Names) -> bool:
    """Whether no reply has a part in an expression."""
    return all(names.get(name, NOTHING_KNOWN).certain for name in references(expression))


def stream_size(value: object) -> Size | None:
    """What an argument holds that items flow in through; None for any other."""
    if isinstance(value, Stream):
        return measured(value)
    if isinstance(value, tuple) and all(isinstance(one, Stream) for one in value):
        return sum((measured(one) for one in value), EMPTY)
    return None
