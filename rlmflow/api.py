"""The Python interface: load a strategy, give it input and models, run it.

import rlmflow

outcome = rlmflow.load("reviews.rlm").run("reviews.txt", sub="local")
print(outcome.answer.value)
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TypeAlias

from rlmflow.compile_file import compile_file, program_in
from rlmflow.diagnostics.codes import (
    BAD_VALUE,
    CALL_TOO_LONG,
    INPUT_MISSING,
    UNKNOWN_NAME,
)
from rlmflow.diagnostics.model import Diagnostic, StrategyError
from rlmflow.diagnostics.suggest import did_you_mean
from rlmflow.graph.model import Input, Limits, Program, StrategyGraph
from rlmflow.hand_over import HandedOver
from rlmflow.journal.journal import JournalUse
from rlmflow.journal.opening import make_ready
from rlmflow.models._protocol import Model
from rlmflow.models.config import LimitsTable, ModelConfig, find_config, load_config
from rlmflow.models.roles import bind_roles, unheeded, unlimited
from rlmflow.readers import read_corpus
from rlmflow.runtime.conduct import Conduct
from rlmflow.runtime.events import Listener
from rlmflow.runtime.folder import RunFolder
from rlmflow.runtime.forecast import Forecast, TooLong
from rlmflow.runtime.job import calls
from rlmflow.runtime.outcome import Outcome
from rlmflow.runtime.python_files import Trust, load_functions
from rlmflow.runtime.root.roots import SUB
from rlmflow.runtime.root.usage import ROOT
from rlmflow.runtime.root_options import RootOptions, conduct_of, root_settings
from rlmflow.runtime.run import DEFAULT_WIDTH, Job, forecast, run
from rlmflow.runtime.schedule.pace import Pacing
from rlmflow.runtime.stopping import Stopping
from rlmflow.runtime.tools.needs import lists_of_texts, tool_servers
from rlmflow.schema import validated
from rlmflow.targets.plan import plan
from rlmflow.types import CORPUS, DOCUMENT, written
from rlmflow.values import Corpus, Document

Documents: TypeAlias = str | Path | Corpus | Document | Sequence["str | Path | Document"]
"""Paths (files, folders, globs, `-`), or documents that are there already."""


def load(path: str | Path, *, strategy: str | None = None) -> Strategy:
    """Compile a strategy file. Raises `StrategyError` with all that is wrong with it.

    `strategy` names one where the file holds several.
    """
    compilation = compile_file(path, strategy=strategy)
    return Strategy(program_in(compilation, path))


@dataclass(frozen=True)
class Strategy:
    """A checked strategy, ready to be run on any input."""

    program: Program

    @property
    def main(self) -> StrategyGraph:
        return self.program.strategies[self.program.main]

    def prepare(
        self,
        docs: Documents | None = None,
        /,
        *,
        inputs: Mapping[str, Documents] | None = None,
        sub: str | Model | None = None,
        models: Mapping[str, str | Model] | None = None,
        width: int = DEFAULT_WIDTH,
        limit: int | None = None,
        max_calls: int | None = None,
        max_tokens: int | None = None,
        max_usd: Decimal | float | None = None,
        max_minutes: float | None = None,
        config: ModelConfig | None = None,
        trust: Trust = False,
        root: str | Model | None = None,
        roots: RootOptions | None = None,
        planning: bool = False,
        journal: Path | None = None,
        fresh: bool = False,
        **values: object,
    ) -> Job:
        """Bind arguments and models. Raises `StrategyError` with all that is missing or wrong.

        docs: the first `corpus` parameter. inputs: other corpora by name. sub: the model
        of the role `sub`; models: of any role. max_calls, max_tokens (in and out together),
        max_usd and max_minutes: what the run may use at most; what `rlmflow.toml` says where
        they are None. The strategy's own `within` holds beside them. trust: whose
        Python the strategy may run, with all rights: True for files of your own, the names
        of libraries, `.` among them for your own. root: the model of
        the role `root`; where no step asks that role, it works under the strategy as its
        guidance. `scripted` plays in its place the program that it would ideally write.
        roots: how it works. planning: the job will be planned and not run, so that a role
        may have no model, and a model no key. journal: a file that keeps what models reply,
        made where there is none; what it has is not asked again. The command line keeps it
        as `.rlmflow/journal.sqlite`. fresh: ask all of it anew. values: the other parameters.
        """
        config = config if config is not None else load_config(find_config(Path.cwd()))
        given = dict(inputs or {})
        if docs is not None:
            first = self._first_corpus().name
            if first in given:
                raise StrategyError([_given_twice(first)])
            given = {first: docs, **given}
        corpora = {name: as_corpus(documents) for name, documents in given.items()}
        typed = self._typed(corpora, values)
        roots = roots or RootOptions()
        conduct = conduct_of(self.program, root, roots)
        _know_roles(models or {}, conduct.roles, conduct.below)
        flagged = {"sub": sub, "root": None if conduct.played else root}
        named = {role: model for role, model in flagged.items() if model is not None}
        wanted = {**(models or {}), **named, **conduct.stand_ins}
        bound = bind_roles(conduct.roles, wanted, config, conduct.below, planning=planning)
        limits = limits_of(config.limits, max_calls, max_tokens, max_usd, max_minutes)
        return Job(
            self.program,
            corpora,
            typed,
            bound,
            limits,
            width,
            limit,
            files=load_functions(self.program.functions, trust=trust),
            mode=conduct.mode,
            played=conduct.played,
            root=root_settings(self.program, conduct.mode, roots),
            servers=tool_servers(
                calls(self.program), bound, config.mcp, lists_of_texts(self.main, typed)
            ),
            pacing=_pacing(config),
            journal=JournalUse(journal, fresh) if journal else None,
            findings=(
                *(make_ready(journal) if journal else ()),
                *unheeded(config),
                *(() if planning else unlimited(bound.values(), self._usd(limits))),
            ),
        )

    def run(
        self,
        docs: Documents | None = None,
        /,
        *,
        on_event: Listener | None = None,
        folder: Path | None = None,
        **options: object,
    ) -> Outcome:
        """Run to the end. Takes what `prepare` takes; see `arun`."""
        return asyncio.run(self.arun(docs, on_event=on_event, folder=folder, **options))

    async def arun(
        self,
        docs: Documents | None = None,
        /,
        *,
        on_event: Listener | None = None,
        folder: Path | None = None,
        **options: object,
    ) -> Outcome:
        """Run to the end, inside a running event loop.

        on_event: hears each event as it happens. folder: where `.rlmflow/runs` lies;
        nothing is written if it is None.
        """
        job = self.prepare(docs, **options)  # type: ignore[arg-type]  # passed on as given
        return await _carried_out(job, on_event, folder)

    def hand_over(
        self,
        docs: Documents | None = None,
        /,
        *,
        on_event: Listener | None = None,
        folder: Path | None = None,
        **options: object,
    ) -> HandedOver:
        """Hand the strategy to a root that another program runs, for a `with` block.

        Takes what `run` takes. See `HandedOver` for what the other program is given.
        """
        job = self.prepare(docs, **options)  # type: ignore[arg-type]  # passed on as given
        return HandedOver(job, partial(_carried_out, job, on_event, folder))

    def plan(self, docs: Documents | None = None, /, **options: object) -> Forecast:
        """What a run would use, by step. Takes what `prepare` takes; asks no model.

        A role that no model is bound to is planned for all the same.
        """
        return asyncio.run(self.aplan(docs, **options))

    async def aplan(self, docs: Documents | None = None, /, **options: object) -> Forecast:
        """The same, inside a running event loop."""
        options = {"planning": True, **options}
        return await estimate(self.prepare(docs, **options))  # type: ignore[arg-type]  # passed on

    def _usd(self, given: Limits) -> Decimal | None:
        """The least limit of money that is set for a run, or for a strategy in it."""
        within = (strategy.limits.usd for strategy in self.program.strategies.values())
        return min((usd for usd in (given.usd, *within) if usd is not None), default=None)

    def _typed(
        self, corpora: Mapping[str, Corpus], values: Mapping[str, object]
    ) -> dict[str, object]:
        """The values as their parameters have them. Raises `StrategyError` with all amiss."""
        given = [*corpora, *values]
        findings = [*self._unknown(given), *self._missing(given)]
        typed: dict[str, object] = {}
        for parameter in self.main.parameters:
            if parameter.name in values:
                try:
                    typed[parameter.name] = validated(values[parameter.name], parameter.type)
                except ValueError as error:
                    message = f"`{parameter.name}` must be of type {parameter.type}: {error}"
                    findings.append(BAD_VALUE.at(None, message))
        if findings:
            raise StrategyError(findings)
        return typed

    def _first_corpus(self) -> Input:
        for parameter in self.main.parameters:
            if parameter.type in (CORPUS, DOCUMENT):
                return parameter
        message = f"`{self.main.name}` takes no documents"
        raise StrategyError([INPUT_MISSING.at(self.main.span, message)])

    def _unknown(self, given: Sequence[str]) -> list[Diagnostic]:
        known = [parameter.name for parameter in self.main.parameters]
        return [
            UNKNOWN_NAME.at(
                None,
                f"`{self.main.name}` has no parameter `{name}`",
                hint=did_you_mean(name, known) or f"its parameters: {', '.join(known)}",
            )
            for name in given
            if name not in known
        ]

    def _missing(self, given: Sequence[str]) -> list[Diagnostic]:
        return [
            INPUT_MISSING.at(
                parameter.span,
                f"`{parameter.name}: {written(parameter.type)}` is not given",
                hint=_how_to_give(parameter, parameter == self._first_corpus_or_none()),
            )
            for parameter in self.main.parameters
            if parameter.default is None and parameter.name not in given
        ]

    def _first_corpus_or_none(self) -> Input | None:
        return next((p for p in self.main.parameters if p.type in (CORPUS, DOCUMENT)), None)


def _know_roles(given: Mapping[str, object], roles: set[str], below: set[str]) -> None:
    """Raise `StrategyError` where a model is given for a role that nothing asks."""
    asked = ", ".join(sorted(roles)) or "none"
    findings = [
        UNKNOWN_NAME.at(
            None,
            f"a model is given for `{role}`, and no step asks that role",
            hint=did_you_mean(role, sorted(roles)) or f"the roles that are asked: {asked}",
        )
        for role in given
        if role not in {*roles, *below, SUB, ROOT}
    ]
    if findings:
        raise StrategyError(findings)


def _given_twice(name: str) -> Diagnostic:
    message = f"`{name}` is given twice: by place, and by name"
    hint = f"give all of it by place, or all of it with `--in {name}=…`"
    return BAD_VALUE.at(None, message, hint=hint)


def _how_to_give(parameter: Input, first: bool) -> str:
    if first:
        return "name a file, a folder, a glob, or `-` for standard input"
    if parameter.type in (CORPUS, DOCUMENT):
        return f"`--in {parameter.name}=PATH`"
    return f"`--set {parameter.name}=…`"


def _pacing(config: ModelConfig) -> dict[str, Pacing]:
    """What models and providers allow, by name."""
    return {
        name: Pacing(table.requests_per_minute, table.tokens_per_minute, table.width)
        for name, table in config.endpoint.items()
        if table.paced
    }


async def _carried_out(
    job: Job, on_event: Listener | None, folder: Path | None, conduct: Conduct | None = None
) -> Outcome:
    """Run a job, and leave a run folder where a place for it is given."""
    listeners = [on_event] if on_event else []
    if folder is None:
        return await run(job, listeners, conduct=conduct)
    return await run_in_folder(job, folder, listeners, conduct=conduct)


async def run_in_folder(
    job: Job,
    root: Path,
    listeners: Sequence[Listener] = (),
    stopping: Stopping | None = None,
    conduct: Conduct | None = None,
) -> Outcome:
    """Run a job and leave a run folder under `root`. `stopping`, `conduct`: see `run`."""
    stopping = stopping or Stopping()
    with RunFolder(root, job.main.name, stopping) as folder:
        folder.write("plan.json", plan(job.program))
        outcome = await run(job, [*listeners, folder.hear], folder.path, stopping, conduct)
        return folder.finish(outcome)


async def estimate(job: Job, listeners: Sequence[Listener] = ()) -> Forecast:
    """What the job will use, without asking a model. `listeners`: see `forecast`.

    Raises `StrategyError` where a call is sure to be longer than its model takes.
    """
    made = await forecast(job, listeners)
    if made.too_long:
        raise StrategyError([_too_long(one) for one in made.too_long])
    return made


def _too_long(one: TooLong) -> Diagnostic:
    message = (
        f"a call of `{one.step}` has {one.tokens:,} tokens, and `{one.model}` takes {one.window:,}"
    )
    hint = "cut what it shows into smaller parts, or name a model with a larger window"
    return CALL_TOO_LONG.at(one.span, message, hint=hint)


def limits_of(
    settings: LimitsTable,
    calls: int | None,
    tokens: int | None,
    usd: Decimal | float | None,
    minutes: float | None,
) -> Limits:
    """What a run may use: what is given, else what the settings say."""
    minutes = settings.minutes if minutes is None else minutes
    usd = settings.usd if usd is None else usd
    return Limits(
        calls=settings.calls if calls is None else calls,
        tokens=settings.tokens if tokens is None else tokens,
        usd=None if usd is None else Decimal(str(usd)),
        seconds=None if minutes is None else minutes * 60,
    )


def as_corpus(documents: Documents) -> Corpus:
    """The corpus that paths or documents stand for. Raises `StrategyError`."""
    if isinstance(documents, Corpus):
        return documents
    many = [documents] if isinstance(documents, str | Path | Document) else list(documents)
    ready = tuple(one for one in many if isinstance(one, Document))
    paths = [one for one in many if not isinstance(one, Document)]
    found = read_corpus(paths) if paths else Corpus(())
    return replace(found, documents=(*ready, *found.documents))
