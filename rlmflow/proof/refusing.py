"""What is said of a clause that is not proved: where it is lost, how, and what would hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from rlmflow.diagnostics import codes
from rlmflow.diagnostics.model import Diagnostic, Note
from rlmflow.graph.model import ANSWER, Clause, StrategyGraph
from rlmflow.proof.chart import Chart, name_of
from rlmflow.proof.explaining import onward_to_answer, why_not_once, why_unkept, why_unread
from rlmflow.proof.grounding import Grounding
from rlmflow.proof.judging import Judge, judges_of, spot_of
from rlmflow.proof.losses import Loss, own_name, quoted
from rlmflow.proof.promised import Known
from rlmflow.proof.proving import can_be_proved, consistent
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
    if refused and strategy.name in known.opaque:
        yield from _of_recursive(strategy, refused, known)
        return
    judges = judges_of(strategy, known) if refused else []
    for clause in refused:
        yield _refusal(clause, strategy, known, judges)


def _of_recursive(
    strategy: StrategyGraph, refused: Sequence[Clause], known: Known
) -> Iterator[Diagnostic]:
    """Of a strategy that comes back to itself: what it loses if the inner call loses nothing."""
    promised = consistent(known.program)
    for clause in refused:
        if clause in promised[strategy.name]:
            own = own_name(strategy.name)
            message = (
                f"{_written(clause)} is not shown to hold: every way through `{own}` calls it again"
            )
            hint = "let one arm of a `match` do without the call"
            yield CODES[clause.kind].at(clause.span, message, hint=hint)
            continue
        assumed = {**promised, strategy.name: (*promised[strategy.name], clause)}
        there = replace(known, promised=assumed)
        yield _refusal(clause, strategy, there, judges_of(strategy, there))


def _written(clause: Clause) -> str:
    return f"`{clause.kind}({quoted(clause.subject)[1:-1]})`"


def _refusal(
    clause: Clause, strategy: StrategyGraph, known: Known, judges: Sequence[Judge]
) -> Diagnostic:
    code, written = CODES[clause.kind], _written(clause)
    if not judges:
        message = f"{written} can't be proved: its `match`es can be gone through in too many ways"
        hint = f"match fewer values; {MOST_WAYS} ways are tried"
        return code.at(clause.span, message, hint=hint)
    chart = next(judge.chart for judge in judges if not judge.holds(clause))
    loss = why(clause, chart)
    all_written = {_written(each)[1:-1] for each in strategy.ensures}
    return Diagnostic(
        *code,
        f"{written} does not hold{_way(clause, chart, judges)}: {loss}",
        clause.span,
        suggestion(clause, loss, chart, judges, known, all_written),
        tuple(_notes(loss)),
        path=_path(chart, loss),
    )


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
            # Where there is no quote at all, none is of other text, nor of this.
            name = name_of(chart, spot)
            unused = Loss(None, f"nothing that the answer needs makes use of `{name}`")
            return next(iter(Grounding(chart, spot)()), unused)


def _way(clause: Clause, chart: Chart, judges: Sequence[Judge]) -> str:
    """On which way, if it does hold on others: ` where `mode` is "fast"`."""
    if not any(judge.holds(clause) for judge in judges):
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
