"""What is proved of a strategy is not found broken by a run of it."""

from __future__ import annotations

import asyncio

import pytest
from proof.test_corpus import SOUND, Chunk

from rlmflow.hunt.faults import reader
from rlmflow.runtime.clock import Surroundings
from rlmflow.runtime.outcome import Outcome
from rlmflow.runtime.run import Job, run
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
