"""Runs approaches on cases, and keeps what each cost and how right it was."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from decimal import Decimal
from itertools import product
from typing import Any, cast

from rlmflow.bench.approach import Approach, thinned
from rlmflow.bench.played import played_root
from rlmflow.bench.simulated import is_simulated, simulated
from rlmflow.bench.task import Case, Task, scored
from rlmflow.models._protocol import Model
from rlmflow.models.config import ModelConfig
from rlmflow.models.roles import bind_roles
from rlmflow.runtime.job import Job
from rlmflow.runtime.root_options import RootOptions
from rlmflow.runtime.run import run
from rlmflow.types import CORPUS, DOCUMENT
from rlmflow.values import Corpus, Document

_APART = 1_000


class Models:
    """What the roles are bound to, opened once for all trials and closed after them.

    sub, root: a model's name, a modelled reader's, or None for what the settings say.
    width: the most calls at a time. unsafe: whether a root's code may run where nothing
    shuts it in. Raises `StrategyError` where a role that is `wanted` has no model.
    """

    def __init__(
        self,
        sub: str | None = None,
        root: str | None = None,
        *,
        config: ModelConfig | None = None,
        rooted: bool = False,
        width: int = 32,
        unsafe: bool = False,
    ) -> None:
        self.config = config or ModelConfig()
        self.width, self.unsafe = width, unsafe
        self.reader = simulated(sub) if sub is not None and is_simulated(sub) else None
        self.played = root if root is not None and is_simulated(root) else None
        given = {"sub": sub, "root": root}
        wanted = {"sub"} if self.reader is None else set()
        wanted |= {"root"} if rooted and self.played is None else set()
        named = {role: name for role, name in given.items() if role in wanted and name}
        self._bound = bind_roles(wanted, named, self.config) if wanted else {}
        self._shared = {role: cast(Model, _Shared(model)) for role, model in self._bound.items()}

    @property
    def simulated(self) -> bool:
        """Whether any model is no model."""
        return self.reader is not None or self.played is not None

    @property
    def words(self) -> str:
        """The models by their names."""
        names = {role: model.name for role, model in self._bound.items()}
        if self.reader is not None:
            names["sub"] = self.reader.name
        if self.played is not None:
            names["root"] = self.played
        return ", ".join(f"{role} {name}" for role, name in sorted(names.items(), reverse=True))

    def sub(self, task: Task, seed: int) -> Model:
        """The model that the steps of one trial ask."""
        if self.reader is not None:
            return self.reader.seeded(seed).model(task.knowledge)
        return self._shared["sub"]

    def root(self, task: Task, one: Approach) -> Model | None:
        """The model that works in one trial; None where none does."""
        if not one.wants_root:
            return None
        if self.played is not None:
            return played_root(one.strategy, one.mode, self.played, task.knowledge)
        return self._shared.get("root")

    async def __aenter__(self) -> Models:
        self._opened = AsyncExitStack()
        for model in {id(model): model for model in self._bound.values()}.values():
            self._opened.push_async_callback(model.close)
            await model.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._opened.aclose()


class _Shared:
    """A model that outlives the runs which open and close it."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    async def open(self) -> None:
        """It is open."""

    async def close(self) -> None:
        """It stays open."""


@dataclass(frozen=True)
class Trial:
    """One run of an approach on a case. Seconds are wall time; tokens as they were counted."""

    approach: str
    size: int
    seed: int
    form: str
    score: float
    status: str
    characters: int
    calls: int
    root_tokens: int
    sub_tokens: int
    seconds: float
    usd: Decimal
    answer: object = None

    def as_record(self) -> dict[str, object]:
        """The same as JSON."""
        return {**asdict(self), "usd": str(self.usd), "answer": str(self.answer)}


async def trials(
    task: Task,
    approaches: Sequence[Approach],
    models: Models,
    sizes: Sequence[int],
    seeds: Sequence[int],
    *,
    questions: int | None = None,
) -> AsyncIterator[Trial]:
    """A trial of each approach on each case. `questions`: the most cases of a size and seed."""
    async with models:
        for size, seed in product(sizes, seeds):
            for number, case in enumerate(task.cases(size, seed)[:questions]):
                for one in approaches:
                    yield await trial(task, one, case, models, size, seed, number)


async def trial(
    task: Task, one: Approach, case: Case, models: Models, size: int, seed: int, number: int = 0
) -> Trial:
    """One run. An answer that is not complete is worth nothing."""
    outcome = await run(job(task, one, case, models, seed + _APART * number))
    score, answer = 0.0, None
    if outcome.status == "complete" and outcome.answer is not None:
        use = case.use(one.named, _parameters(one))
        given = outcome.answer.cited
        answer = use.said(outcome.answer.value if given is None else given, one.share)
        score = scored(task, case, answer)
    root = outcome.root.usage.root.tokens if outcome.root else 0
    return Trial(
        approach=one.name,
        size=size,
        seed=seed,
        form=case.form,
        score=score,
        status=outcome.status,
        characters=sum(map(len, case.docs.values())),
        calls=outcome.calls,
        root_tokens=root,
        sub_tokens=outcome.spent.tokens - root,
        seconds=outcome.seconds,
        usd=outcome.spent.usd,
        answer=answer,
    )


def job(task: Task, one: Approach, case: Case, models: Models, seed: int) -> Job:
    """The run of an approach on a case, ready to begin. Raises `StrategyError`."""
    docs = thinned(case.docs, one.share, seed)
    corpus = Corpus(tuple(Document(name, text) for name, text in docs.items()))
    inputs = [p.name for p in one.strategy.main.parameters if p.type in (CORPUS, DOCUMENT)]
    return one.strategy.prepare(
        inputs=dict.fromkeys(inputs[:1], corpus),
        sub=models.sub(task, seed),
        root=models.root(task, one),
        roots=RootOptions(free=one.mode == "free", unsafe=models.unsafe),
        config=models.config,
        width=models.width,
        trust=True,
        **case.use(one.named, _parameters(one)).values,  # type: ignore[arg-type]  # by name
    )


def _parameters(one: Approach) -> list[str]:
    return [parameter.name for parameter in one.strategy.main.parameters]
