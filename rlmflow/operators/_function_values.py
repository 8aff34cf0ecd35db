"""What a Python function is given, and what its result is made into."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from numbers import Integral, Real
from typing import Any, cast

from rlmflow.operators._function_origins import Origins
from rlmflow.operators._step import Loaded, Step, Unanswered
from rlmflow.source import Span
from rlmflow.types import (
    BOOL,
    DATE,
    FLOAT,
    INT,
    TEXT,
    DictType,
    DocumentType,
    EnumType,
    ListType,
    OptionalType,
    RecordType,
    Type,
    fits,
)
from rlmflow.values import Document, Excerpt, Item, Part, Stream, whole_part


class Given:
    """The items that flow into one call, and which object stands for which."""

    def __init__(self, loaded: Loaded) -> None:
        self.items: list[Item] = []
        self._loaded = loaded
        self._objects: dict[int, tuple[object, Item]] = {}

    def flow(self, items: Sequence[Item], type_: Type) -> object:
        """The argument for a list's items; for a type that is no list, the one there is."""
        self.items += items
        if not isinstance(type_, ListType):
            return self._object(items[0], type_)
        return [self._object(item, type_.item) for item in items]

    def setting(self, value: object, type_: Type) -> object:
        """The argument for a value that is no data."""
        return python_value(value, type_, self._loaded)

    def item_of(self, made: object) -> Item | None:
        """The item that an object stands for, None for one that was not given."""
        known = self._objects.get(id(made))
        return known[1] if known is not None and known[0] is made else None

    def _object(self, item: Item, type_: Type) -> object:
        made = python_value(item, type_, self._loaded)
        if isinstance(type_, DocumentType | RecordType):
            self._objects[id(made)] = (made, item)
        return made


def python_value(value: object, type_: Type, loaded: Loaded) -> object:
    """A value as its Python annotation says. Raises `Unanswered`."""
    if isinstance(value, Item) and not isinstance(type_, DocumentType):
        return python_value(value.value, type_, loaded)
    match type_:
        case OptionalType():
            return None if value is None else python_value(value, type_.inner, loaded)
        case DocumentType():
            return _document(value)
        case ListType():
            return [python_value(each, type_.item, loaded) for each in _list(value)]
        case DictType():
            pairs = dict(value).items()  # type: ignore[call-overload]  # the type is checked
            return {key: python_value(each, type_.value, loaded) for key, each in pairs}
        case RecordType():
            fields = {
                f.name: python_value(_field(value, f.name), f.type, loaded) for f in type_.fields
            }
            return loaded.record(type_.name or "", fields)
    if type_ == DATE and isinstance(value, str):
        return datetime.date.fromisoformat(value)
    return float(value) if type_ == FLOAT and isinstance(value, int) else value


def _list(value: object) -> Iterable[object]:
    return value if isinstance(value, list | tuple) else (value,)


def _document(value: object) -> Document:
    """A part as the stretch of its document that is its own; a text as a document."""
    held = value.value if isinstance(value, Item) else value
    if isinstance(held, Document):
        return held
    if not isinstance(held, Part):
        name = (value.source or value.id) if isinstance(value, Item) else "text"
        return Document(name, str(held))
    source = held.core.source
    if isinstance(source, Document) and held.core == source.whole:
        return source
    return Excerpt(held.name, held.text, origin=held.core)


def _field(value: object, name: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(name)
    return getattr(value, name, None)


class Misfit(ValueError):
    """A result that is not what the function's annotation says."""


def read(value: object, type_: Type) -> object:
    """What a function returned as a value of the language. Raises `Misfit`."""
    match type_:
        case OptionalType():
            return None if value is None else read(value, type_.inner)
        case ListType():
            if _is_no_list(value):
                raise _misfit(value, type_)
            return [read(each, type_.item) for each in cast("Iterable[object]", value)]
        case DictType():
            if not isinstance(value, Mapping):
                raise _misfit(value, type_)
            return {read(k, type_.key): read(each, type_.value) for k, each in value.items()}
        case RecordType():
            return _record(value, type_)
        case DocumentType():
            if isinstance(value, Document):
                return whole_part(value) if not isinstance(value, Excerpt) else _part(value.origin)
        case EnumType(values=values) if values is not None:
            if value in values:
                return value
        case _:
            if (found := _scalar(value, type_)) is not None:
                return found
    raise _misfit(value, type_)


def _is_no_list(value: object) -> bool:
    return isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable)


def _part(span: Span) -> Part:
    return Part(span, span)


