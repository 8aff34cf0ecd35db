"""One run of a strategy: forecast it, or carry it out, and say how it ended."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Literal

from rlmflow.graph.model import Limits
from rlmflow.journal.journal import Journal, run_name
from rlmflow.journal.reasons import Reasons
from rlmflow.models._protocol import Model
from rlmflow.operators._operator import Call
from rlmflow.operators._step import Unanswered
from rlmflow.runtime.conduct import Conduct, Rooted, RootEstimate
from rlmflow.runtime.contract import needs_texts
from rlmflow.runtime.coverage import Coverage, by_document, coverage
from rlmflow.runtime.events import (
    CallDone,
    CallRecalled,
    Event,
    ItemFailed,
    ItemRejected,
    Listener,
    Noted,
)
from rlmflow.runtime.findings_alone import findings_alone
from rlmflow.runtime.forecast import Forecast
from rlmflow.runtime.job import DEFAULT_WIDTH as DEFAULT_WIDTH
from rlmflow.runtime.job import Job as Job
from rlmflow.runtime.job import roles as roles
from rlmflow.runtime.ledger import Ledger
from rlmflow.runtime.limits import Budget, Cost, effective_limits
from rlmflow.runtime.names import Made, NoValue
from rlmflow.runtime.openings import Openings
from rlmflow.runtime.outcome import ClauseVerdict, Outcome, as_answer
from rlmflow.runtime.planning.summing import summed_up
from rlmflow.runtime.planning.tally import PlannedModel
from rlmflow.runtime.recall import Recall
from rlmflow.runtime.running import Running, StepMade
from rlmflow.runtime.schedule.pace import Pacing
from rlmflow.runtime.step import RunningStep
from rlmflow.runtime.stopping import Stopping
from rlmflow.runtime.tools.toolbox import Toolbox


async def forecast(job: Job, listeners: Sequence[Listener] = ()) -> Forecast:
    """What the run will use, without asking a model. `listeners` hear of the calls it foresees."""
    made: list[StepMade] = []
    recalled: list[CallRecalled] = []

    def hear(event: Event) -> None:
        if isinstance(event, CallRecalled):
            recalled.append(event)
        for listener in listeners:
            listener(event)

    def model_of(role: str, call: Call) -> Model:
        return PlannedModel(job.model_of(role, call), call)

    estimate = RootEstimate(job)
    planned = replace(job, observe=made.append)
    async with AsyncExitStack() as opened:
        recall = await _recall(job, hear, opened, name="", asks=False)
        if recall is not None and recall.journal is not None and job.explains:
            recall.reasons = Reasons(recall.journal.parts())
        running, _ = await _carried_out(
            planned, model_of, hear, Limits(), estimate.conduct, recall, judges=False
        )
    limits = effective_limits(job.main.limits, job.limits)
    planned_for = summed_up(job, running.steps, made, limits)
    return replace(estimate.added(planned_for), recalled=len(recalled), why=_why(recall))


def _why(recall: Recall | None) -> dict[str, Counter[tuple[str, ...]]]:
    """By step, how many questions are asked for which reason."""
    found: dict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
    for step, changed in recall.why.values() if recall is not None else ():
        found[step][changed] += 1
    return found


async def run(
    job: Job,
    listeners: Sequence[Listener] = (),
    folder: Path | None = None,
    stopping: Stopping | None = None,
    conduct: Conduct | None = None,
) -> Outcome:
    """Carry a job out. Whatever happens to single items, it ends with an outcome.

    Opens the journal, and the models before the first call, and closes them again.
    `listeners` hear every event. `stopping`: by way of it the run can be told to start
    nothing new. `conduct`: carries it out in another way than the job's mode says.
    """
    stopping = stopping or Stopping()
    rooted = Rooted(job)
    record = _Record([rooted.hear, *listeners])
    async with AsyncExitStack() as opened:
        openings = Openings(job.models.values())
        opened.push_async_callback(openings.close)
        await opened.enter_async_context(job.servers)
        name = folder.name if folder else run_name()
        recall = await _recall(job, record.hear, opened, name, stopping)
        if recall is None or not recall.may_know:
            # So that it takes none of the time that the run has.
            await openings.open()
        began = job.surroundings.clock.now()
        limits = effective_limits(job.main.limits, job.limits)
        running, made = await _carried_out(
            job,
            job.model_of,
            record.hear,
            limits,
            conduct or rooted.conduct,
            recall,
            stopping,
            pacing=job.pacing,
            openings=openings,
        )
        seconds = job.surroundings.clock.now() - began
    failures, skipped = _sorted_out(record.failures, running.steps)
    verdicts = await _verdicts(running, made)
    finished = not failures and made is not None and job.limit is None
    return Outcome(
        status="incomplete" if rooted.gave_up else _status(verdicts, finished=finished),
        answer=await as_answer(made, job.main.returns, running.ledger.documents) if made else None,
        failures=failures,
        skipped=skipped,
        rejected=tuple(record.rejected),
        notes=tuple(record.notes),
        coverage=_coverage(job, running),
        unread=tuple(one for corpus in job.corpora.values() for one in corpus.unread),
        spent=record.spent,
        recalled=record.recalled,
        seconds=seconds,
        folder=folder,
        verdicts=verdicts,
        read_by=by_document(running.ledger, running.ledger.documents) if folder else {},
        root=rooted.report,
        providers=running.scheduler.uses,
    )


async def _recall(
    job: Job,
    tell: Listener,
    opened: AsyncExitStack,
    name: str,
    stopping: Stopping | None = None,
    *,
    asks: bool = True,
) -> Recall | None:
    """What the run has already, where it has a journal, which `opened` closes at the end."""
    use = job.journal
    if use is None:
        return None
    journal = None
    if asks or use.path.exists():
        journal = await opened.enter_async_context(Journal(use.path, name))
    recall = Recall(tell, stopping or Stopping(), journal, use.fresh, asks)
    opened.push_async_callback(recall.close)
    return recall


async def _carried_out(
    job: Job,
    model_of: Callable[[str, Call], Model],
    tell: Listener,
    limits: Limits,
    conduct: Conduct,
    recall: Recall | None = None,
    stopping: Stopping | None = None,
    *,
    judges: bool = True,
    pacing: Mapping[str, Pacing] | None = None,
    openings: Openings | None = None,
) -> tuple[Running, Made | None]:
    documents = [document for corpus in job.corpora.values() for document in corpus.documents]
    deadline = None
    if limits.seconds is not None:
        deadline = asyncio.get_running_loop().time() + limits.seconds
    async with findings_alone(), asyncio.TaskGroup() as tasks:
        running = Running(
            program=job.program,
            model_of=model_of,
            tell=tell,
            width=job.width,
            surroundings=job.surroundings,
            tasks=tasks,
            ledger=Ledger(documents, texts=needs_texts(job.program.strategies.values())),
            unreadable={name: corpus.unread for name, corpus in job.corpora.items()},
            judges=judges,
            deadline=deadline,
            began=job.surroundings.clock.now(),
            limit=job.limit,
            observe=job.observe,
            files=job.files,
            toolbox=Toolbox(job.documents, job.files, job.servers),
            pacing=pacing or {},
            recall=recall,
            stopping=stopping or Stopping(),
            openings=openings or Openings(),
        )
        try:
            made = await conduct(running, Budget(limits, deadline=deadline))
        except NoValue:
            made = None
        except Unanswered as reason:
            tell(ItemFailed(job.main.name, job.main.name, None, str(reason)))
            made = None
    running.scheduler.close()
    return running, made


async def _verdicts(running: Running, made: Made | None) -> tuple[ClauseVerdict, ...]:
    """Whether the run held to its contract, and the calls of other strategies to theirs."""
    own = await running.contract.verdicts(made) if running.contract else ()
    return (*own, *running.calls_held.verdicts())


def _status(
    verdicts: Sequence[ClauseVerdict], *, finished: bool
) -> Literal["complete", "incomplete", "refused"]:
    """How a run ended. One that did not finish is no breach of what a finished one promises."""
    unmet = [verdict for verdict in verdicts if not verdict.holds]
    if finished and not unmet:
        return "complete"
    return "refused" if any(not verdict.excused for verdict in unmet) else "incomplete"


class _Record:
    """Keeps what the outcome lists, and passes every event on."""

    def __init__(self, listeners: Sequence[Listener]) -> None:
        self._listeners = listeners
        self.failures: list[ItemFailed] = []
        self.rejected: list[ItemRejected] = []
        self.notes: list[Noted] = []
        self.spent = Cost()
        self.recalled = 0

    def hear(self, event: Event) -> None:
        match event:
            case ItemFailed():
                self.failures.append(event)
            case ItemRejected():
                self.rejected.append(event)
            case Noted():
                self.notes.append(event)
            case CallRecalled():
                self.recalled += 1
            case CallDone():
                self.spent += Cost(int(event.charged), event.tokens_in, event.tokens_out, event.usd)
        for listener in self._listeners:
            listener(event)


def _sorted_out(
    failures: Sequence[ItemFailed], steps: Sequence[RunningStep]
) -> tuple[tuple[ItemFailed, ...], tuple[ItemFailed, ...]]:
    """Failures, and those that `on_failure: skip(…)` allows."""
    counts = Counter(failure.step for failure in failures)
    allowed = {s.name: s.may_skip for s in steps}
    seen = Counter[str]()
    for step in steps:
        seen[step.name] += step.seen
    skipping = {
        name for name, count in counts.items() if count <= allowed.get(name, 0.0) * seen[name]
    }
    failed = tuple(failure for failure in failures if failure.step not in skipping)
    return failed, tuple(failure for failure in failures if failure.step in skipping)


def _coverage(job: Job, running: Running) -> Coverage:
    return coverage(running.ledger, running.ledger.documents, trial=job.limit is not None)
