"""Roots at work: what one needs to run, the roots below it, and what it is told of the host."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from rlmflow.graph.model import Limits
from rlmflow.models._protocol import Model
from rlmflow.operators._parameters import Amount
from rlmflow.operators._step import Unanswered
from rlmflow.runtime.asking import Asker
from rlmflow.runtime.calling import Caller, Repeats
from rlmflow.runtime.events import Event, ItemFailed, ItemRejected
from rlmflow.runtime.ledger import Ledger
from rlmflow.runtime.limits import Budget
from rlmflow.runtime.repl.process import ReplNotStarted
from rlmflow.runtime.repl.session import Session
from rlmflow.runtime.root import remarks
from rlmflow.runtime.root.accepting import Acceptance
from rlmflow.runtime.root.again import BlocksAgain
from rlmflow.runtime.root.children import ChildRoots
from rlmflow.runtime.root.functions import Functions
from rlmflow.runtime.root.history import History
from rlmflow.runtime.root.loop import Ending, Loop, Mind
from rlmflow.runtime.root.minds import ModelMind
from rlmflow.runtime.root.settings import RootSettings
from rlmflow.runtime.root.sub_calls import SubCalls
from rlmflow.runtime.root.usage import ROOT, Usage
from rlmflow.runtime.root.work import Work
from rlmflow.runtime.running import Running
from rlmflow.runtime.schedule.order import LAST
from rlmflow.runtime.step import RunningStep

SUB = "sub"
MOST_CALLS = 1000
"""The most calls that the code of one root may lead to where the run has no limit of calls."""

REPLY_TOKENS = 8192
ROOM = 64_000
"""The most tokens that a request to a root may have: its history is folded to fit."""

_SHARE_OF_WINDOW = 4
RETRIES = Amount(10, "%")
_MOST_TOLD = 5


@dataclass
class Roots:
    """Starts the roots of one run. `models`: by role; see `model_at`.

    `ledger`: where what their code has shown is booked.
    """

    running: Running
    settings: RootSettings
    models: Mapping[str, Model]
    usage: Usage
    ledger: Ledger
    troubles: list[ItemFailed | ItemRejected] = field(default_factory=list)

    def hear(self, event: Event) -> None:
        """Keep what a root is to be told of the steps that it runs."""
        if isinstance(event, ItemFailed | ItemRejected):
            self.troubles.append(event)

    def for_step(self, step: RunningStep, caller: Caller, depth: int | None) -> Roots:
        """The same for a root inside a step, whose model, and others that it asks, are its own."""
        asked = {role: self.running.model_of(role, step.call) for role in step.call.roles[1:]}
        settings = self.settings if depth is None else replace(self.settings, depth=depth)
        models = {**self.models, ROOT: caller.model, **asked}
        return replace(self, settings=settings, models=models, ledger=step.ledger)

    def model_at(self, level: int) -> Model:
        """The model of the roots at a level: of the role `root`, or `root1`, `root2` … below."""
        roles = [ROOT, *(f"{ROOT}{below}" for below in range(1, level + 1))]
        return self.models[next(role for role in reversed(roles) if role in self.models)]

    @property
    def sub(self) -> Model | None:
        """The sub-model; None where there is none."""
        return self.models.get(SUB)

    @property
    def sub_window(self) -> int | None:
        return self.sub.window if self.sub else None

    async def work(self, work: Work, budget: Budget, calls: Budget, level: int = 0) -> Ending:
        """Have a root do its work. What got no answer on the way is told at its end.

        `budget` is what it spends from itself, `calls` what its code leads to; see
        `improvised`. Raises `Unanswered` where its REPL can't be started.
        """
        subs = self._subs(work.step, calls)
        children = ChildRoots(
            work=partial(self.work, budget=calls, calls=calls, level=level + 1),
            settings=self.settings,
            limits=calls.left,
            window=self.sub_window,
            step=f"{work.step}/rlm",
            level=level,
        )
        functions = Functions(work.crossing, subs, children, work.stepwise)
        session = Session(
            documents=work.documents,
            names=work.names,
            step_names=work.stepwise.step_names if work.stepwise else (),
            host=functions,
            isolation=self.settings.isolation,
            limits=self.settings.limits,
            again=self._again(work),
        )
        mind = work.mind or self._mind(work, budget, level)
        loop = Loop(
            step=work.step,
            level=level,
            mind=mind,
            repl=session,
            history=_history(work.system, mind),
            acceptance=Acceptance(work.returns, work.crossing, work.verdict),
            turns=work.turns,
            standing=partial(self._standing, work.turns, calls),
            told=self._troubles if work.stepwise else lambda: (),
            tell=self.running.tell,
            suggest=work.suggest,
        )
        try:
            async with session:
                ending = await loop.run()
        except ReplNotStarted as error:
            raise Unanswered(f"the REPL could not be started: {error}") from None
        for failed in (*(subs.failed.values() if subs else ()), *children.failed.values()):
            self.running.tell(failed)
        return ending

    def _again(self, work: Work) -> BlocksAgain | None:
        """What blocks that ran in an earlier process read, where that is kept."""
        if self.running.recall is None:
            return None
        named = (f"{name}\0{text}" for name, text in work.documents)
        values = (f"{name}\0{value!r}" for name, value in work.names.items())
        given = (work.lasting or work.system, *named, *values)
        return BlocksAgain(self.running.recall, work.step, given)

    def _mind(self, work: Work, budget: Budget, level: int) -> ModelMind:
        role = f"{ROOT}{level}" if level else ROOT
        model = self.model_at(level)
        caller = work.caller or self._caller(work.step, model, budget, role)
        return ModelMind(caller, work.most_tokens or reply_tokens(caller.model), work.lasting)

    def _subs(self, step: str, calls: Budget) -> SubCalls | None:
        if self.sub is None:
            return None
        caller = self._caller(f"{step}/llm", self.sub, calls, SUB)
        caller.patience, caller.order = self.settings.patience, LAST
        return SubCalls(Asker(caller, self.ledger), self.running.width, self.usage)

    def _caller(self, step: str, model: Model, budget: Budget, role: str) -> Caller:
        repeats = Repeats(RETRIES, pinned=False)
        return self.running.caller(step, model, budget, repeats, role)

    def _standing(self, turns: int, calls: Budget, turn: int) -> str:
        seconds = None
        if calls.deadline is not None:
            seconds = calls.deadline - asyncio.get_running_loop().time()
        return remarks.standing(turn, turns, calls.left(), seconds)

    def _troubles(self) -> Sequence[str]:
        """What failed in the steps since the root was last told."""
        found, self.troubles = self.troubles, []
        return remarks.troubles(found, _MOST_TOLD)


def reply_tokens(model: Model) -> int:
    """The most tokens of one reply of a root."""
    share = REPLY_TOKENS if model.window is None else model.window // _SHARE_OF_WINDOW
    return min(share, REPLY_TOKENS)


def room(model: Model, reply: int) -> int:
    """The most tokens of a request to a root that may reply with so many."""
    return ROOM if model.window is None else min(model.window - reply, ROOM)


def improvised(budget: Budget) -> Budget:
    """What a root's code may spend: a number of calls of its own where the run has no limit."""
    bounded = budget.left().calls is not None
    return budget.inside(Limits() if bounded else Limits(calls=MOST_CALLS))


def _history(system: str, mind: Mind) -> History:
    if not isinstance(mind, ModelMind):
        return History(system, remarks.OPENING, lambda _: 0)
    model = mind.caller.model
    return History(system, remarks.OPENING, model.count_tokens, room(model, mind.most_tokens))
