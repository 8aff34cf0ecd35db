"""Which clauses of a program hold for every input, by what its operators declare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rlmflow.analysis.recursion import calls_of
from rlmflow.graph.model import Clause, Program, StrategyGraph
from rlmflow.proof.chart import Chart
from rlmflow.proof.charting import chart_of
from rlmflow.proof.grounding import Grounding
from rlmflow.proof.promised import Known, subject_path
from rlmflow.proof.reaching import Counting, Keeping
from rlmflow.proof.reading import Reading
from rlmflow.proof.spots import Spot, normal
from rlmflow.proof.ways import TooManyWays, on_each_way

Clauses = tuple[Clause, ...]


def can_be_proved(clause: Clause) -> bool:
    """Whether a clause is one for proof; with a share it is left to the run."""
    return clause.share is None


def prove(program: Program) -> dict[str, Clauses]:
    """The clauses that hold, by strategy.

    A clause of a strategy that comes back to itself may be assumed for the inner call;
    it holds only if it does without that on some way.
    """
    promised: dict[str, Clauses] = {
        name: tuple(filter(can_be_proved, strategy.ensures))
        for name, strategy in program.strategies.items()
    }
    opaque = recursive(program)
    order = _callees_first(program)
    while True:
        before = promised
        promised = _still_holding(program, opaque, order, promised)
        if promised == before:
            promised = _based(program, opaque, order, promised)
        if promised == before:
            return promised


def is_still_proved(program: Program) -> bool:
    """Whether all holds that a program says was proved of it, as a rewrite must leave it."""
    proved = prove(program) if any(s.proved for s in program.strategies.values()) else {}
    return all(
        clause in proved[name]
        for name, strategy in program.strategies.items()
        for clause in strategy.proved
    )


def _still_holding(
    program: Program, opaque: frozenset[str], order: Sequence[str], promised: dict[str, Clauses]
) -> dict[str, Clauses]:
    """The clauses that hold on every way if the others do."""
    left = dict(promised)
    for name in order:
        charts = (
            charts_of(program.strategies[name], Known(program, opaque, left)) if left[name] else []
        )
        left[name] = tuple(
            clause
            for clause in left[name]
            if charts and all(holds(clause, chart) for chart in charts)
        )
    return left


def _based(
    program: Program, opaque: frozenset[str], order: Sequence[str], promised: dict[str, Clauses]
) -> dict[str, Clauses]:
    """Those of the clauses that hold on some way without an assumption about an inner call."""
    based = {name: () if name in opaque else promised[name] for name in promised}
    waiting = [name for name in order if name in opaque and promised[name]]
    while True:
        grown = dict(based)
        for name in waiting:
            charts = charts_of(program.strategies[name], Known(program, opaque, grown))
            grown[name] = tuple(
                clause
                for clause in promised[name]
                if clause in grown[name] or any(holds(clause, chart) for chart in charts)
            )
        if grown == based:
            return based
        based = grown


def charts_of(strategy: StrategyGraph, known: Known) -> list[Chart]:
    """The charts of a strategy, one for each way; none if there are too many."""
    try:
        return list(on_each_way(lambda way: chart_of(strategy, known, way)))
    except TooManyWays:
        return []


def holds(clause: Clause, chart: Chart) -> bool:
    """Whether a clause holds on a chart."""
    spot = spot_of(clause, chart)
    match clause.kind:
        case "covers":
            return Reading(chart)(spot)
        case "keeps":
            return Keeping(chart)(spot)
        case "once":
            return Counting(chart).once(spot)
        case _:
            return not Grounding(chart, spot)()


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


def recursive(program: Program) -> frozenset[str]:
    """The strategies that come back to themselves."""
    callees = {
        name: {callee for callee, _ in calls_of(strategy.graph)}
        for name, strategy in program.strategies.items()
    }
    return frozenset(name for name in callees if name in _reached(callees[name], callees))


def _reached(starts: set[str], callees: Mapping[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = [*starts]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting.extend(callees.get(name, ()))
    return reached


def _callees_first(program: Program) -> list[str]:
    """The strategies, each after those it calls, as far as they do not come back to it."""
    order: dict[str, None] = {}
    for start in program.strategies:
        waiting = [(start, _called_by(program, start))]
        under_way = {start}
        while waiting:
            name, callees = waiting[-1]
            following = next((c for c in callees if c not in order and c not in under_way), None)
            if following is None:
                waiting.pop()
                order.setdefault(name)
            else:
                under_way.add(following)
                waiting.append((following, _called_by(program, following)))
    return list(order)


def _called_by(program: Program, name: str) -> Iterator[str]:
    return (callee for callee, _ in calls_of(program.strategies[name].graph))
