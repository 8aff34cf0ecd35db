"""Where the quotes of an answer stand in the input."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rlmflow.operators._quotes import holds_quotes, quotes_in
from rlmflow.runtime.intervals import Interval, joined, shared
from rlmflow.runtime.ledger import Reading
from rlmflow.source import Source, Span
from rlmflow.text.quotes import find_quotes
from rlmflow.types import Type
from rlmflow.values import Document, Item


def place_of(quote: str, item: Item, within: Reading) -> Span | None:
    """Where a quote of an item stands in `within`, and in what the item was made of.

    An item that nothing is known of, as code may make one, was made of anything.
    """
    made_of = _made_of(item) or within
    for source, stretches in made_of.items():
        for start, end in shared(stretches, within.get(source, ())):
            for first, last in find_quotes(quote, source.text[start:end]):
                return Span(source, start + first, start + last)
    return _elsewhere(quote.strip(), within)


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


def quoted(
    items: Sequence[Item], type_: Type, documents: Sequence[Document]
) -> Iterator[list[Span]]:
    """For each item the places of its quotes in the documents, of those that stand there."""
    everything: Reading = {document: [(0, len(document.text))] for document in documents}
    if not holds_quotes(type_):
        yield from ([] for _ in items)
        return
    for item in items:
        quotes = quotes_in(item.value, type_)
        found = (place_of(quote, item, everything) for quote in quotes)
        yield [span for span in found if span]
