"""Quotes in what a model reports: where each stands, and whose it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from rlmflow.operators._step import Shown
from rlmflow.source import Span
from rlmflow.text.quotes import find_quotes
from rlmflow.types import QUOTE, RecordType, Type
from rlmflow.values import Part


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


def unfound(values: Sequence[object], type_: Type, shown: Sequence[Shown]) -> str | None:
    """What to tell a model whose quotes do not stand in what it was shown, if any do not."""
    quotes = [quote for value in values if (quote := quote_of(value, type_)) is not None]
    missing = [q for q in quotes if not any(find_quotes(q, piece.text) for piece in shown)]
    if not missing:
        return None
    listed = "; ".join(f'"{quote[:80]}"' for quote in missing[:5])
    return f"these quotes do not stand word for word in the data: {listed}"


def first_place(quote: str, places: Sequence[Places]) -> Span | None:
    """The place of a quote in the first of several texts that has it."""
    found = (each.next(quote) for each in places)
    return next((place for place in found if place is not None), None)


class Places:
    """Hands out the places of quotes in one shown text, each place once.

    Where equal quotes are reported several times, each gets another place; those
    in the text's own core come first, so that nothing reported is lost to a
    neighbour that has the same words.
    """

    def __init__(self, shown: Shown) -> None:
        self._shown = shown
        self._given: Counter[str] = Counter()

    def next(self, quote: str) -> Span | None:
        """The place of the next occurrence of a quote in the input; None if it is nowhere.

        Where no piece of input that is shown holds the quote, the first piece stands
        for its place.
        """
        if not find_quotes(quote, self._shown.text):
            return None
        places = [
            piece.at(*place)
            for piece in self._shown.spans
            for place in find_quotes(quote, piece.text)
        ]
        if not places:
            return self._shown.spans[0] if self._shown.spans else None
        places.sort(key=self._in_neighbour)
        number = self._given[quote]
        self._given[quote] += 1
        return places[min(number, len(places) - 1)]

    def owns(self, place: Span) -> bool:
        """Whether a place is the shown part's own: its first character is in the core."""
        part = self._shown.item.value
        return not isinstance(part, Part) or part.core.start <= place.start < part.core.end

    def _in_neighbour(self, place: Span) -> bool:
        return not self.owns(place)
