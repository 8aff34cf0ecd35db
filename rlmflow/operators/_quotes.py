"""Quotes in what a model reports: where each stands, and whose it is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from rlmflow.operators._step import BadReply, Evidence, Settled
from rlmflow.text.quotes import find_quotes
from rlmflow.types import QUOTE, ListType, OptionalType, RecordType, Type
from rlmflow.values import Item

_MOST_LISTED = 5
_MOST_REPORTED = 200


def quote_field(type_: Type) -> str | None:
    """The field of a record type that holds its quote: `quote`, else the first of that type."""
    if not isinstance(type_, RecordType):
        return None
    names = [f.name for f in type_.fields if f.type == QUOTE]
    return "quote" if "quote" in names else next(iter(names), None)


def quote_of(value: object, type_: Type) -> str | None:
    """The quote that a value carries, None where its type has none."""
    if type_ == QUOTE:
        return str(value)
    name = quote_field(type_)
    return str(value[name]) if name and isinstance(value, Mapping) else None


def quotes_in(value: object, type_: Type) -> Iterator[str]:
    """All quotes that a value holds, by its type; an optional one that is not given is none."""
    match type_:
        case OptionalType():
            if value is not None:
                yield from quotes_in(value, type_.inner)
        case ListType():
            for inner in value if isinstance(value, list) else ():
                yield from quotes_in(inner.value if isinstance(inner, Item) else inner, type_.item)
        case RecordType():
            if isinstance(value, Mapping):
                for field in type_.fields:
                    yield from quotes_in(value.get(field.name), field.type)
        case _:
            if type_ == QUOTE:
                yield str(value)


def holds_quotes(type_: Type) -> bool:
    """Whether a value of the type may hold a quote."""
    match type_:
        case OptionalType():
            return holds_quotes(type_.inner)
        case ListType():
            return holds_quotes(type_.item)
        case RecordType():
            return any(holds_quotes(field.type) for field in type_.fields)
        case _:
            return type_ == QUOTE


def missing(quotes: Iterable[str], texts: Sequence[str]) -> list[str]:
    """The quotes that stand in none of some texts."""
    return [quote for quote in quotes if not any(_stands_in(quote, text) for text in texts)]


def fault(quotes: Sequence[str]) -> str | None:
    """What to tell a model of quotes that do not stand in what it was shown, if there are any."""
    listed = _listed(quotes)
    return f"these quotes do not stand word for word in the data: {listed}" if quotes else None


def rejection(quotes: Sequence[str]) -> str:
    """What to tell people of them."""
    return f"not in the text: {_listed(quotes)}"


def _listed(quotes: Sequence[str]) -> str:
    return "; ".join(f'"{quote[:_MOST_REPORTED]}"' for quote in quotes[:_MOST_LISTED])


def _stands_in(quote: str, text: str) -> bool:
    """Whether a text has a quote, as it is or as JSON writes it."""
    if find_quotes(quote, text):
        return True
    escaped = json.dumps(quote, ensure_ascii=False)[1:-1]
    return escaped != quote and bool(find_quotes(escaped, text))


def count_of(quote: str, text: str) -> int:
    """How often a quote stands in a text."""
    return max(len(find_quotes(quote, text)), _stands_in(quote, text))


def texts_of(evidence: Evidence) -> list[str]:
    return [*(text for piece in evidence.items for text in piece.texts), *evidence.beside]


def doubted_value(type_: Type, value: object, evidence: Evidence) -> str | None:
    """What is wrong with the quotes of one value."""
    return fault(missing(quotes_in(value, type_), texts_of(evidence)))


def settled_value(type_: Type, value: object, evidence: Evidence) -> Settled:
    """A value without the items of a list whose quotes don't stand in what was shown.

    Raises `BadReply` for any other value with such a quote.
    """
    texts = texts_of(evidence)
    if not isinstance(type_, ListType) or not isinstance(value, list):
        if found := fault(missing(quotes_in(value, type_), texts)):
            raise BadReply(found)
        return Settled(value)
    lacking = [missing(quotes_in(one, type_.item), texts) for one in value]
    about = evidence.items[:1]
    return Settled(
        [one for one, quotes in zip(value, lacking, strict=True) if not quotes],
        [(piece, rejection(quotes)) for quotes in lacking if quotes for piece in about],
    )
