"""Where in the items that a function was given its texts stand."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from rlmflow.source import Span
from rlmflow.values import Item, Part

# A text as long as this is hardly ever in an input by chance.
_TELLING = 24
# How many characters may be searched, for each that was given.
_MOST_SEARCHED = 16
_STEP = 64
_WORD = re.compile(r"\S+")

Place: TypeAlias = tuple[Item, Span | None]
"""An item, and where in the input its text stands."""


class Origins:
    """Finds texts in the items of a call, in order, each occurrence once where it can.

    A short text is looked for only if the function declares that texts stay the
    same (`same_text`): a word that it made up may stand in the input by chance.
    """

    def __init__(self, items: Sequence[Item], same_text: bool) -> None:
        self.parents = tuple(items)
        self._least = 0 if same_text else _TELLING
        self._stretches = [(item, span) for item in items for span in _stretches(item)]
        self._wholes = _by_text(items)
        self._used: set[int] = set()
        self._stretch, self._offset = 0, 0
        given = sum(span.end - span.start + _STEP for _, span in self._stretches)
        self._left = _MOST_SEARCHED * given

    def find(self, text: str) -> tuple[Place, ...]:
        """The items that a text is from, each with its place if that is known; none if it is new.

        It is from several where it joins what stands in them, with white space between.
        """
        if len(text) < self._least:
            return ()
        found = self._whole(text) or (self._within(text) if text else self._here())
        places = (found,) if found else self._joined(text)
        self._used.update(id(item) for item, _ in places)
        return places

    def _whole(self, text: str) -> Place | None:
        """The next item whose whole text this is, of those that no other text was from."""
        same = self._wholes.get(text, deque())
        while len(same) > 1 and id(same[0][0]) in self._used:
            same.popleft()
        return same.popleft() if same else None

    def around(self, place: Span) -> tuple[Item, ...]:
        """The items that hold a place; all, where none does."""
        holding = (
            item
            for item, span in self._stretches
            if span.source is place.source and span.start <= place.start < span.end
        )
        found = next(holding, None)
        return (found,) if found is not None else self.parents

    def fields(self, record: Mapping[str, object]) -> tuple[tuple[Item, ...], dict[str, Span]]:
        """The items that a record's texts are known to be from, and the places of its fields."""
        items: dict[int, Item] = {}
        places: dict[str, Span] = {}
        for name, value in record.items():
            found = self.find(value) if isinstance(value, str) else ()
            items.update({id(item): item for item, _ in found})
            if len(found) == 1 and (place := found[0][1]) is not None:
                places[name] = place
        return tuple(items.values()), places

    def _joined(self, text: str) -> tuple[Place, ...]:
        """The places of a text that goes on in the next item where one ends, white space apart.

        It begins where the last text ended, or where an item begins.
        """
        ink = "".join(text.split())
        here = self._stretch, self._offset
        for number, offset in (here, *((number, 0) for number in range(len(self._stretches)))):
            self._left -= _STEP
            if self._left <= 0 or not ink:
                break
            if found := self._walked(ink, number, offset):
                self._stretch, self._offset = max(found), found[max(found)][1].end
                return tuple(found.values())
        return ()

    def _walked(self, ink: str, number: int, offset: int) -> dict[int, tuple[Item, Span]]:
        """What `ink` goes along in the stretches from a place on, by their numbers."""
        found: dict[int, tuple[Item, Span]] = {}
        at = 0
        for nth, (item, span) in enumerate(self._stretches[number:], start=number):
            source, begin = span.source, max(offset, span.start)
            for word in _WORD.finditer(source.text, begin, span.end):
                piece = word.group()[: len(ink) - at]
                self._left -= len(piece)
                if not ink.startswith(piece, at):
                    return {}
                begin = found[nth][1].start if nth in found else word.start()
                found[nth] = item, Span(source, begin, word.start() + len(piece))
                at += len(piece)
                if at == len(ink):
                    return found
            offset = 0
        return {}

    def _here(self) -> tuple[Item, Span] | None:
        """Where the last text ended, which is where an empty one stands."""
        if not self._stretches:
            return None
        item, span = self._stretches[self._stretch]
        at = max(self._offset, span.start)
        return item, Span(span.source, at, at)

    def _within(self, text: str) -> tuple[Item, Span] | None:
        """Look from where the last text ended to the end, then from the beginning."""
        first, offset = self._stretch, self._offset
        for number in (*range(first, len(self._stretches)), *range(first + 1)):
            if self._left <= 0 or number >= len(self._stretches):
                return None
            item, span = self._stretches[number]
            start = max(offset, span.start)
            at = span.source.text.find(text, start, span.end)
            self._left -= _STEP + max(0, (at if at >= 0 else span.end) - start)
            if at >= 0:
                self._stretch, self._offset = number, at + len(text)
                return item, Span(span.source, at, at + len(text))
            offset = 0
        return None


def _stretches(item: Item) -> Iterator[Span]:
    """The input that an item's text is, as it stands there."""
    if isinstance(item.value, Part):
        yield item.value.core
    elif isinstance(item.value, str):
        yield from (span for span in item.spans if span.text == item.value)
    else:
        yield from item.spans


def _by_text(items: Sequence[Item]) -> dict[str, deque[tuple[Item, Span | None]]]:
    """The items that are texts, by their whole text, each with its place if it is input."""
    found: dict[str, deque[tuple[Item, Span | None]]] = {}
    for item in items:
        if isinstance(item.value, Part):
            found.setdefault(item.value.text, deque()).append((item, item.value.core))
        elif isinstance(item.value, str):
            place = next((span for span in item.spans if span.text == item.value), None)
            found.setdefault(item.value, deque()).append((item, place))
    return found
