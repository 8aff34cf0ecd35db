"""Values on their way into the REPL and back: an item goes as a value with a handle.

What comes back with its handle is the very item that was sent, with its provenance.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from rlmflow.functions import as_text
from rlmflow.operators._step import Shown
from rlmflow.runtime.names import Made
from rlmflow.runtime.repl.wire import Failure, Handle, Piece, Sent, SentList
from rlmflow.runtime.showing import show_itself
from rlmflow.source import Source, Span
from rlmflow.values import Document, Item, Part

# Of what the REPL has as values of Python's own, which nothing can be added to.
_WITHOUT_HANDLE = (bool, date, type(None))
# A shorter text is sent as it is: its place would be as long.
_SHORTEST_PIECE = 64


class FailedResult(Exception):
    """A failed result where a value was needed; the message says why it failed."""


class Crossing:
    """The items that one REPL was sent. `documents` are those that its `context` holds.

    `show`: what a model is shown of an item.
    """

    def __init__(
        self, documents: Sequence[Document] = (), show: Callable[[Item], Shown] = show_itself
    ) -> None:
        self.documents = tuple(documents)
        self.show = show
        self._places: dict[Source, int] = {d: n for n, d in enumerate(self.documents)}
        self._items: list[Item] = []
        self._numbers: dict[Item, int] = {}
        self._bare: list[Made] = []

    async def sent(self, made: Made) -> Sent | SentList:
        """A step's value as the REPL gets it."""
        items = [made] if isinstance(made, Item) else await made.all()
        sent = tuple(self.item_sent(item) for item in items)
        if items and all(type(item.value) in _WITHOUT_HANDLE for item in items):
            self._bare.append(made)
        return sent[0] if isinstance(made, Item) else SentList(sent)

    async def recognised(self, value: object) -> Made | None:
        """The step's value that a plain one is, of a kind that can carry no handle; the latest."""
        for made in reversed(self._bare):
            items = [made] if isinstance(made, Item) else await made.all()
            plain = [item.value for item in items]
            if value == (plain[0] if isinstance(made, Item) else plain):
                return made
        return None

    def item_sent(self, item: Item) -> Sent:
        """One item as the REPL gets it; the same item has the same handle each time."""
        number = self._numbers.get(item)
        if number is None:
            number = self._numbers[item] = len(self._items)
            self._items.append(item)
        return Sent(self.written(item.value, item.spans, item.fields), number, item.source)

    def written(
        self, value: object, spans: Sequence[Span] = (), fields: Mapping[str, Span] | None = None
    ) -> object:
        """A value as it crosses, without handles. `spans` and `fields`: where it stands."""
        match value:
            case Item():
                return self.written(value.value, value.spans, value.fields)
            case Part():
                return self._piece(value.core) or value.text
            case str():
                return self._where_it_stands(value, spans) or value
            case Mapping():
                places = fields or {}
                return {
                    _key(key): self.written(held, (places[key],) if key in places else ())
                    for key, held in value.items()
                }
            case list() | tuple():
                return [self.written(one) for one in value]
            case _:
                return value

    def _where_it_stands(self, text: str, spans: Sequence[Span]) -> Piece | None:
        """The place of a text that is one stretch of the input."""
        if len(text) < _SHORTEST_PIECE or len(spans) != 1:
            return None
        span = spans[0]
        if span.end - span.start != len(text) or span.text != text:
            return None
        return self._piece(span)

    def _piece(self, span: Span) -> Piece | None:
        document = self._places.get(span.source)
        return None if document is None else Piece(document, span.start, span.end)

    def item_of(self, value: object, maker: str, index: int) -> Item:
        """The item that a value from the REPL is; one that `maker` made of plain data.

        Raises `FailedResult`.
        """
        if isinstance(value, Handle):
            return self._item(value)
        parents: dict[Item, None] = {}
        plain = self._plain(value, parents)
        return Item(plain, maker, index, parents=tuple(parents))

    def items_of(self, value: object, maker: str) -> list[Item]:
        """The items that a value from the REPL is: those of a list, else itself alone.

        Raises `FailedResult`.
        """
        if isinstance(value, Handle) and isinstance(self._item(value).value, list):
            value = self._item(value).value
        if not isinstance(value, list):
            return [self.item_of(value, maker, 0)]
        return [
            one if isinstance(one, Item) else self.item_of(one, maker, number)
            for number, one in enumerate(value)
        ]

    def plain(self, value: object) -> object:
        """A value from the REPL with the values of its handles. Raises `FailedResult`."""
        return self._plain(value, {})

    def _plain(self, value: object, parents: dict[Item, None]) -> object:
        match value:
            case Handle():
                item = self._item(value)
                parents[item] = None
                return bare(item.value)
            case Failure(reason=reason):
                raise FailedResult(reason)
            case list():
                return [self._plain(one, parents) for one in value]
            case dict():
                return {key: self._plain(held, parents) for key, held in value.items()}
            case _:
                return value

    def _item(self, handle: Handle) -> Item:
        """The item of a handle. A worker may forge one: what was never sent is refused."""
        if not 0 <= handle.number < len(self._items):
            raise FailedResult("it refers to an item that was never given to the REPL")
        return self._items[handle.number]

    def shown(self, value: object, maker: str, index: int) -> Shown:
        """What a sub-model is shown of a value that code passed. Raises `FailedResult`."""
        item = self.item_of(value, maker, index)
        if isinstance(value, Handle):
            return self.show(item)
        return Shown(item, _readable(item.value), ())


def bare(value: object) -> object:
    """A value without the provenance of what is inside it."""
    match value:
        case Item():
            return bare(value.value)
        case Part():
            return value.text
        case Mapping():
            return {key: bare(held) for key, held in value.items()}
        case list() | tuple():
            return [bare(one) for one in value]
        case _:
            return value


def _key(key: object) -> str:
    """A key as the REPL has it: a text, from which a key of its type can be read again."""
    if isinstance(key, str):
        return key
    return key.isoformat() if isinstance(key, date) else json.dumps(key)


def _readable(value: object) -> str:
    if isinstance(value, Mapping | list):
        return json.dumps(value, ensure_ascii=False, default=as_text)
    return as_text(value)
