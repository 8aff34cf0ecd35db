"""Values that the host sent, as code in the REPL sees them: with a source, and a way back.

An item that code has not changed goes back as its handle, so that the host knows what it
is. A changed record is plain data.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NoReturn, SupportsIndex, overload

from msgspec import Raw

from rlmflow.runtime.repl import wire
from rlmflow.runtime.repl.wire import Failure, Handle, Piece, Sent


class ItemFailed(RuntimeError):
    """A failed item was used as if it were a value. The message says why it failed."""


class _Item:
    """What items have beside their value."""

    handle: Handle
    source: str | None

    @property
    def name(self) -> str | None:
        """The name of the document that the item came from."""
        return self.source and self.source.rpartition(":")[0]


class Text(_Item, str):
    """A text with a source."""


class Whole(_Item, int):
    """A whole number with a source."""


class Number(_Item, float):
    """A number with a source."""


class Record(_Item, dict[str, Any]):
    """A record with a source. Changing it is allowed, and makes it plain data for the host."""

    written: int


class Array(_Item, list[Any]):
    """A list with a source, as one value. Changing it makes it plain data for the host."""

    written: int


_KINDS: dict[type, type[_Item]] = {str: Text, int: Whole, float: Number, dict: Record, list: Array}


def item(sent: Sent) -> object:
    """The item that the host sent. What can carry nothing more (a bool, a date) is plain."""
    kind = _KINDS.get(type(sent.value))
    if kind is None:
        return sent.value
    made = kind(sent.value)  # type: ignore[call-arg]  # each is a kind of value with one argument
    made.handle = Handle(sent.handle)
    made.source = sent.source
    if isinstance(made, Record | Array):
        made.written = _written(made)
    return made


def _written(value: Record | Array) -> int:
    """What changes when a record is changed, at any depth."""
    plain = dict(value) if isinstance(value, Record) else list(value)
    return hash(wire.to_bytes(plain, sent_back))


# Named in tracebacks as if they were Python's own: the root knows no module of ours.
ItemFailed.__module__ = "builtins"


class Failed:
    """An item that got no answer. Falsy; raises when it is used as a value."""

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return f"<Failed: {self.reason}>"

    def _refuse(self, *_: object) -> NoReturn:
        raise ItemFailed(
            f"this item failed ({self.reason}), so it has no value; "
            "test it with `if item:` before you use it"
        )

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        self._refuse()

    __str__ = __format__ = __int__ = __float__ = __index__ = __bytes__ = _refuse
    __len__ = __iter__ = __getitem__ = __contains__ = __reversed__ = _refuse
    __add__ = __radd__ = __mul__ = __rmul__ = __mod__ = __rmod__ = __sub__ = __rsub__ = _refuse
    __eq__ = __hash__ = _refuse
    __truediv__ = __rtruediv__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse


class Items(Sequence[Any]):
    """A read-only list of items. Slicing and `+` give `Items`; an item is made when asked for."""

    def __init__(self, parts: Sequence[Raw], make: Callable[[Raw], object]) -> None:
        self._parts = parts
        self._make = make
        self._made: dict[int, object] = {}

    def __len__(self) -> int:
        return len(self._parts)

    @overload
    def __getitem__(self, index: SupportsIndex) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> Items: ...
    def __getitem__(self, index: SupportsIndex | slice) -> Any:
        if isinstance(index, slice):
            return self._slice(range(len(self))[index])
        return self._at(range(len(self))[index])

    def _at(self, place: int) -> object:
        if place in self._made:
            return self._made[place]
        made = self._make(self._parts[place])
        if isinstance(made, Record | Array):
            self._made[place] = made
        return made

    def _slice(self, places: range) -> Items:
        cut = Items([self._parts[place] for place in places], self._make)
        cut._made = {n: self._made[p] for n, p in enumerate(places) if p in self._made}
        return cut

    def __iter__(self) -> Iterator[Any]:
        return (self._at(place) for place in range(len(self)))

    def __add__(self, other: object) -> Items | list[Any]:
        if isinstance(other, Items):
            joined = Items([*self._parts, *other._parts], self._make)
            shifted = {len(self) + place: made for place, made in other._made.items()}
            joined._made = self._made | shifted
            return joined
        return [*self, *other] if isinstance(other, list) else NotImplemented

    def __radd__(self, other: object) -> list[Any]:
        return [*other, *self] if isinstance(other, list) else NotImplemented

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Items | list):
            return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]  # as of a list

    def __repr__(self) -> str:
        return repr(list(self))


def sent_back(value: object) -> object:
    """What the host gets for a value of the REPL that is not plain. Raises `Unsendable`."""
    if isinstance(value, Record | Array):
        if _written(value) == value.written:
            return value.handle
    elif isinstance(value, _Item):
        return value.handle
    if isinstance(value, Failed):
        return Failure(value.reason)
    if isinstance(value, Items):
        return list(value)
    for kind, plain in _PLAIN.items():
        if isinstance(value, kind):
            return plain(value)
    if type(value).__module__ == "numpy" and hasattr(value, "tolist"):
        return value.tolist()
    raise wire.Unsendable(f"a {type(value).__name__} can't be sent")


# Of a subclass: the value itself, whatever the subclass overrides.
_PLAIN: dict[type, Callable[[Any], object]] = {
    str: lambda value: str.__str__(value),
    int: int.__int__,
    float: float.__float__,
    list: lambda value: list(list.__iter__(value)),
    tuple: lambda value: list(tuple.__iter__(value)),
    dict: lambda value: dict(dict.items(value)),
}


class ItemReader:
    """Makes of what the host sends what code sees. `documents` are those of `context`."""

    def __init__(self, documents: Sequence[str]) -> None:
        self._documents = documents
        self._reader = wire.Reader(self._revive, revive_list=self._items)

    def read(self, data: bytes | Raw) -> Any:
        """The value that these bytes stand for."""
        return self._reader.value(data)

    def _items(self, parts: list[Raw]) -> Items:
        return Items(parts, self.read)

    def _revive(self, value: object) -> object:
        if isinstance(value, Piece):
            return self._documents[value.document][value.start : value.end]
        if isinstance(value, Sent):
            return item(value)
        if isinstance(value, Failure):
            return Failed(value.reason)
        return value


def teach_json() -> None:
    """Let `json` write `Items`, and say of a failed item why it failed."""

    def default(_: json.JSONEncoder, value: object) -> list[object]:
        if isinstance(value, Items):
            return list(value)
        if isinstance(value, Failed):
            str(value)
        raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")

    json.JSONEncoder.default = default  # type: ignore[method-assign, assignment]  # for all
