"""Where the quotes of a reply stand in what was shown, and whose they are."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from sys import maxsize
from typing import TypeAlias

from rlmflow.operators._step import Shown
from rlmflow.source import Span
from rlmflow.text.quotes import find_quotes
from rlmflow.values import Part

_Place: TypeAlias = tuple[int, int, int]
"""The number of a shown stretch of input, and where in it something starts and ends."""


def places_of(quotes: Sequence[str], shown: Shown) -> list[Span | None]:
    """The place in the input of each quote of a reply; None for one that was not shown.

    Equal quotes stand in the order of the text. Where the reply has them more often than
    the text, they share its places. Where the text has them more often, those are taken
    that stand between the same other quotes in the text and in the reply; and of these
    the ones in the part's own core come first, so that nothing reported is lost to a
    neighbour that has the same words. What stands inside a longer quote of the reply is
    no place of a shorter one, unless it has no other.

    Where no stretch of input that is shown holds a quote, the first stands for its place.
    """
    settled = _Reply(quotes, shown).settled()
    instead = next(iter(shown.spans), None)
    return [
        shown.spans[settled[n][0]].at(*settled[n][1:])
        if n in settled
        else (instead if any(find_quotes(quote, text) for text in shown.texts) else None)
        for n, quote in enumerate(quotes)
    ]


def owns(shown: Shown, place: Span) -> bool:
    """Whether a place is the shown part's own: its first character is in the core."""
    part = shown.item.value
    return not isinstance(part, Part) or part.core.start <= place.start < part.core.end


class _Reply:
    """The quotes of a reply: which reports are of which, and where each may stand."""

    def __init__(self, quotes: Sequence[str], shown: Shown) -> None:
        self._shown = shown
        self._reports: dict[str, list[int]] = {}
        for number, quote in enumerate(quotes):
            self._reports.setdefault(quote, []).append(number)
        found = {quote: _found(quote, shown) for quote in self._reports}
        longest = _longest(chain.from_iterable(found.values()))
        self._places: dict[str, list[_Place]] = {}
        for quote, places in found.items():
            apart = [place for place in places if not _is_within_another(place, longest)]
            enough = len(apart) >= len(self._reports[quote])
            self._places[quote] = apart if enough else places

    def settled(self) -> dict[int, _Place]:
        """The place of each report that has one, by its number in the reply."""
        settled: dict[int, _Place] = {}
        for quote, reports in self._reports.items():
            if len(reports) >= len(self._places[quote]):
                settled.update(_shared(reports, self._places[quote]))
        sure = sorted(settled)
        places = [settled[number] for number in sure]
        if places != sorted(places):
            sure, places = [], []
        for quote, reports in self._reports.items():
            between: dict[int, list[int]] = {}
            for number in reports:
                if number not in settled:
                    between.setdefault(bisect_left(sure, number), []).append(number)
            for gap, some in between.items():
                after = places[gap - 1] if gap else (-1, 0, 0)
                before = places[gap] if gap < len(places) else (maxsize, 0, 0)
                settled.update(self._chosen(quote, some, after, before))
        return settled

    def _chosen(
        self, quote: str, reports: Sequence[int], after: _Place, before: _Place
    ) -> Mapping[int, _Place]:
        """Places for reports of a quote that stands there more often than it was reported."""
        every = self._places[quote]
        places = [place for place in every if after <= place <= before] or every
        # What a text says of its first words may stand before it, unseen: they come last.
        best = sorted(places, key=lambda at: (not self._is_own(at), -at[0], -at[1]))
        return _shared(reports, sorted(best[: len(reports)]))

    def _is_own(self, place: _Place) -> bool:
        return owns(self._shown, self._shown.spans[place[0]].at(*place[1:]))


def _found(quote: str, shown: Shown) -> list[_Place]:
    return [
        (number, *place)
        for number, piece in enumerate(shown.spans)
        for place in find_quotes(quote, piece.text)
    ]


def _shared(reports: Sequence[int], places: Sequence[_Place]) -> dict[int, _Place]:
    """The places in their order, each for as many reports as any other."""
    if not places:
        return {}
    return {n: places[at * len(places) // len(reports)] for at, n in enumerate(reports)}


def _longest(places: Iterable[_Place]) -> list[_Place]:
    """The places that are part of no other, in order."""
    longest: list[_Place] = []
    for place in sorted(places, key=lambda at: (at[0], at[1], -at[2])):
        if not longest or place[0] > longest[-1][0] or place[2] > longest[-1][2]:
            longest.append(place)
    return longest


def _is_within_another(place: _Place, longest: Sequence[_Place]) -> bool:
    number, start, end = place
    around = longest[bisect_right(longest, (number, start, maxsize)) - 1]
    return around != place and around[0] == number and around[2] >= end
