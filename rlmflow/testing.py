"""What authors of strategies and operators test with: a run without files or a network."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from rlmflow.compiler import compile_source
from rlmflow.diagnostics.model import StrategyError
from rlmflow.graph.model import Program
from rlmflow.hunt.reader import Answers
from rlmflow.models._protocol import Model, Request
from rlmflow.models._protocol import ModelFailure as ModelFailure
from rlmflow.models.scripted import Script, ScriptedModel
from rlmflow.operators._frame import Question, read_items
from rlmflow.runtime.clock import NoWaiting, Surroundings
from rlmflow.runtime.events import Listener
from rlmflow.runtime.events import Throttled as Throttled
from rlmflow.runtime.outcome import Outcome
from rlmflow.runtime.root_options import RootOptions, root_settings
from rlmflow.runtime.run import DEFAULT_WIDTH, Job
from rlmflow.runtime.run import run as run_job
from rlmflow.source import Source
from rlmflow.values import Corpus, Document


def compiled(text: str, name: str = "test.rlm") -> Program:
    """The program of a strategy's text. Raises `StrategyError` with what is wrong."""
    compilation = compile_source(Source(name, text))
    if compilation.program is None:
        raise StrategyError(compilation.diagnostics)
    return compilation.program


def items_of(request: Request) -> Mapping[int, str]:
    """The items that a request shows, by the number that stands before each."""
    system, user = request.messages[0], request.messages[1]
    return read_items(Question(system.content, user.content))


def run_text(
    text: str,
    docs: str | Mapping[str, str],
    replies: Script | Model | None = None,
    *,
    reader: Answers | None = None,
    values: Mapping[str, object] | None = None,
    inputs: Mapping[str, str | Mapping[str, str]] | None = None,
    width: int = DEFAULT_WIDTH,
    limit: int | None = None,
    on_event: Listener | None = None,
) -> Outcome:
    """Run a strategy's text over documents (one text, or texts by name).

    `replies`: a script for `ScriptedModel`, or a model; or else a `reader` that answers
    each call. Where a step has a root work, it replies for the root too, and the root's
    code runs in a real REPL. `inputs`: the other corpora, by their parameters. Waits take
    no time.
    """
    program = compiled(text)
    model = ScriptedModel(replies) if callable(replies) else replies
    models = {"sub": model, "root": model} if model else {}
    first = program.strategies[program.main].parameters[0].name
    job = Job(
        program,
        {name: _corpus(held) for name, held in {first: docs, **(inputs or {})}.items()},
        values or {},
        models,
        width=width,
        limit=limit,
        surroundings=Surroundings(clock=NoWaiting()),
        reader=reader,
        root=root_settings(program, "plan", RootOptions(unsafe=True)),
    )
    return asyncio.run(run_job(job, [on_event] if on_event else []))


def _corpus(docs: str | Mapping[str, str]) -> Corpus:
    named = {"input.txt": docs} if isinstance(docs, str) else docs
    return Corpus(tuple(Document(name, held) for name, held in named.items()))
