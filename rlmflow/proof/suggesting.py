"""The hint of a refusal: what to use too, or what would hold. It is tried before it is said."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from rlmflow.analysis.contract import can_be_promised
from rlmflow.graph.model import Clause
from rlmflow.proof.chart import ITEM, Chart, name_of
from rlmflow.proof.grounding import quotes_of
from rlmflow.proof.judging import Judge, judges_of, spot_of
from rlmflow.proof.landing import in_complements, in_result
from rlmflow.proof.losses import Loss, own_name
from rlmflow.proof.promised import Known
from rlmflow.proof.reaching import Keeping
from rlmflow.proof.reading import Reading
from rlmflow.proof.spots import Spot, normal, type_at

_MOST_TRIED = 40
_USE_TOO = {"covers": "read the rest too", "keeps": "bring the rest to the answer too"}


def suggestion(
    clause: Clause,
    loss: Loss,
    chart: Chart,
    judges: Sequence[Judge],
    known: Known,
    written: Collection[str],
) -> str:
    """What an author can do about a clause that is lost on a chart, on one of the ways.

    `written`: all clauses of the strategy, as `covers(docs)`.
    """
    said = [*_promise(loss, known), *_rest(clause, loss, chart, judges)]
    if holding := next(_holding(clause, chart, judges), None):
        said.append(
            f"leave it out: `{holding}`, which holds, is promised already"
            if holding in written
            else f"promise what holds: `{holding}`"
        )
    if said:
        return ", or ".join(said)
    if clause.kind == "grounded" and quotes_of(chart.answer.item) is None:
        return "let the answer's items have a field `quote: quote`"
    if clause.kind == "covers":
        return f"leave it to the run: `covers({name_of(chart, spot_of(clause, chart))}, 100%)`"
    return f"leave it out: `{clause.kind}` holds of nothing near to it"


def _promise(loss: Loss, known: Known) -> Iterator[str]:
    """To let a strategy that is called say what does hold of it."""
    if loss.promise is None:
        return
    name, kind, parameter = loss.promise
    callee = known.program.strategies[name]
    judges = judges_of(callee, known)
    if judges and all(judge.holds_of(kind, Spot(parameter)) for judge in judges):
        yield f"let `{own_name(name)}` promise it: `ensures {kind}({parameter})`"


def _rest(clause: Clause, loss: Loss, chart: Chart, judges: Sequence[Judge]) -> Iterator[str]:
    """To use what was left out, if the clause would then hold."""
    if not loss.rest or not all(_author_can_name(spot, chart) for spot in loss.rest):
        return
    rule = Reading if clause.kind == "covers" else Keeping
    every = [judge.chart for judge in judges]
    if all(rule(each, loss.rest)(spot_of(clause, each)) for each in every):
        names = " and ".join(f"`{name_of(chart, spot)}`" for spot in loss.rest)
        yield f"{_USE_TOO[clause.kind]} ({names})"


def _holding(clause: Clause, chart: Chart, judges: Sequence[Judge]) -> Iterator[str]:
    """Clauses that do hold: of the same kind, the nearest first; else that all was read."""
    for spot in _candidates(clause, chart):
        if all(judge.holds_of(clause.kind, spot) for judge in judges):
            yield f"{clause.kind}({name_of(chart, spot)})"
    subject = spot_of(clause, chart)
    if clause.kind in ("keeps", "once") and all(j.holds_of("covers", subject) for j in judges):
        yield f"covers({name_of(chart, subject)})"


def _candidates(clause: Clause, chart: Chart) -> Iterator[Spot]:
    """Spots that a clause could be about instead, those nearest to its subject first."""
    subject = spot_of(clause, chart)
    if clause.kind == "grounded":
        yield from (Spot(s.name) for s in chart.stages.values() if s.author is not None)
        return
    waiting, seen = [subject], {subject}
    while waiting and len(seen) < _MOST_TRIED:
        spot = waiting.pop(0)
        if spot != subject and _can_be_promised(spot, chart):
            yield spot
        fields = list(_shown_fields(spot, chart))
        for other in [*_of_subject(subject, fields, chart), *fields, *_onward(spot, chart)]:
            if other not in seen:
                seen.add(other)
                waiting.append(other)


def _shown_fields(spot: Spot, chart: Chart) -> Iterator[Spot]:
    """The fields of what is at a spot that some step shows by themselves."""
    for onward in chart.onward(spot):
        for flow in onward.use.feed.shown.flows:
            at = flow.source.path
            if flow.source.stage == ITEM.stage and len(at) > len(onward.path):
                path = (*spot.path, *at[len(onward.path) :])
                type_ = chart.type_of(spot)
                if type_at(type_, path) is not None:
                    yield spot._replace(path=normal(path, type_))


def _of_subject(subject: Spot, fields: Sequence[Spot], chart: Chart) -> Iterator[Spot]:
    """The same fields of the subject: what shows them may be asked of only some of it."""
    for path in (field.path for field in fields):
        if not subject.path and type_at(chart.type_of(subject), path) is not None:
            yield subject._replace(path=path)


def _onward(spot: Spot, chart: Chart) -> Iterator[Spot]:
    for onward in chart.onward(spot):
        if onward.use.stage is not None:
            yield from in_result(onward.use, onward.path)
            yield from in_complements(onward.use, onward.path, onward.use.feed.apart)


def _author_can_name(spot: Spot, chart: Chart) -> bool:
    stage = chart.stages.get(spot.stage)
    return stage is not None and stage.author is not None


def _can_be_promised(spot: Spot, chart: Chart) -> bool:
    """Whether an author may write a clause about what is at a spot."""
    type_ = type_at(chart.type_of(spot), spot.path) if _author_can_name(spot, chart) else None
    return type_ is not None and can_be_promised(type_)
