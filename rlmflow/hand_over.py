"""A strategy handed over: other programs play the root, its steps run here.

with rlmflow.load("obligations.rlm").hand_over("contracts/", sub="openai/gpt-5-mini") as work:
    rlm = RLM(…, custom_system_prompt=work.prompt("rlms"), custom_tools=work.names)
    rlm.completion(work.context)
print(work.outcome.status, work.outcome.answer.value)
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from threading import Event, Thread
from types import TracebackType
from typing import Any, TypeAlias

from rlmflow.graph.model import ANSWER
from rlmflow.runtime.conduct import Conduct
from rlmflow.runtime.job import Job
from rlmflow.runtime.limits import effective_limits
from rlmflow.runtime.outcome import Outcome
from rlmflow.runtime.repl.worker.items import Failed
from rlmflow.runtime.repl.worker.offered import Step, Steps
from rlmflow.runtime.root.handed import Hands, handed
from rlmflow.targets.dialects import DIALECTS
from rlmflow.targets.prompt import Terms

CarriedOut: TypeAlias = Callable[[Conduct], Awaitable[Outcome]]


class NotBegun(Exception):
    """The run ended before its steps could be asked for. The message says why."""


@dataclass
class HandedOver:
    """A run whose root is another program's. Use it in a `with` block.

    Its methods block, may be called from any thread, and raise `Refused` for what makes no
    sense. After the block `outcome` says how the run ended; the answer is the last that
    `accept` took.
    """

    job: Job
    carried_out: CarriedOut
    _hands: Hands | None = None
    _outcome: Outcome | None = None
    _error: BaseException | None = None
    _begun: Event = field(default_factory=Event)
    _thread: Thread | None = None

    def __enter__(self) -> HandedOver:
        self._thread = Thread(target=self._carry_out, name="rlmflow", daemon=True)
        self._thread.start()
        self._begun.wait()
        if self._hands is None:
            self._thread.join()
            raise self._error or NotBegun(_why(self._outcome))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._given.close()
        assert self._thread is not None
        self._thread.join()
        if self._error is not None:
            raise self._error from error

    @property
    def outcome(self) -> Outcome:
        """How the run ended. Raises `RuntimeError` while it goes on."""
        if self._outcome is None:
            raise RuntimeError("the run goes on: its outcome is there after the `with` block")
        return self._outcome

    @property
    def context(self) -> str | dict[str, str]:
        """The first input: a text if it is one document, else texts by name."""
        return self._given.context

    @property
    def parameters(self) -> dict[str, object]:
        """The other parameters, by the names of their variables."""
        return self._given.parameters

    @property
    def steps(self) -> Steps:
        """The steps: `work.steps.found()`, `work.steps.found(items)`, `work.steps.answer()`."""
        return self._given.steps

    def accept(self, value: object) -> str:
        """Hold a value against the answer's type and the contract; the answer as a text.

        Raises `Refused` with what is missing.
        """
        return self._given.accept(value)

    def prompt(self, dialect: str, *, hints: bool = True) -> str:
        """What the root is told, for one of `rlms` and `dspy`. Raises `KeyError` for others."""
        limits = effective_limits(self.job.main.limits, self.job.limits)
        terms = Terms(hints=hints, limits=limits, dialect=DIALECTS[dialect])
        return self._given.prompt(self.job.program, terms)

    @property
    def names(self) -> dict[str, object]:
        """What code in a REPL in this process is given, by name; `context` beside it."""
        return {
            **self.parameters,
            "steps": self.steps,
            "accept": self.accept,
            "Failed": Failed,
        }

    @property
    def functions(self) -> list[Callable[..., Any]]:
        """The same for a REPL to which no objects cross: `run_NAME` for each step, `accept`.

        They take and give plain values.
        """

        def accept(value: Any) -> str:
            """Hold a value against the answer's type and the contract; the answer as a text."""
            return self.accept(value)

        # What is no plain function some runtimes can't call.
        return [*map(self._function, [*self._given.call.stepwise.step_names, ANSWER]), accept]

    def _function(self, step: str) -> Callable[..., Any]:
        run = Step(self._given.ask, step)

        def run_step(items: list[Any] | None = None) -> Any:
            return _plain(run(items))

        run_step.__name__ = run_step.__qualname__ = f"run_{step}"
        run_step.__doc__ = f"Runs the step `{step}`, and what it needs."
        return run_step

    @property
    def _given(self) -> Hands:
        if self._hands is None:
            raise RuntimeError("the run has not begun: use `hand_over` in a `with` block")
        return self._hands

    def _carry_out(self) -> None:
        try:
            self._outcome = asyncio.run(self._run())
        except BaseException as error:
            self._error = error
        finally:
            self._begun.set()

    async def _run(self) -> Outcome:
        def begun(hands: Hands) -> None:
            self._hands = hands
            self._begun.set()

        return await self.carried_out(partial(handed, self.job, begun))


def _why(outcome: Outcome | None) -> str:
    reasons: Iterable[str] = (failure.reason for failure in outcome.failures) if outcome else ()
    return next(iter(reasons), "it could not be begun")


def _plain(value: Any) -> Any:
    """A value that any REPL can be sent: what failed is None, a date its text."""
    match value:
        case Failed():
            return None
        case bool() | None:
            return value
        case str():
            return str(value)
        case int():
            return int(value)
        case float():
            return float(value)
        case date():
            return value.isoformat()
        case dict():
            return {key: _plain(held) for key, held in value.items()}
        case _:
            return [_plain(one) for one in value]
