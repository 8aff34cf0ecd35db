"""The roots below a root: each with a task, texts to read and a REPL of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from rlmflow.graph.model import Limits
from rlmflow.operators._step import Unanswered
from rlmflow.runtime.events import ItemFailed
from rlmflow.runtime.repl.session import Refused
from rlmflow.runtime.repl.wire import Failure
from rlmflow.runtime.root.crossing import Crossing
from rlmflow.runtime.root.functions import ChildTask
from rlmflow.runtime.root.loop import Ending
from rlmflow.runtime.root.settings import RootSettings
from rlmflow.runtime.root.sub_calls import side_by_side
from rlmflow.runtime.root.work import Work
from rlmflow.targets.prompt import Shape, child_prompt
from rlmflow.types import TEXT
from rlmflow.values import Item

# Each is a process, with the texts that it was given.
_MOST_AT_A_TIME = 8


@dataclass
class ChildRoots:
    """Starts the roots below one at `level`. `work`: has a root do its work, one level down.

    `limits`: what the run still allows; `window`: of the sub-model. `failed`: tasks that
    have no answer; one that is set again, and done, is taken out.
    """

    work: Callable[[Work], Awaitable[Ending]]
    settings: RootSettings
    limits: Callable[[], Limits]
    window: int | None
    step: str
    level: int
    failed: dict[ChildTask, ItemFailed] = field(default_factory=dict)

    async def ask(self, tasks: Sequence[ChildTask]) -> list[str | Failure]:
        """The answer to each task, or a `Failure`. Raises `Refused` where none may stand."""
        depth = self.settings.depth
        if self.level >= depth:
            raise Refused(
                f"no root may stand below this one (--depth {depth}): "
                "use llm_query or llm_batch, on smaller pieces where it is too much for one call"
            )
        return await side_by_side([partial(self._answer, task) for task in tasks], _MOST_AT_A_TIME)

    async def _answer(self, task: ChildTask) -> str | Failure:
        reason = "it has no answer"
        try:
            ending = await self.work(self._work(task))
        except Unanswered as failed:
            reason = str(failed)
        else:
            if ending.reason is None and isinstance(ending.made, Item):
                self.failed.pop(task, None)
                return str(ending.made.value)
            reason = ending.reason or reason
        self.failed[task] = ItemFailed(self.step, f"task {task.task[:60]!r}", None, reason)
        return Failure(reason)

    def _work(self, task: ChildTask) -> Work:
        turns = self.settings.turns
        level = self.level + 1
        terms = self.settings.terms(
            level=level, turns=turns, window=self.window, limits=self.limits()
        )
        lasting = replace(terms, limits=Limits())
        shape = Shape(len(task.texts), sum(len(text) for _, text in task.texts))
        return Work(
            step=self.step,
            system=child_prompt(task.task, shape=shape, terms=terms),
            returns=TEXT,
            documents=task.texts,
            turns=turns,
            crossing=Crossing(),
            names={"task": task.task},
            lasting=child_prompt(task.task, shape=shape, terms=lasting),
        )
