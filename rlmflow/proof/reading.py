"""`covers`: whether a model is shown every character of what is at a spot, as an item."""

from __future__ import annotations

from collections.abc import Collection, Generator

from rlmflow.operators._operator import ALL
from rlmflow.proof.chart import Chart, Onward
from rlmflow.proof.goals import Goals
from rlmflow.proof.landing import as_they_were, in_complements, is_shown
from rlmflow.proof.origins import sources
from rlmflow.proof.spots import Spot


class Reading:
    """Says of spots of a chart whether they are read.

    `granted`: spots that are taken to be, to find out what reading them would do.
    """

    def __init__(self, chart: Chart, granted: Collection[Spot] = ()) -> None:
        self._chart = chart
        self._granted = granted
        self._decided = Goals(self._rule)
        self._before = Goals(self._is_from_read)

    def __call__(self, spot: Spot) -> bool:
        """Whether it is read from there on, or was where all of it is from."""
        return self._decided(spot) or self._before(spot)

    def _is_from_read(self, spot: Spot) -> Generator[Spot, bool, bool]:
        before = sources(self._chart, spot)
        for source in before or ():
            if not self._decided(source) and not (yield source):
                return False
        return before is not None

    def _rule(self, spot: Spot) -> Generator[Spot, bool, bool]:
        if spot in self._granted:
            return True
        for onward in self._chart.onward(spot):
            if is_shown(onward):
                return True
            needed = needed_to_read(onward)
            if needed is not None:
                read = True
                for other in needed:
                    read = read and (yield other)
                if read:
                    return True
        return False


def needed_to_read(onward: Onward) -> list[Spot] | None:
    """What must be read of a stage so that what flows into it is; None if nothing would do."""
    result = as_they_were(onward)
    if result is None:
        return None
    facts = onward.use.feed.facts
    if facts.keeps is ALL:
        return result
    apart = onward.use.feed.apart
    if not (facts.whole and apart):
        return None
    return [*result, *in_complements(onward.use, onward.path, apart)]
