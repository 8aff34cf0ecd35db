"""Whether a clause holds, on one way through a strategy and on every way."""

from __future__ import annotations

from collections.abc import Sequence

from rlmflow.graph.model import Clause, StrategyGraph
from rlmflow.proof.chart import Chart
from rlmflow.proof.charting import Drawn, chart_of
from rlmflow.proof.grounding import Grounding
from rlmflow.proof.promised import Known, subject_path
from rlmflow.proof.reaching import Counting, Keeping
from rlmflow.proof.reading import Reading
from rlmflow.proof.spots import Spot, normal
from rlmflow.proof.ways import TooManyWays, on_each_way


class Judge:
    """Says what holds on a chart."""

    def __init__(self, chart: Chart) -> None:
        self.chart = chart
        self._reading, self._keeping = Reading(chart), Keeping(chart)
        self._counting = Counting(chart)

    def holds(self, clause: Clause) -> bool:
        return self.holds_of(clause.kind, spot_of(clause, self.chart))

    def holds_of(self, kind: str, spot: Spot) -> bool:
        """Whether a clause of that kind about a spot would hold."""
        match kind:
            case "covers":
                return self._reading(spot)
            case "keeps":
                return self._keeping(spot)
            case "once":
                return self._counting.once(spot)
            case _:
                return spot.stage in self.chart.stages and not Grounding(self.chart, spot)()


def judges_of(strategy: StrategyGraph, known: Known) -> list[Judge]:
    """A judge for each way through a strategy; none if there are too many."""
    drawn: Drawn = {}
    try:
        return list(on_each_way(lambda way: Judge(chart_of(strategy, known, way, drawn))))
    except TooManyWays:
        return []


def on_every_way(judges: Sequence[Judge], clause: Clause) -> bool:
    """Whether a clause holds on every way; of no way at all nothing is said."""
    return bool(judges) and all(judge.holds(clause) for judge in judges)


def spot_of(clause: Clause, chart: Chart) -> Spot:
    """Where the items are that a clause is about; of a step that does not run, its name."""
    name, path = subject_path(clause.subject)
    stage = chart.stages.get(name)
    if stage is None:
        return Spot(name, "", path)
    for length in range(len(path), 0, -1):
        output = ".".join(path[:length])
        if output in stage.types:
            rest = path[length:]
            return Spot(name, output, normal(rest, stage.types[output]))
    return Spot(name, "", normal(path, stage.type))
