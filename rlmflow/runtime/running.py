"""What all strategies of one run share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rlmflow.graph.model import Program
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
from rlmflow.runtime.python_files import NO_FILES, LoadedFunction, PythonFiles
from rlmflow.runtime.step import Explorer, RunningStep
from rlmflow.runtime.tools.toolbox import EMPTY, Toolbox
from rlmflow.values import Stream, Unread

ModelOf = Callable[[str, Call], Model]


@dataclass(frozen=True)
class StepMade:
    """What a step was given and what it made, for those who watch a run. Lists may still grow."""

    step: RunningStep
    inputs: tuple[Stream, ...]
    made: Made | Result


Observer = Callable[[StepMade], None]


@dataclass
class Running:
    """What all strategies of one run share.

    `unreadable`: input that is no text, by parameter. `contract`: of the main strategy's
    call, once it has begun; `calls_held`: whether the calls of others held theirs, where
    `judges` says to look.
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
    room: asyncio.Semaphore = field(init=False)
    steps: list[RunningStep] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.room = asyncio.Semaphore(self.width)

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        self.tasks.create_task(work)

    def python(self, function: str, deadline: float | None) -> LoadedFunction:
        """A Python function by its id. `deadline`: when its calls end."""
        return self.files.get(function, deadline)

    def caller(
        self, step: str, model: Model, budget: Budget, repeats: Repeats, role: str
    ) -> Caller:
        """Who sends a step's requests to a model, within what the run and `budget` allow."""
        return Caller(
            step=step,
            model=model,
            budget=budget,
            repeats=repeats,
            room=self.room,
            surroundings=self.surroundings,
            tell=self.tell,
            deadline=budget.deadline,
            began=self.began,
            role=role,
        )
