"""`keeps` and `once`: whether items reach the answer, all of them, and none of them twice."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator

from rlmflow.operators._operator import ALL
from rlmflow.proof.chart import Chart, Feed, Onward, Use
from rlmflow.proof.flows import Flow
from rlmflow.proof.goals import Goals
from rlmflow.proof.landing import in_complements, in_result
from rlmflow.proof.origins import paths_before
from rlmflow.proof.spots import Spot

MANY = 2
"""How often an item may be somewhere: 0 times, once, or more often."""


class Keeping:
    """Says of spots of a chart whether all items there reach the answer."""

    def __init__(self, chart: Chart, granted: Collection[Spot] = ()) -> None:
        self._chart = chart
        self._granted = granted
        self._decided = Goals(self._rule)

    def __call__(self, spot: Spot) -> bool:
        return self._decided(spot)

    def _rule(self, spot: Spot) -> Generator[Spot, bool, bool]:
        if spot in self._granted:
            return True
        for onward in self._chart.onward(spot):
            if onward.use.stage is None:
                return True
            needed = needed_to_keep(onward)
            if needed is not None:
                kept = True
                for other in needed:
                    kept = kept and (yield other)
                if kept:
                    return True
        return False


def needed_to_keep(onward: Onward) -> list[Spot] | None:
    """What must be kept of a stage so that what flows into it is; None if nothing would do."""
    use, facts = onward.use, onward.use.feed.facts
    result = in_result(use, onward.path)
    if facts.keeps is ALL:
        return result
    if not (facts.whole and use.feed.apart):
        return None
    return [*result, *in_complements(use, onward.path, use.feed.apart)]


class Counting:
    """Says of spots of a chart how often an item there may be in the answer: at most `MANY`."""

    def __init__(self, chart: Chart) -> None:
        self._chart = chart
        self._decided = Goals(self._rule)
        self._outside = Goals(self._elsewhere)

    def __call__(self, spot: Spot) -> int:
        """How often by the uses of the spot."""
        return self._decided(spot)

    def elsewhere(self, spot: Spot) -> int:
        """How often the very items of the spot are in the answer by uses of where they are from."""
        return self._outside(spot)

    def once(self, spot: Spot) -> bool:
        return self(spot) == 1 and self.elsewhere(spot) == 0

    def by(self, use: Use, spot: Spot) -> int:
        """How often by one of the uses of a spot."""
        work = self._by(use, spot)
        try:
            needed = next(work)
            while True:
                needed = work.send(self(needed))
        except StopIteration as done:
            return int(done.value)

    def _rule(self, spot: Spot) -> Generator[Spot, int, int]:
        total = 0
        for use in self._chart.uses(spot):
            total += yield from self._by(use, spot)
        return min(total, MANY)

    def _by(self, use: Use, spot: Spot) -> Generator[Spot, int, int]:
        stage, feed, flow = use
        times = 1
        if stage is not None:
            at = flow.source.path
            path = () if flow.inside else spot.path[len(at) :]
            times = yield from self._through(use, path)
            times = times if feed.facts.once or not times else MANY
        return times if flow.once or not times else MANY

    def _through(self, use: Use, path: tuple[str, ...]) -> Generator[Spot, int, int]:
        """A result and what stands apart from it take the larger; what repeats it adds up."""
        result = beside = 0
        for spot in in_result(use, path):
            result += yield spot
        for spot in in_complements(use, path, use.feed.apart):
            result = max(result, (yield spot))
        for spot in in_complements(use, path, use.feed.beside):
            beside += yield spot
        return min(result + beside, MANY)

    def _elsewhere(self, spot: Spot) -> Generator[Spot, int, int]:
        """The larger of what the flows bring with them that the spot's items may come by."""
        worst = 0
        stage = self._chart.stages.get(spot.stage)
        for feed in stage.feeds if stage is not None else ():
            if not comes_through(feed, spot):
                continue
            # What a strategy hands on as it is may be in its answer twice.
            unknown = feed.promise is not None or (spot.path and not feed.facts.once)
            doubled = MANY if unknown else 0
            doubled += sum(self(other) for other in _repeating(feed, spot))
            worst = max(worst, doubled)
            for flow, source in brought(feed, spot):
                before = yield source
                others = sum(self.by(use, source) for use in self.others(flow, source))
                worst = max(worst, doubled + before + others)
        return min(worst, MANY)

    def others(self, flow: Flow, source: Spot) -> list[Use]:
        """The uses of a spot that flows by one flow, but for that flow."""
        return [use for use in self._chart.uses(source) if use.flow is not flow]


def comes_through(feed: Feed, spot: Spot) -> bool:
    """Whether an item at a spot of a stage's making may be the very one that came in by a feed."""
    if spot.output:
        return spot.output in (*feed.apart, *feed.beside)
    if any(land and spot.path[: len(land)] == land for land in feed.lands):
        return True
    return feed.facts.items == "same" and () in feed.lands


def brought(feed: Feed, spot: Spot) -> Iterator[tuple[Flow, Spot]]:
    """The flows by which the very items of a spot come into a stage, and where each is from."""
    for path in paths_before(feed, spot):
        for flow in feed.flows.flows:
            if not flow.inside:
                at = (*flow.source.path, *path) if flow.same else flow.source.path
                yield flow, flow.source._replace(path=at)
            elif spot.path:
                # A record that an expression makes holds them in one of its fields.
                yield flow, flow.source


def _repeating(feed: Feed, spot: Spot) -> list[Spot]:
    """The spots of a stage that repeat the items of another."""
    if not spot.output:
        return [spot._replace(output=name, path=()) for name in feed.beside]
    return [spot._replace(output="", path=())] if spot.output in feed.beside else []