def _scalar(value: object, type_: Type) -> object:
    """The scalar that a value is, None if it is of another type."""
    if isinstance(value, bool) or type_ == BOOL:
        return value if isinstance(value, bool) and type_ == BOOL else None
    if type_ == INT:
        return int(value) if isinstance(value, Integral) else None
    if type_ == FLOAT:
        return float(value) if isinstance(value, Real) and isfinite(value) else None
    if type_ == DATE:
        moment = value.date() if isinstance(value, datetime.datetime) else value
        return moment if isinstance(moment, datetime.date) else None
    return value if isinstance(value, str) and fits(type_, TEXT) else None


def _record(value: object, type_: RecordType) -> dict[str, object]:
    if not (isinstance(value, Mapping | tuple) or hasattr(value, "__dict__")):
        raise _misfit(value, type_)
    fields = {}
    for f in type_.fields:
        try:
            fields[f.name] = read(_field(value, f.name), f.type)
        except Misfit as error:
            raise Misfit(f"{error} (in `{f.name}`)") from None
    return fields


def _misfit(value: object, type_: Type) -> Misfit:
    telling = value is None or isinstance(value, float)
    given = repr(value) if telling else type(value).__name__
    return Misfit(f"`{given}` where its annotation says `{type_}`")


def made_of(
    result: object, returns: Type, given: Given, step: Step, *, same_text: bool
) -> Stream | Item:
    """The result with provenance. Raises `Unanswered` if it is not what was annotated."""
    name = step.call.operator.name
    try:
        if not isinstance(returns, ListType):
            made = read(result, returns)
            origins = Origins(given.items, same_text)
            return _item(step, given, origins, result, made, 0, origins.parents)
        rows = [] if _is_no_list(result) else list(cast("Iterable[object]", result))
        values = read(rows or result, returns)
    except Misfit as error:
        raise Unanswered(f"`{name}` returned {error}") from None
    origins = Origins(given.items, same_text)
    assert isinstance(values, list)
    untraced = _untraced(given.items, len(rows), once=step.call.facts.once)
    pairs = zip(rows, values, strict=True)
    return Stream.of(
        _item(step, given, origins, row, value, number, untraced[number])
        for number, (row, value) in enumerate(pairs)
    )


def _untraced(items: Sequence[Item], count: int, *, once: bool) -> list[tuple[Item, ...]]:
    """What each of `count` results is made of where its text does not tell.

    That may be every item; but a function that declares to use each once uses it for one
    result: for the one in its place if there are as many, else all are booked with the first.
    """
    every = tuple(items)
    if not once:
        return [every] * count
    if count == len(every):
        return [(item,) for item in every]
    return [every, *[()] * (count - 1)] if count else []


def _item(
    step: Step,
    given: Given,
    origins: Origins,
    row: object,
    value: object,
    number: int,
    untraced: tuple[Item, ...],
) -> Item:
    """One value as an item: of the object that it is, of the text it is cut from, or untraced."""
    same = given.item_of(row)
    if same is not None:
        return _unchanged(step, same, value, number)
    if isinstance(row, Excerpt):
        parents = origins.around(row.origin)
        return step.item(value, number, parents, spans=(row.origin,))
    if isinstance(row, Document) or isinstance(value, str):
        found = origins.find(row.text if isinstance(row, Document) else str(value))
        if not found:
            return step.item(value, number, untraced)
        parents = tuple(item for item, _ in found)
        spans = tuple(span for _, span in found if span)
        cut = _part(spans[0]) if len(spans) == 1 and isinstance(row, Document) else value
        return step.item(cut, number, parents, spans=spans)
    if isinstance(value, dict):
        parents, fields = origins.fields(value)
        parents = parents or untraced
        spans = tuple(dict.fromkeys(fields.values()))
        return step.item(value, number, parents, spans=spans, fields=fields)
    return step.item(value, number, untraced)


def _unchanged(step: Step, given: Item, value: object, number: int) -> Item:
    """An item that a function handed on; a record of which it changed fields lost their places."""
    if isinstance(given.value, Part) or not isinstance(value, dict):
        return step.item(given.value, number, (given,), spans=given.spans)
    held = given.value if isinstance(given.value, dict) else {}
    kept = {
        name: span
        for name, span in given.fields.items()
        if name in value and value[name] == held.get(name)
    }
    whole = len(kept) == len(given.fields)
    spans = given.spans if whole else tuple(dict.fromkeys(kept.values()))
    return step.item(value, number, (given,), spans=spans, fields=kept)
