"""One run of a strategy: forecast it, or carry it out, and say how it ended."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from rlmflow.graph.model import Choice, Graph, Limits, Operation, Program, StrategyGraph
from rlmflow.models._protocol import Model
from rlmflow.operators._operator import Call
from rlmflow.operators._step import Unanswered
from rlmflow.runtime.calling import Repeats
from rlmflow.runtime.clock import Surroundings
from rlmflow.runtime.events import CallDone, Event, ItemFailed, ItemRejected, Listener, Noted
from rlmflow.runtime.execute import Execution, Observer, Running, effective_limits
from rlmflow.runtime.forecast import Forecast, ForecastModel, summed_up
from rlmflow.runtime.ledger import Coverage
from rlmflow.runtime.limits import Budget, Cost
from rlmflow.runtime.names import Made, NoValue
from rlmflow.runtime.outcome import Answer, Outcome, as_answer
from rlmflow.runtime.python_files import NO_FILES, PythonFiles
from rlmflow.runtime.step import RunningStep
from rlmflow.types import DocumentType
from rlmflow.values import Corpus, Item, Stream, whole_part

DEFAULT_WIDTH = 32


@dataclass(frozen=True)
class Job:
    """A strategy with everything it needs to run.

    `corpora` and `values`: the arguments, by parameter. `models`: by role. `limits`:
    further limits from whoever runs it. `width`: the most calls at a time. `limit`:
    how many items each step that asks a model takes, for a trial; None for all.
    `files`: the Python functions that the program needs, imported.
    `reader`: answers calls in place of the models, by role and call, where it is given.
    `observe`: is told what each step was given and made.
    """

    program: Program
    corpora: Mapping[str, Corpus]
    values: Mapping[str, object]
    models: Mapping[str, Model]
    limits: Limits = field(default_factory=Limits)
    width: int = DEFAULT_WIDTH
    limit: int | None = None
    surroundings: Surroundings = field(default_factory=Surroundings)
    reader: Callable[[str, Call], Model] | None = None
    files: PythonFiles = NO_FILES
    observe: Observer | None = None

    def model_of(self, role: str, call: Call) -> Model:
        """The model that a call of a step with this role asks."""
        return self.reader(role, call) if self.reader else self.models[role]

    @property
    def main(self) -> StrategyGraph:
        return self.program.strategies[self.program.main]

    def arguments(self) -> dict[str, Made]:
        """The arguments as values with provenance, anew for each run. Raises `Unanswered`."""
        types = {parameter.name: parameter.type for parameter in self.main.parameters}
        made: dict[str, Made] = {}
        for name, corpus in self.corpora.items():
            items = [
                Item(whole_part(document), name, number, (document.whole,))
                for number, document in enumerate(corpus.documents)
            ]
            made[name] = Stream.of(items)
            if isinstance(types[name], DocumentType):
                made[name] = _only(items, name)
        return made | {name: Item(value, name) for name, value in self.values.items()}


def _only(items: Sequence[Item], parameter: str) -> Item:
    if len(items) != 1:
        raise Unanswered(f"`{parameter}` is one document, and the input has {len(items):,}")
    return items[0]


def roles(program: Program) -> set[str]:
    """The roles of models that a program's steps ask."""
    graphs = [strategy.graph for strategy in program.strategies.values()]
    return {role for graph in graphs for role in _roles(graph)}


def _roles(graph: Graph) -> set[str]:
    found: set[str] = set()
    for node in graph:
        if isinstance(node, Operation) and node.call.asks_model and not node.call.runs_strategy:
            found.add(node.call.constant("model"))
        if isinstance(node, Choice):
            inner = [graph for _, graph in node.arms]
            inner += [node.otherwise] if node.otherwise else []
            found |= {role for arm in inner for role in _roles(arm)}
    return found


async def forecast(job: Job) -> Forecast:
    """What the run will use, without asking a model."""
    calls: list[CallDone] = []

    def hear(event: Event) -> None:
        if isinstance(event, CallDone):
            calls.append(event)

    def model_of(role: str, call: Call) -> Model:
        return ForecastModel(job.models[role], call)

    running, _ = await _carried_out(job, model_of, hear, Limits())
    asking = {s.name: s.asker.caller for s in running.steps if s.asker is not None}
    repeats: dict[str, Repeats] = {name: caller.repeats for name, caller in asking.items()}
    models = {name: caller.model for name, caller in asking.items()}
    return summed_up(job.program, calls, repeats, models)


async def run(job: Job, listeners: Sequence[Listener] = (), folder: Path | None = None) -> Outcome:
    """Carry a job out. Whatever happens to single items, it ends with an outcome.

    Opens the models and closes them again. `listeners` hear every event.
    """
    record = _Record(listeners)
    async with AsyncExitStack() as opened:
        for model in _distinct(job.models):
            opened.push_async_callback(model.close)
            await model.open()
        began = job.surroundings.clock.now()
        limits = effective_limits(job.main.limits, job.limits)
        running, answer = await _carried_out(job, job.model_of, record.hear, limits)
        seconds = job.surroundings.clock.now() - began
    failures, skipped = _sorted_out(record.failures, running.steps)
    limited = job.limit is not None
    return Outcome(
        status="incomplete" if failures or answer is None or limited else "complete",
        answer=answer,
        failures=failures,
        skipped=skipped,
        rejected=tuple(record.rejected),
        notes=tuple(record.notes),
        coverage=_coverage(job, running),
        unread=tuple(one for corpus in job.corpora.values() for one in corpus.unread),
        spent=record.spent,
        seconds=seconds,
        folder=folder,
    )


def _distinct(models: Mapping[str, Model]) -> list[Model]:
    return list({id(model): model for model in models.values()}.values())


async def _carried_out(
    job: Job, model_of: Callable[[str, Call], Model], tell: Listener, limits: Limits
) -> tuple[Running, Answer | None]:
    deadline = None
    if limits.seconds is not None:
        deadline = asyncio.get_running_loop().time() + limits.seconds
    async with asyncio.TaskGroup() as tasks:
        running = Running(
            program=job.program,
            model_of=model_of,
            tell=tell,
            width=job.width,
            surroundings=job.surroundings,
            tasks=tasks,
            deadline=deadline,
            began=job.surroundings.clock.now(),
            limit=job.limit,
            observe=job.observe,
            files=job.files,
        )
        execution = Execution(running, job.main, Budget(limits))
        try:
            made = await execution.answer(job.arguments())
            answer = await as_answer(made, job.main.returns)
        except NoValue:
            answer = None
        except Unanswered as reason:
            tell(ItemFailed(job.main.name, job.main.name, None, str(reason)))
            answer = None
    return running, answer


class _Record:
    """Keeps what the outcome lists, and passes every event on."""

    def __init__(self, listeners: Sequence[Listener]) -> None:
        self._listeners = listeners
        self.failures: list[ItemFailed] = []
        self.rejected: list[ItemRejected] = []
        self.notes: list[Noted] = []
        self.spent = Cost()

    def hear(self, event: Event) -> None:
        match event:
            case ItemFailed():
                self.failures.append(event)
            case ItemRejected():
                self.rejected.append(event)
            case Noted():
                self.notes.append(event)
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
    documents = [d for corpus in job.corpora.values() for d in corpus.documents]
    return running.ledger.coverage(documents)
