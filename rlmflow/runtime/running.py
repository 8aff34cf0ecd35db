"""What all strategies of one run share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rlmflow.graph.model import Program, StrategyGraph
from rlmflow.journal.key import Occasion
from rlmflow.models._protocol import Model
from rlmflow.operators._operator import Call
from rlmflow.operators._step import Result
from rlmflow.runtime.calling import Caller, Repeats
from rlmflow.runtime.clock import Surroundings
from rlmflow.runtime.contract import Contract, Judgements
from rlmflow.runtime.events import Listener
from rlmflow.runtime.ledger import Ledger
from rlmflow.runtime.limits import Budget
from rlmflow.runtime.names import Made
from rlmflow.runtime.occasions import Occasions
from rlmflow.runtime.openings import Openings
from rlmflow.runtime.python_files import NO_FILES, LoadedFunction, PythonFiles
from rlmflow.runtime.recall import Recall
from rlmflow.runtime.schedule.order import FIRST, Order, Position, positions
from rlmflow.runtime.schedule.pace import Pacing
from rlmflow.runtime.schedule.scheduler import Scheduler
from rlmflow.runtime.step import Explorer, RunningStep
from rlmflow.runtime.stopping import Stopping
from rlmflow.runtime.tools.toolbox import EMPTY, Toolbox
from rlmflow.values import Stream, Unread

ModelOf = Callable[[str, Call], Model]


@dataclass(frozen=True)
class StepMade:
    """What a step was given and what it made, for those who watch a run. Lists may still grow.

    `bound`: its arguments by the names of its operator's parameters.
    """

    step: RunningStep
    inputs: tuple[Stream, ...]
    made: Made | Result
    bound: Mapping[str, object] = field(default_factory=dict)


Observer = Callable[[StepMade], None]

UNDER_WAY_FOR_EACH_PLACE = 2
"""Pieces of work that a step has ready for each place, so that none stays free."""


@dataclass
class Running:
    """What all strategies of one run share.

    `unreadable`: input that is no text, by parameter. `contract`: of the main strategy's
    call, once it has begun; `calls_held`: whether the calls of others held theirs, where
    `judges` says to look. `pacing`: what models and providers allow. `recall`: the replies
    that it has already. `stopping`: whether it may start calls. `openings`: of its models.
    """

    program: Program
    model_of: ModelOf
    tell: Listener
    width: int
    surroundings: Surroundings
    tasks: asyncio.TaskGroup
    ledger: Ledger = field(default_factory=Ledger)
    deadline: float | None = None
    began: float = 0.0
    limit: int | None = None
    observe: Observer | None = None
    files: PythonFiles = NO_FILES
    toolbox: Toolbox = EMPTY
    explorer: Explorer | None = None
    unreadable: Mapping[str, Sequence[Unread]] = field(default_factory=dict)
    judges: bool = True
    contract: Contract | None = None
    calls_held: Judgements = field(default_factory=Judgements)
    pacing: Mapping[str, Pacing] = field(default_factory=dict)
    recall: Recall | None = None
    stopping: Stopping = field(default_factory=Stopping)
    openings: Openings = field(default_factory=Openings)
    scheduler: Scheduler = field(init=False)
    _rooms: dict[tuple[str, str, int], asyncio.Semaphore] = field(default_factory=dict)
    _positions: dict[str, Mapping[str, Position]] = field(default_factory=dict)
    steps: list[RunningStep] = field(default_factory=list)
    occasions: Occasions = field(init=False)

    def __post_init__(self) -> None:
        self.scheduler = Scheduler(
            self.width, self.surroundings, self.tell, self.pacing, self.began
        )
        self.occasions = Occasions(self.program)

    def room(self, strategy: str, step: str, level: int) -> asyncio.Semaphore:
        """Bounds the pieces of work that a step has under way, in all calls of its strategy.

        Calls so many levels down share it; those above and below have their own, so none
        waits for itself.
        """
        key = (strategy, step, level)
        if key not in self._rooms:
            self._rooms[key] = asyncio.Semaphore(UNDER_WAY_FOR_EACH_PLACE * self.width)
        return self._rooms[key]

    def positions(self, strategy: StrategyGraph) -> Mapping[str, Position]:
        """How far along each step of a strategy is."""
        if strategy.name not in self._positions:
            self._positions[strategy.name] = positions(strategy)
        return self._positions[strategy.name]

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        self.tasks.create_task(work)

    def python(self, function: str, deadline: float | None) -> LoadedFunction:
        """A Python function by its id. `deadline`: when its calls end."""
        return self.files.get(function, deadline)

    def caller(
        self,
        step: str,
        model: Model,
        budget: Budget,
        repeats: Repeats,
        role: str,
        order: Order = FIRST,
        occasion: Occasion = (),
    ) -> Caller:
        """Who sends a step's requests to a model, within what the run and `budget` allow."""
        return Caller(
            step=step,
            model=model,
            budget=budget,
            repeats=repeats,
            scheduler=self.scheduler,
            surroundings=self.surroundings,
            tell=self.tell,
            deadline=budget.deadline,
            began=self.began,
            role=role,
            order=order,
            recall=self.recall,
            occasion=occasion,
            stopping=self.stopping,
            openings=self.openings,
        )
