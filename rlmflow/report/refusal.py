"""Why a run was refused, as findings that point at the clauses that broke."""

from __future__ import annotations

from collections.abc import Iterator

from rlmflow.diagnostics.codes import CLAUSE_BROKEN
from rlmflow.diagnostics.model import Diagnostic
from rlmflow.graph.model import Program
from rlmflow.runtime.outcome import Outcome

_HINT = "the answer is kept in the run's folder, marked as refused; --partial prints it"


def refusals(outcome: Outcome, program: Program) -> Iterator[Diagnostic]:
    """A finding for each clause that broke though nothing that it rests on had failed."""
    if outcome.status != "refused":
        return
    for verdict in outcome.verdicts:
        if verdict.holds or verdict.excused:
            continue
        clauses = program.strategies[verdict.strategy or program.main].ensures
        span = next((c.span for c in clauses if c.span.text == verdict.clause), None)
        called = f" in calls of `{verdict.strategy}`" if verdict.strategy else ""
        why = "; ".join(verdict.missing)
        message = f"the run broke `{verdict.clause}`{called}: {why}"
        yield CLAUSE_BROKEN.at(span, message, hint=_HINT)
