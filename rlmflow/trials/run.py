"""Runs a test of a strategy, and says what came out otherwise than it expects."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from rlmflow.diagnostics.suggest import did_you_mean
from rlmflow.expressions import ExpressionError, compile_expression
from rlmflow.graph.model import Input, Program, Trial
from rlmflow.hunt.faults import reader, reader_names
from rlmflow.hunt.reader import Answers
from rlmflow.models._protocol import Model, ModelFailure, Request
from rlmflow.models.scripted import ScriptedModel
from rlmflow.operators._operator import Call
from rlmflow.runtime.outcome import Outcome
from rlmflow.runtime.python_files import NO_FILES, PythonFiles
from rlmflow.runtime.run import Job, run
from rlmflow.schema import validated
from rlmflow.source import Span
from rlmflow.syntax import ast
from rlmflow.trials.compare import difference
from rlmflow.trials.scripted_reply import scripted_reply
from rlmflow.types import CORPUS, DOCUMENT
from rlmflow.values import Corpus, Document, Item


@dataclass(frozen=True)
class Unmet:
    """Something that a test expects and that does not hold: where, and how it differs."""

    span: Span
    difference: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """How a test ended. It passed if nothing is unmet."""

    trial: Trial
    unmet: tuple[Unmet, ...]
    outcome: Outcome | None

    @property
    def passed(self) -> bool:
        return not self.unmet


def run_trial(
    program: Program, trial: Trial, *, files: PythonFiles = NO_FILES, seed: int = 0
) -> Verdict:
    """Run one test of a program. Whatever is wrong with it is unmet, and nothing is raised.

    `files`: the Python functions that the program needs, imported.
    """
    name = trial.reader
    if name is not None and name.text not in reader_names():
        hint = did_you_mean(name.text, reader_names()) or f"there are {', '.join(reader_names())}"
        return Verdict(
            trial, (Unmet(name.span, (f"there is no reader `{name.text}`", hint)),), None
        )
    job = job_of(program, trial, files, seed)
    outcome = asyncio.run(run(job))
    known = _known(outcome)
    unmet = [found for each in trial.expects for found in _unmet(each, known, outcome)]
    return Verdict(trial, tuple(unmet), outcome)


def job_of(program: Program, trial: Trial, files: PythonFiles, seed: int) -> Job:
    """The run that a test stands for."""
    strategy = program.strategies[trial.strategy]
    corpora: dict[str, Corpus] = {}
    values: dict[str, object] = {}
    for parameter in strategy.parameters:
        expression = trial.given.get(parameter.name)
        if expression is None:
            continue
        value = compile_expression(expression, {})(None, None)
        if parameter.type in (CORPUS, DOCUMENT):
            corpora[parameter.name] = _corpus(parameter, value)
            continue
        values[parameter.name] = validated(value, parameter.type)
    return Job(
        replace(program, main=trial.strategy),
        corpora,
        values,
        models={},
        reader=_answers(trial, seed),
        files=files,
    )


def _corpus(parameter: Input, given: object) -> Corpus:
    """The documents of a test: a text is one, a list one for each of its texts."""
    if isinstance(given, str):
        return Corpus((Document(f"{parameter.name}.txt", given),))
    texts: list[str] = given  # type: ignore[assignment]  # analysis allows texts alone
    named = enumerate(texts, start=1)
    return Corpus(tuple(Document(f"{parameter.name}-{n}.txt", text) for n, text in named))


def _answers(trial: Trial, seed: int) -> Answers:
    """Each step's scripted reply, else what the test's reader says."""
    others = reader(trial.reader.text, seed) if trial.reader else None

    def model_of(role: str, call: Call) -> Model:
        other = others(role, call) if others else None

        async def script(request: Request) -> str | ModelFailure:
            # What a root inside a step asks is scripted under the step's name.
            step = request.step.partition("/")[0]
            expression = trial.replies.get(step)
            if expression is not None:
                return _scripted(request, expression)
            if other is None:
                message = f"the test has no reply for the step `{step}`"
                return ModelFailure("other", message, again=False)
            return (await other.complete(request)).text

        return ScriptedModel(script, name="the test")

    return model_of


def _scripted(request: Request, expression: ast.Expression) -> str | ModelFailure:
    evaluate = compile_expression(expression, {})
    try:
        return scripted_reply(request, lambda text: evaluate(Item(text, "item"), None))
    except (ExpressionError, ValueError) as error:
        return ModelFailure("other", str(error), again=False)


def _known(outcome: Outcome) -> dict[str, Any]:
    """What `expect` may name."""
    return {
        **({"answer": outcome.answer.value} if outcome.answer else {}),
        "calls": outcome.calls,
        "status": outcome.status,
        "broken": [verdict.clause for verdict in outcome.verdicts if not verdict.holds],
        "failed": len(outcome.failures),
        "unread": outcome.coverage.total - outcome.coverage.read,
    }


def _unmet(expected: ast.Expression, known: Mapping[str, Any], outcome: Outcome) -> Iterator[Unmet]:
    try:
        if compile_expression(expected, known)(None, None) is not True:
            yield Unmet(expected.span, tuple(difference(expected, known)))
    except ExpressionError as error:
        yield Unmet(expected.span, (error.message,))
    except KeyError:
        reasons = [failure.reason for failure in outcome.failures][:3]
        yield Unmet(expected.span, ("there is no answer", *reasons))
