"""One call to a model: inside the run's width and budget, tried again where that may help."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from math import ceil
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception

from rlmflow.journal.key import Occasion
from rlmflow.models._protocol import Model, ModelFailure, Reply, Request
from rlmflow.models.token_bounds import beside_tokens, counts_exactly
from rlmflow.operators._parameters import Amount
from rlmflow.operators._step import Shown, Unanswered
from rlmflow.runtime.clock import Surroundings
from rlmflow.runtime.events import CallDone, Listener
from rlmflow.runtime.limits import NOTHING, Budget, Cost, OverBudget
from rlmflow.runtime.openings import Openings
from rlmflow.runtime.recall import Recall
from rlmflow.runtime.schedule.line import Line, Turn
from rlmflow.runtime.schedule.order import FIRST, Order
from rlmflow.runtime.schedule.scheduler import Place, Scheduler
from rlmflow.runtime.stopping import Stopping

T = TypeVar("T")
_ATTEMPTS = 4
_ATTEMPTS_WHEN_LIMITED = 10
_LONGEST_WAIT = 60.0
_LONGEST_ASKED = 3600.0
_LEAST_RETRIES = 5
# Failures of calls that were never read, and so cost nothing.
_UNREAD = ("rate-limit", "not-allowed", "too-long", "unreachable")
_TIME_IS_UP = "the run's time is up"


class Repeats:
    """How many calls a step may repeat: a share of its calls, or a number.

    The share is never less than a handful, unless the author says so.
    """

    def __init__(self, allowed: Amount, *, pinned: bool) -> None:
        self._allowed = allowed
        self._least = 0 if pinned else _LEAST_RETRIES
        self.calls = 0
        self.used = 0

    def take(self, calls: int = 1) -> bool:
        """Use so many repeats; False, and none is used, where fewer are left."""
        if self.used + calls > self.most(self.calls):
            return False
        self.used += calls
        return True

    def most(self, calls: int) -> int:
        """The most repeats that a step of so many calls may make."""
        if self._allowed.unit != "%":
            return int(self._allowed.value)
        return max(self._least, ceil(self._allowed.value * calls / 100))


@dataclass
class Caller:
    """Sends requests to one model for one step. `scheduler` gives each call its place.

    `deadline` is a time of the event loop; `began` the clock's time when the run began.
    `patience`: seconds after which a call is given up; None leaves that to the model.
    `role` is what the model is bound to; `order` says which steps go before others.
    `recall`: the replies that the run has already; `occasion` tells apart steps that ask
    the same. `stopping`: whether it may start calls. `openings`: what the first call opens.
    """

    step: str
    model: Model
    budget: Budget
    repeats: Repeats
    scheduler: Scheduler
    surroundings: Surroundings
    tell: Listener
    deadline: float | None = None
    began: float = 0.0
    role: str = ""
    patience: float | None = None
    order: Order = FIRST
    recall: Recall | None = None
    occasion: Occasion = ()
    stopping: Stopping = field(default_factory=Stopping)
    openings: Openings = field(default_factory=Openings)
    line: Line[Place] = field(init=False)

    def __post_init__(self) -> None:
        self.line = self.scheduler.line(self.model.name)

    async def send(self, request: Request, shown: Sequence[Shown]) -> Reply:
        """The reply to a request that is about `shown`. Raises `Unanswered`.

        One that the run has already is not asked for.
        """
        if self.recall is None:
            return await self._sent(request, shown)
        return await self.recall.reply(self, request, shown, partial(self._sent, request, shown))

    def writing(self) -> AbstractContextManager[None]:
        """While a reply is on its way to the disk: too many of these hold back new calls."""
        return self.scheduler.writing()

    async def _sent(self, request: Request, shown: Sequence[Shown]) -> Reply:
        turn = self.scheduler.turn(self.order)
        if not self.openings.done:
            if (over := self._is_over()) is not None:
                raise over
            await self._in_time(self.openings.open())
        try:
            try:
                return await self._attempt(request, shown, turn)
            except ModelFailure as failure:
                return await self._repeated(failure, request, shown, turn)
        except OverBudget as over:
            raise Unanswered(str(over), over=True) from None
        except ModelFailure as failure:
            unusable = failure.kind in ("cut-off", "refused", "empty", "malformed", "truncated")
            late = failure.kind == "timeout" and self._is_late(0.0)
            reason = f"{failure.kind}: {failure}"
            raise Unanswered(reason, unusable=unusable, over=late) from None

    async def _repeated(
        self, first: ModelFailure, request: Request, shown: Sequence[Shown], turn: Turn
    ) -> Reply:
        """Try again after a first failure, as often and as late as it allows."""
        failures = [first]
        attempts = Counter[bool]()

        async def attempt() -> Reply:
            if failures:
                raise failures.pop()
            return await self._attempt(request, shown, turn)

        def may_repeat(error: BaseException) -> bool:
            """A call that was turned away for the rate is not one that the step repeats."""
            if not isinstance(error, ModelFailure) or not error.again:
                return False
            limited = error.later
            attempts[limited] += 1
            most = _ATTEMPTS_WHEN_LIMITED if limited else _ATTEMPTS
            return attempts[limited] < most and (limited or self.repeats.take())

        retrying = AsyncRetrying(
            retry=retry_if_exception(may_repeat), wait=self._pause, sleep=self._wait
        )
        return await retrying(attempt)

    async def _attempt(self, request: Request, shown: Sequence[Shown], turn: Turn) -> Reply:
        """One attempt, in a place of its own, paid for in advance at its worst case."""
        tokens_in = self._counted(request) + beside_tokens(request)
        worst = self._cost(tokens_in, request.max_output)
        place = self.scheduler.try_place(self.line, worst.tokens)
        if place is None:
            place = await self._in_time(
                self.scheduler.place(self.line, turn, worst.tokens, self._too_long)
            )
        used, problem, took = NOTHING, None, None
        try:
            if not self.budget.try_reserve(worst):
                await self._in_time(self.budget.reserve(worst))
            if (over := self._is_over()) is not None:
                self.budget.settle(worst, NOTHING)
                raise over
            used = worst
            place.send(self.step)
            started = self.surroundings.clock.now()
            try:
                reply = await self._reply(request)
                took = self.surroundings.clock.now() - started
                used = self._used(reply.usage.tokens_in, reply.usage.tokens_out, worst)
                return reply
            except ModelFailure as failure:
                problem = f"{failure.kind}: {failure}"
                used = self._charged(failure, worst)
                if failure.later:
                    place.turned_away(failure)
                raise
            finally:
                self.budget.settle(worst, used)
                self._told(request, shown, used, started, problem)
        finally:
            place.leave(used.tokens, took)

    def _counted(self, request: Request) -> int:
        """Tokens of a request's messages; what the model is sure not to take is not sent."""
        tokens, window = self.model.count_tokens(request.messages), self.model.window
        if window is not None and tokens > window and counts_exactly(self.model):
            message = f"the call has {tokens:,} tokens, and {self.model.name} takes {window:,}"
            raise ModelFailure("too-long", message, again=False)
        return tokens

    async def _in_time(self, wait: Awaitable[T]) -> T:
        """What is waited for, if it comes before the run's time is up, or it is to stop."""
        try:
            async with asyncio.timeout_at(self.deadline) as waiting:
                with self.stopping.ends(waiting):
                    return await wait
        except TimeoutError:
            if not waiting.expired():
                raise
            raise Unanswered(self.stopping.reason or _TIME_IS_UP, over=True) from None

    async def _reply(self, request: Request) -> Reply:
        """What the model replies, if it does in time."""
        if self.deadline is None and self.patience is None:
            return await self.model.complete(request)
        try:
            async with asyncio.timeout_at(self.deadline), asyncio.timeout(self.patience):
                return await self.model.complete(request)
        except TimeoutError:
            raise ModelFailure("timeout", self._too_slow(), again=False) from None

    def _charged(self, failure: ModelFailure, worst: Cost) -> Cost:
        """What a failed attempt is taken to cost: nothing where it was turned away unread."""
        if failure.later or failure.kind in _UNREAD:
            return NOTHING
        return self._used(failure.usage.tokens_in, failure.usage.tokens_out, worst)

    def _used(self, tokens_in: int | None, tokens_out: int | None, worst: Cost) -> Cost:
        return self._cost(
            worst.tokens_in if tokens_in is None else tokens_in,
            worst.tokens_out if tokens_out is None else tokens_out,
        )

    def _cost(self, tokens_in: int, tokens_out: int) -> Cost:
        price = self.model.price
        if price is None:
            return Cost(1, tokens_in, tokens_out)
        each_in, each_out = price.of(tokens_in)
        usd = tokens_in * each_in + tokens_out * each_out
        return Cost(1, tokens_in, tokens_out, Decimal(repr(usd)))

    def _told(
        self,
        request: Request,
        shown: Sequence[Shown],
        used: Cost,
        started: float,
        problem: str | None,
    ) -> None:
        now = self.surroundings.clock.now()
        self.tell(
            CallDone(
                step=self.step,
                model=self.model.name,
                items=tuple(piece.item.id for piece in shown),
                sample=request.sample,
                tokens_in=used.tokens_in,
                tokens_out=used.tokens_out,
                most_tokens_out=request.max_output,
                usd=used.usd,
                seconds=round(now - started, 4),
                at=round(started - self.began, 4),
                charged=used is not NOTHING,
                problem=problem,
                role=self.role,
                turn=sum(message.role == "assistant" for message in request.messages),
            )
        )

    def _is_over(self) -> Unanswered | None:
        """Why no call may start any more."""
        reason = self.stopping.reason or (_TIME_IS_UP if self._is_late(0.0) else None)
        return None if reason is None else Unanswered(reason, over=True)

    def _is_late(self, wait: float) -> bool:
        """Whether the run's time is up so many seconds from now."""
        if self.deadline is None:
            return False
        return asyncio.get_running_loop().time() + wait >= self.deadline

    def _too_slow(self) -> str:
        """Why a call was given up before its reply came."""
        if self.patience is None or self._is_late(0.0):
            return _TIME_IS_UP
        return f"no reply within {self.patience:g} seconds"

    async def _wait(self, seconds: float) -> None:
        if not seconds:
            return
        if (problem := self._too_long(seconds)) is not None:
            raise problem
        await self._in_time(self.surroundings.clock.sleep(seconds))

    def _too_long(self, seconds: float) -> Unanswered | None:
        """Why a call does not wait for so long."""
        if seconds > _LONGEST_ASKED:
            most = f"{_LONGEST_ASKED / 60:.0f} minutes"
            return Unanswered(f"the endpoint asks to wait for more than {most}")
        if self._is_late(seconds):
            reason = f"{_TIME_IS_UP} before the endpoint may be asked again"
            return Unanswered(reason, over=True)
        return None

    def _pause(self, state: RetryCallState) -> float:
        """Seconds before a call is sent again; 0 where its provider makes all calls wait."""
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, ModelFailure):
            if error.later:
                return 0.0
            if error.after is not None:
                return error.after
        grown = min(0.5 * 2.0**state.attempt_number, _LONGEST_WAIT)
        return grown * (0.5 + self.surroundings.chance.random() / 2)
