"""Where the quotes of an answer stand in the input."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import TypeAlias

from rlmflow.operators._quotes import holds_quotes, quote_of, quotes_in
from rlmflow.runtime.intervals import Interval, joined, shared
from rlmflow.runtime.ledger import Reading
from rlmflow.source import Source, Span
from rlmflow.text.quotes import find_quotes
from rlmflow.types import ListType, OptionalType, RecordType, Type
from rlmflow.values import Document, Item

# How many times as long as its quote a text may be that differs from it in white space alone.
_WIDEST = 4


def places_of(quotes: Sequence[str], item: Item, within: Reading) -> list[Span | None]:
    """Where each of an item's quotes stands in `within`, and in what the item was made of.

    An item that was taken from the input with a quote knows its place, and is asked first. An
    item that nothing is known of, as code may make one, was made of anything.
    """
    words = [" ".join(quote.split()) for quote in quotes]
    known = _known(set(words), item, within)
    made_of = None if len(known) == len(set(words)) else _made_of(item) or within
    return [
        known[same] if made_of is None or same in known else _found(quote, made_of, within)
        for quote, same in zip(quotes, words, strict=True)
    ]


def _known(quotes: Collection[str], item: Item, within: Reading) -> dict[str, Span]:
    """The places of quotes that the item and what it was made of know, the nearest first.

    Quotes have one blank for each white space.
    """
    longest = _WIDEST * max(map(len, quotes), default=0)
    places: dict[str, Span] = {}
    waiting, seen = deque([item]), {id(item)}
    while waiting and len(places) < len(quotes):
        one = waiting.popleft()
        for span in one.spans:
            if span.end - span.start <= longest and _holds(within.get(span.source, ()), span):
                same = " ".join(span.text.split())
                if same in quotes:
                    places.setdefault(same, span)
        waiting += [parent for parent in one.parents if id(parent) not in seen]
        seen.update(map(id, one.parents))
    return places


def _found(quote: str, made_of: Reading, within: Reading) -> Span | None:
    for source, stretches in made_of.items():
        for start, end in shared(stretches, within.get(source, ())):
            for first, last in find_quotes(quote, source.text[start:end]):
                return Span(source, start + first, start + last)
    return _elsewhere(quote.strip(), within)


def _holds(stretches: Sequence[Interval], span: Span) -> bool:
    at = bisect_right(stretches, span.start, key=itemgetter(0))
    return at > 0 and span.end <= stretches[at - 1][1]


def _elsewhere(quote: str, within: Reading) -> Span | None:
    """Where a quote stands to the letter: what a tool returned is not what an item is made of."""
    for source, stretches in within.items() if quote else ():
        for start, end in stretches:
            at = source.text.find(quote, start, end)
            if at >= 0:
                return Span(source, at, at + len(quote))
    return None


def _made_of(item: Item) -> Mapping[Source, Sequence[Interval]]:
    found: dict[Source, list[Interval]] = {}
    for source, start, end in item.origins():
        found.setdefault(source, []).append((start, end))
    return {source: joined(pairs) for source, pairs in found.items()}


Found: TypeAlias = Sequence[tuple[str, Span]]
"""The quotes of an item that stand in the input, in their order, and where."""


def quoted(items: Sequence[Item], type_: Type, documents: Sequence[Document]) -> Iterator[Found]:
    """For each item its quotes that stand in the documents."""
    everything: Reading = {document: [(0, document.length)] for document in documents}
    if not holds_quotes(type_):
        yield from ([] for _ in items)
        return
    for item in items:
        quotes = list(quotes_in(item.value, type_))
        spans = places_of(quotes, item, everything)
        yield [(quote, span) for quote, span in zip(quotes, spans, strict=True) if span]


def cited(value: object, type_: Type, places: Mapping[str, str]) -> object:
    """A plain value in which each record with a quote says in `source` where that stands.

    `places` of quotes. A record that has such a field already stays as it is.
    """
    match value, type_:
        case _, OptionalType():
            return cited(value, type_.inner, places)
        case list(), ListType():
            return [cited(one, type_.item, places) for one in value]
        case Mapping(), RecordType():
            made = {f.name: cited(value.get(f.name), f.type, places) for f in type_.fields}
            place = places.get(quote_of(value, type_) or "")
            return {**made, "source": place} if place and "source" not in made else made
        case _:
            return value
