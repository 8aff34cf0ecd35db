"""What a run shows of a strategy: each rule looks at watched runs of one case.

Under the perfect reader, whatever does not come back was lost by the strategy. Under a
faulty reader, damage may make a run incomplete, and may never become an answer.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rlmflow.functions import as_text
from rlmflow.graph.model import StrategyGraph
from rlmflow.hunt.facts import broken_facts
from rlmflow.hunt.inputs import Case
from rlmflow.hunt.markers import markers_in
from rlmflow.hunt.watch import WatchedRun
from rlmflow.source import Span
from rlmflow.syntax import ast
from rlmflow.types import CORPUS, DOCUMENT, Type


@dataclass(frozen=True)
class Finding:
    """Something that a strategy does to its input. `expects`: what a test of it would say."""

    kind: str
    message: str
    span: Span
    expects: tuple[str, ...]


@dataclass(frozen=True)
class Seen:
    """The runs of a case: with the perfect reader, again in another order, and damaged.

    `reader` names the faulty one. `most_calls` is the forecast's ceiling, if there is one.
    """

    strategy: StrategyGraph
    case: Case
    run: WatchedRun
    again: WatchedRun
    damaged: WatchedRun
    reader: str
    most_calls: int | None


def findings(seen: Seen) -> list[Finding]:
    """What is wrong in these runs, the gravest first."""
    return [found for rule in RULES for found in rule(seen)]


def _facts(seen: Seen) -> Iterator[Finding]:
    """A step that does to its items what it declares that it does not."""
    for step in seen.run.steps:
        for sentence in broken_facts(step):
            message = f"{sentence}{_gap(seen)}"
            yield Finding("facts", message, step.call.span, _expecting(seen))


def _gap(seen: Seen) -> str:
    """The first stretch of the input that no model was shown, in words."""
    for gap in seen.run.outcome.coverage.unread:
        source, start, end = gap.span
        where = f"the {len(source.text)}-character document below"
        return f": of {where}, characters {start + 1} to {end} reach no model call"
    return ""


def _expecting(seen: Seen) -> tuple[str, ...]:
    outcome = seen.run.outcome
    if any(not verdict.holds for verdict in outcome.verdicts):
        return ("broken == []",)
    return ("unread == 0",) if outcome.coverage.read < outcome.coverage.total else ()


def _contract(seen: Seen) -> Iterator[Finding]:
    """A clause that does not hold though each call succeeded."""
    if seen.run.outcome.failures:
        return
    clauses = {clause.span.text: clause.span for clause in seen.strategy.ensures}
    for verdict in seen.run.outcome.verdicts:
        if not verdict.holds:
            why = f": {verdict.missing[0]}" if verdict.missing else ""
            message = f"`{verdict.clause}` does not hold{why}"
            span = clauses.get(verdict.clause, _head(seen))
            yield Finding("contract", message, span, ("broken == []",))


def _covered(seen: Seen) -> Iterator[Finding]:
    """The same of the input by its markers alone, which no ledger has to do with."""
    if seen.run.outcome.status != "complete":
        return
    types = {parameter.name: parameter.type for parameter in seen.strategy.parameters}
    for clause in seen.strategy.ensures:
        name = clause.subject.name if isinstance(clause.subject, ast.Reference) else ""
        if clause.kind == "covers" and clause.share is None and _is_input(types.get(name)):
            given = [marker for text in seen.case.texts[name] for marker in markers_in(text)]
            unseen = [marker for marker in given if marker not in seen.run.seen]
            if unseen:
                message = f"`{clause.span.text}` does not hold: no model was shown {unseen[0]}"
                yield Finding("contract", message, clause.span, ("broken == []",))


def _is_input(type_: Type | None) -> bool:
    return type_ in (CORPUS, DOCUMENT)


def _invented(seen: Seen) -> Iterator[Finding]:
    """Text in the answer that stands nowhere in the input, or more often than there."""
    if seen.run.outcome.answer is None:
        return
    given = Counter(m for texts in seen.case.texts.values() for t in texts for m in markers_in(t))
    said = Counter(markers_in(as_text(seen.run.outcome.answer.value)))
    strange = [marker for marker in said if marker not in given]
    if strange:
        message = f"the answer has {strange[0]}, which stands nowhere in the input"
        yield Finding("invented", message, _head(seen), ())


def _order(seen: Seen) -> Iterator[Finding]:
    """An answer that depends on which reply came first."""
    first, second = _answer(seen.run), _answer(seen.again)
    if first != second:
        message = "the answer is another when the replies come in another order"
        yield Finding("order", message, _head(seen), ())


def _damage(seen: Seen) -> Iterator[Finding]:
    """A damaged reply that went into an answer that is called complete."""
    if seen.damaged.outcome.status != "complete" or seen.damaged.outcome.rejected:
        return
    if seen.run.outcome.status == "complete" and _answer(seen.damaged) != _answer(seen.run):
        message = f"replies of a {seen.reader} reader became an answer that is called complete"
        yield Finding("damage", message, _head(seen), ())


def _ceiling(seen: Seen) -> Iterator[Finding]:
    if seen.most_calls is None:
        return
    most = seen.most_calls
    calls = max(run.outcome.calls for run in (seen.run, seen.damaged))
    if calls > most:
        message = f"the run made {calls} calls, and the ceiling is {most}"
        yield Finding("ceiling", message, _head(seen), (f"calls <= {most}",))


def _head(seen: Seen) -> Span:
    """The first line of the strategy: what is about all of it is shown there."""
    whole = seen.strategy.span
    return Span(whole.source, whole.start, whole.start + len(whole.text.split("\n", 1)[0]))


def _answer(run: WatchedRun) -> str | None:
    answer = run.outcome.answer
    return json.dumps(answer.value, default=as_text, ensure_ascii=False) if answer else None


RULES: tuple[Callable[[Seen], Iterator[Finding]], ...] = (
    _facts,
    _contract,
    _covered,
    _invented,
    _order,
    _damage,
    _ceiling,
)
