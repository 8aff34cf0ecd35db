"""Which clauses of a program hold for every input, by what its operators declare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rlmflow.analysis.recursion import calls_of
from rlmflow.graph.model import Clause, Program
from rlmflow.proof.judging import judges_of, on_every_way
from rlmflow.proof.promised import Known

Clauses = tuple[Clause, ...]


def can_be_proved(clause: Clause) -> bool:
    """Whether a clause is one for proof; with a share it is left to the run."""
    return clause.share is None


def prove(program: Program) -> dict[str, Clauses]:
    """The clauses that hold, by strategy.

    A clause of a strategy that comes back to itself may be assumed for the inner call;
    it holds only if it does without that on some way.
    """
    promised = consistent(program)
    opaque, order = recursive(program), _callees_first(program)
    while True:
        based = _based(program, opaque, order, promised)
        if based == promised:
            return promised
        promised = consistent(program, based)


def consistent(program: Program, stated: dict[str, Clauses] | None = None) -> dict[str, Clauses]:
    """The clauses that hold if all of them may be assumed for inner calls.

    `stated`: those to choose from; by default all that can be proved.
    """
    promised = stated or {
        name: tuple(filter(can_be_proved, strategy.ensures))
        for name, strategy in program.strategies.items()
    }
    opaque, order = recursive(program), _callees_first(program)
    while True:
        before = promised
        promised = _still_holding(program, opaque, order, promised)
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
        if left[name]:
            judges = judges_of(program.strategies[name], Known(program, opaque, left))
            left[name] = tuple(clause for clause in left[name] if on_every_way(judges, clause))
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
            judges = judges_of(program.strategies[name], Known(program, opaque, grown))
            grown[name] = tuple(
                clause
                for clause in promised[name]
                if clause in grown[name] or any(judge.holds(clause) for judge in judges)
            )
        if grown == based:
            return based
        based = grown


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
