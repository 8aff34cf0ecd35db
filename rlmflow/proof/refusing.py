"""What is said of a clause that is not proved: where it is lost, how, and what would hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from rlmflow.diagnostics import codes
from rlmflow.diagnostics.model import Diagnostic, Note
from rlmflow.graph.model import ANSWER, Clause, StrategyGraph
from rlmflow.proof.chart import Chart
from rlmflow.proof.explaining import onward_to_answer, why_not_once, why_unkept, why_unread
from rlmflow.proof.grounding import Grounding
from rlmflow.proof.losses import Loss, own_name, quoted
from rlmflow.proof.promised import Known
from rlmflow.proof.proving import can_be_proved, charts_of, holds, spot_of
from rlmflow.proof.suggesting import suggestion
from rlmflow.proof.ways import MOST_WAYS

CODES = {
    "covers": codes.COVERS_NOT_KEPT,
    "keeps": codes.KEEPS_NOT_KEPT,
    "once": codes.ONCE_NOT_KEPT,
    "grounded": codes.GROUNDED_NOT_KEPT,
}


def refusals(strategy: StrategyGraph, known: Known) -> Iterator[Diagnostic]:
    """The findings that clauses of a strategy are not proved."""
    refused = [
        clause
        for clause in strategy.ensures
        if can_be_proved(clause) and clause not in known.promised[strategy.name]
    ]
    charts = charts_of(strategy, known) if refused else []
    for clause in refused:
        yield _refusal(clause, strategy, known, charts)


def _refusal(
    clause: Clause, strategy: StrategyGraph, known: Known, charts: Sequence[Chart]
) -> Diagnostic:
    code = CODES[clause.kind]
    written = f"`{clause.kind}({quoted(clause.subject)[1:-1]})`"
    if not charts:
        message = f"{written} can't be proved: its `match`es can be gone through in too many ways"
        hint = f"match fewer values; {MOST_WAYS} ways are tried"
        return code.at(clause.span, message, hint=hint)
    if _rests_on_itself(clause, strategy, known):
        own = own_name(strategy.name)
        message = f"{written} is not shown to hold: every way through `{own}` calls it again"
        hint = "let one arm of a `match` do without the call"
        return code.at(clause.span, message, hint=hint)
    chart = next(chart for chart in charts if not holds(clause, chart))
    loss = why(clause, chart)
    return Diagnostic(
        *code,
        f"{written} does not hold{_way(clause, chart, charts)}: {loss}",
        clause.span,
        suggestion(clause, loss, chart, charts, known),
        tuple(_notes(loss)),
        path=_path(chart, loss),
    )


def _rests_on_itself(clause: Clause, strategy: StrategyGraph, known: Known) -> bool:
    """Whether a clause holds if it does for inner calls, and on no way without that."""
    if strategy.name not in known.opaque:
        return False
    said = {**known.promised, strategy.name: (*known.promised[strategy.name], clause)}
    charts = charts_of(strategy, replace(known, promised=said))
    return all(holds(clause, chart) for chart in charts)


def why(clause: Clause, chart: Chart) -> Loss:
    """Why a clause does not hold on a chart."""
    spot = spot_of(clause, chart)
    match clause.kind:
        case "covers":
            return why_unread(chart, spot)
        case "keeps":
            return why_unkept(chart, spot)
        case "once":
            return why_not_once(chart, spot)
        case _:
            return Grounding(chart, spot)()[0]


def _way(clause: Clause, chart: Chart, charts: Sequence[Chart]) -> str:
    """On which way, if it does hold on others: ` where `mode` is "fast"`."""
    if not any(holds(clause, each) for each in charts):
        return ""
    said = [f"{quoted(value)} is {case}" for value, case in chart.way.items()]
    return f" where {' and '.join(said)}" if said else ""


def _notes(loss: Loss) -> Iterator[Note]:
    if loss.stage is not None:
        yield Note(f"`{loss.stage.label}` loses it here", loss.stage.span)


def _path(chart: Chart, loss: Loss) -> tuple[str, ...]:
    trail = (*loss.trail, *onward_to_answer(chart, loss))
    if not trail:
        return ()
    return trail if trail[-1] == ANSWER else (*trail, ANSWER)
