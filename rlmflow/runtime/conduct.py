"""Who carries a run out: its plan, a root that it guides, or a program that is played."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeAlias

from rlmflow.runtime.events import Event, ItemFailed
from rlmflow.runtime.execute import Execution
from rlmflow.runtime.forecast import Forecast
from rlmflow.runtime.job import Job, calls
from rlmflow.runtime.limits import Budget, effective_limits
from rlmflow.runtime.names import Made
from rlmflow.runtime.outcome import RootReport
from rlmflow.runtime.planning.amount import Amount
from rlmflow.runtime.repl.isolation.kinds import UNSAFE
from rlmflow.runtime.repl.isolation.probe import strongest
from rlmflow.runtime.root.exploring import Exploring
from rlmflow.runtime.root.foretold import Foretold
from rlmflow.runtime.root.guided import led
from rlmflow.runtime.root.roots import Roots
from rlmflow.runtime.root.settings import RootSettings
from rlmflow.runtime.root.usage import ROOT, Usage
from rlmflow.runtime.running import Running

Conduct: TypeAlias = Callable[[Running, Budget], Awaitable[Made | None]]
"""Carries a run out: what it answers, None where why not is already told."""


class Rooted:
    """Carries a job out, and keeps the account of the roots that work in it.

    `gave_up`: whether the root of the run ended without an answer that was accepted.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._settings = job.root or _for_readers(job)
        self._usage = Usage()
        self._roots: Roots | None = None
        self.gave_up = False

    def hear(self, event: Event) -> None:
        self._usage.hear(event)
        if self._roots is not None:
            self._roots.hear(event)

    @property
    def report(self) -> RootReport | None:
        """What is to be said of the roots; None where none worked."""
        if self._settings is None or not self._usage.turns:
            return None
        return RootReport(self._job.mode, self._settings.isolation.name, self._usage)

    async def conduct(self, running: Running, budget: Budget) -> Made | None:
        """Carry the job out. Raises `Unanswered`."""
        job = self._job
        if self._settings is not None:
            self._roots = Roots(running, self._settings, job.models, self._usage, running.ledger)
            played = job.played or job.reader is not None
            running.explorer = Exploring(self._roots, played=played)
        if self._roots is None or job.mode == "plan":
            return await Execution(running, job.main, budget).answer(job.arguments())
        ending = await led(self._roots, running, budget, job.arguments(), job.mode)
        if ending.reason is not None:
            self.gave_up = True
            running.tell(ItemFailed(ROOT, ROOT, None, ending.reason))
        return ending.made


def _for_readers(job: Job) -> RootSettings | None:
    """How the programs of operators are played where a reader answers in the models' place.

    They are no model's code, so they may run where nothing shuts them in.
    """
    if job.reader is None or not any(call.operator.ideal_program for call in calls(job.program)):
        return None
    return RootSettings(strongest() or UNSAFE)


class RootEstimate:
    """Goes through a job as its plan does, and foretells what roots in it will use."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._limits = effective_limits(job.main.limits, job.limits)
        self._foretold: Foretold | None = None

    async def conduct(self, running: Running, budget: Budget) -> Made | None:
        """Carry the job out by its plan, where that is part of it. Raises `Unanswered`."""
        job = self._job
        if job.root is not None:
            roots = Roots(running, job.root, job.models, Usage(), running.ledger)
            running.explorer = self._foretold = Foretold(roots, self._limits, job.played)
            if job.mode in ("guided", "free"):
                await self._foretold.led(running, job.arguments(), job.mode)
        if job.mode == "free":
            return None
        return await Execution(running, job.main, budget).answer(job.arguments())

    def added(self, planned: Forecast) -> Forecast:
        """The forecast of the plan, and beside it that of the roots."""
        if self._foretold is None or not self._foretold.steps:
            return planned
        if self._job.mode == "guided":
            self._foretold.code_beside(planned.steps)
        steps = {**planned.steps, **self._foretold.steps}
        own = sum((step.ceiling for step in self._foretold.steps.values()), Amount())
        ceiling = (planned.ceiling + own).within(self._limits)
        return replace(planned, steps=steps, ceiling=ceiling)
