"""What is proved of a strategy is not found broken by a run of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from random import Random

import pytest
from proof.programs import made_up
from proof.test_corpus import SOUND, Chunk
from proof.test_random_programs import proved_of
from proof.written import Kind, written_program

from rlmflow.hunt.faults import reader
from rlmflow.hunt.markers import marker
from rlmflow.hunt.reader import perfect
from rlmflow.runtime.clock import Surroundings
from rlmflow.runtime.outcome import Outcome
from rlmflow.runtime.run import Job, run
from rlmflow.schema import validated
from rlmflow.testing import NoWaiting, compiled
from rlmflow.types import BOOL, CORPUS
from rlmflow.values import Corpus, Document

OLD = "me: odd red rent, shall be paid\n\nyou: blue\nno record of anyone here\n# A heading\nme: law"
NEW = "you: odd\nme: blue risk, must be read\n\nme: red rent\n\nsomething else\n# Another\nyou: tax"
EXPLORES = "explore("


def run_of(chunk: Chunk, yes: bool) -> Outcome:
    """A run over two documents for each corpus, in which a perfect reader answers."""
    program = compiled(chunk.text)
    parameters = program.strategies[program.main].parameters
    corpora = {
        p.name: Corpus((Document(f"{p.name}/1", OLD), Document(f"{p.name}/2", NEW)))
        for p in parameters
        if p.type == CORPUS
    }
    others = {
        p.name: yes if p.type == BOOL else "me"
        for p in parameters
        if p.name not in corpora and p.default is None
    }
    job = Job(
        program,
        corpora,
        others,
        {},
        surroundings=Surroundings(clock=NoWaiting()),
        reader=reader("perfect"),
    )
    return asyncio.run(run(job))


# Each text has a marker or two, which a perfect reader reports, and quotes.
MARKED = (
    (
        "me: a \u3400\nyou: \u3401\nno record \u3402\n# A \u3403\nme: \u3404",
        "a\u3405\n\nme: \u3406",
    ),
    ("\u3400",),
    ("x\u3400\nx\u3401\nx\u3401\na: \u3402", "", "a,\u3403\n1,\u3404\na\u3405,a\u3406"),
)


def broken_of(seed: int) -> Iterable[tuple[str, ...]]:
    """Clauses of a random program that are proved, and that a run found broken all the same."""
    strategies = made_up(Random(seed))
    proved = proved_of(written_program(strategies), strategies)
    for name, strategy in strategies.items():
        strategy.promises = [p for p in strategy.promises if p.written in proved[name]]
    text = written_program(strategies)
    if EXPLORES in text:
        return
    program = compiled(text)
    types = {p.name: p.type for p in program.strategies[program.main].parameters}
    kinds = strategies["main"].parameters
    for number, texts in enumerate(MARKED):
        job = Job(
            program,
            {"docs": Corpus(tuple(Document(f"{n}", t) for n, t in enumerate(texts)))},
            {
                name: validated(_given(name, kind, number), types[name])
                for name, kind in kinds.items()
                if name != "docs"
            },
            {},
            surroundings=Surroundings(clock=NoWaiting()),
            reader=perfect(number),
        )
        outcome = asyncio.run(run(job))
        if not outcome.failures:
            yield from ((v.clause, *v.missing, text) for v in outcome.verdicts if not v.holds)


def _given(name: str, kind: Kind, number: int) -> object:
    if name == "mode":
        return "abc"[number]
    fields = {
        field: f"a{marker(10 * number + n)}" for n, (field, _) in enumerate(kind.fields, start=1)
    }
    return [fields or f"a{marker(99)}"] * 2


def test_runs_keep_what_is_proved_of_random_programs() -> None:
    assert [broken for seed in range(50) for broken in broken_of(seed)] == []


@pytest.mark.long
def test_runs_keep_what_is_proved_of_many_random_programs() -> None:
    assert [broken for seed in range(5000, 6200) for broken in broken_of(seed)] == []


RUNS = [
    pytest.param(chunk, yes, id=f"{chunk.file}-{chunk.line}-{yes}")
    for chunk in SOUND
    if EXPLORES not in chunk.text
    for yes in ([True, False] if "bool" in chunk.text else [True])
]


@pytest.mark.parametrize(("chunk", "yes"), RUNS)
def test_a_run_keeps_what_is_proved(chunk: Chunk, yes: bool) -> None:
    outcome = run_of(chunk, yes)
    assert outcome.status == "complete", (outcome.failures, outcome.rejected, outcome.coverage)
