"""Values that cross the channel between the host and the REPL, and how they are written.

Both sides use this file. It imports msgspec and little else, so that a worker starts fast.
What is not in the list below is refused: nothing is ever pickled.

    None bool int float str date list dict(str keys)    as they are
    Handle Piece Sent SentList Failure                  the classes below
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from msgspec import DecodeError, Raw, Struct
from msgspec.msgpack import Decoder, Ext, decode, encode

_DATE, _LONG, _HANDLE, _PIECE, _SENT, _SENT_LIST, _FAILURE = range(1, 8)
_SHORTEST_LONG = 2**63
# Python refuses to print numbers of more than 4,300 digits.
_BYTES_OF_LONG, _MOST_DIGITS = 1662, 4_000


class Unsendable(TypeError):
    """A value that can't cross the channel. The message says which and why."""


class Handle(Struct, frozen=True):
    """An item that the host sent, as code in the REPL gives it back unchanged."""

    number: int


class Piece(Struct, frozen=True):
    """A text by its place in the documents of `context`, in characters."""

    document: int
    start: int
    end: int


class Sent(Struct, frozen=True):
    """A value with provenance. `value` is plain, or a `Piece`; `source` is "file:line"."""

    value: object
    handle: int
    source: str | None


class Failure(Struct, frozen=True):
    """An item that got no answer. In the REPL it is falsy and raises when used as text."""

    reason: str


class SentList(Struct, frozen=True):
    """A list of which each item has provenance, or failed."""

    items: tuple[Sent | Failure, ...]


Other = Callable[[object], object]


def _refuse(value: object) -> object:
    raise Unsendable(f"a {type(value).__name__} can't be sent")


def to_bytes(value: object, other: Other = _refuse) -> bytes:
    """A value as it crosses the channel. Raises `Unsendable`.

    `other` gives the value to send for one that is not of the types above.
    """
    try:
        return encode(_written(value, other))
    except RecursionError:
        raise Unsendable("the value is nested too deeply to be sent, or holds itself") from None
    except UnicodeEncodeError:
        raise Unsendable("a text with half a surrogate pair can't be sent") from None


def _written(value: object, other: Other) -> object:
    """The value in what msgpack knows."""
    kind = type(value)
    if kind is str or kind is float or kind is bool or value is None:
        return value
    if kind is int:
        assert isinstance(value, int)
        return value if -_SHORTEST_LONG <= value < _SHORTEST_LONG else _long(value)
    if kind is list or kind is tuple:
        assert isinstance(value, list | tuple)
        return [_written(item, other) for item in value]
    if kind is dict:
        assert isinstance(value, dict)
        return {_key(key): _written(item, other) for key, item in value.items()}
    if isinstance(value, date) and not isinstance(value, datetime):
        return Ext(_DATE, value.isoformat().encode())
    return _written_own(value, other)


def _written_own(value: object, other: Other) -> object:
    if isinstance(value, Handle):
        return Ext(_HANDLE, encode(value.number))
    if isinstance(value, Piece):
        return Ext(_PIECE, encode((value.document, value.start, value.end)))
    if isinstance(value, Sent):
        content = _written(value.value, other)
        return Ext(_SENT, encode((content, value.handle, value.source)))
    if isinstance(value, SentList):
        return Ext(_SENT_LIST, encode([_written(item, other) for item in value.items]))
    if isinstance(value, Failure):
        return Ext(_FAILURE, encode(value.reason))
    return _written(other(value), other)


def _long(value: int) -> Ext:
    size = value.bit_length() // 8 + 1
    if size > _BYTES_OF_LONG:
        raise Unsendable(f"a number of more than {_MOST_DIGITS:,} digits can't be sent")
    return Ext(_LONG, value.to_bytes(size, "big", signed=True))


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise Unsendable(f"a key of a dict must be a str to be sent; this one is {key!r:.80}")
    return str.__str__(key)


_sent = Decoder(tuple[Raw, int, str | None])
_piece = Decoder(tuple[int, int, int])
_number = Decoder(int)
_text = Decoder(str)
_parts = Decoder(list[Raw])

Revive = Callable[[object], object]


def _as_it_is(value: object) -> object:
    return value


class Reader:
    """Reads values. `revive` makes of each value of the classes above what its reader needs.

    `revive_list` gets a list with provenance as its items' bytes, to be read one by one.
    """

    def __init__(
        self,
        revive: Revive = _as_it_is,
        *,
        revive_list: Callable[[list[Raw]], object] | None = None,
    ) -> None:
        self._revive = revive
        self._revive_list = revive_list or self._whole_list

    def value(self, data: bytes | memoryview | Raw) -> object:
        """The value that these bytes stand for. Raises msgspec's `DecodeError`."""
        try:
            return decode(data, ext_hook=self._extension)
        except RecursionError:
            raise DecodeError("nested too deeply") from None
        except ValueError as error:
            raise DecodeError(str(error)) from None

    def _whole_list(self, parts: list[Raw]) -> object:
        items = tuple(self.value(part) for part in parts)
        if not all(isinstance(item, Sent | Failure) for item in items):
            raise DecodeError("a list with provenance holds plain values")
        return SentList(items)  # type: ignore[arg-type]  # just tested, which mypy can't follow

    def _extension(self, code: int, data: memoryview) -> object:
        if code == _DATE:
            return self._revive(date.fromisoformat(str(data, "ascii")))
        if code == _LONG:
            if len(data) > _BYTES_OF_LONG:
                raise DecodeError("a number is too long")
            return int.from_bytes(data, "big", signed=True)
        if code == _HANDLE:
            return self._revive(Handle(_number.decode(data)))
        if code == _PIECE:
            return self._revive(Piece(*_piece.decode(data)))
        if code == _SENT:
            content, handle, source = _sent.decode(data)
            return self._revive(Sent(self.value(content), handle, source))
        if code == _SENT_LIST:
            return self._revive_list(_parts.decode(data))
        if code == _FAILURE:
            return self._revive(Failure(_text.decode(data)))
        raise DecodeError(f"no value has the code {code}")
