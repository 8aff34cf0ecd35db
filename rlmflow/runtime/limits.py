"""Budgets: a call starts only if its worst case fits what is left."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from rlmflow.graph.model import Limits


class OverBudget(Exception):
    """A call that would not fit what is left, even once all calls under way are settled."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What calls use. `usd` is 0 where no price is known."""

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    usd: Decimal = Decimal(0)

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.calls + other.calls,
            self.tokens_in + other.tokens_in,
            self.tokens_out + other.tokens_out,
            self.usd + other.usd,
        )

    def __sub__(self, other: Cost) -> Cost:
        return Cost(
            self.calls - other.calls,
            self.tokens_in - other.tokens_in,
            self.tokens_out - other.tokens_out,
            self.usd - other.usd,
        )

    @property
    def tokens(self) -> int:
        return self.tokens_in + self.tokens_out


NOTHING = Cost()


class Budget:
    """What a strategy may use, and what it has used and reserved.

    A strategy that is called has a budget of its own inside its caller's: a call must fit
    every budget around it, and takes from all of them at once or from none. Who must wait
    is served in order of arrival: a small call never passes a large one that waits for
    the same limit. `deadline`: the loop's time at which its calls are cancelled.
    """

    def __init__(
        self, limits: Limits, parent: Budget | None = None, deadline: float | None = None
    ) -> None:
        self.limits = limits
        self.deadline = deadline
        self.spent = NOTHING
        self.reserved = NOTHING
        self._is_limited = (limits.calls, limits.tokens, limits.usd) != (None, None, None)
        self._around: tuple[Budget, ...] = (self, *(parent._around if parent else ()))
        self._waiting: dict[asyncio.Future[None], _Waiting] = parent._waiting if parent else {}

    def inside(self, limits: Limits) -> Budget:
        """The budget of a call of a strategy that begins now, within this one."""
        ends = [self.deadline] if self.deadline is not None else []
        if limits.seconds is not None:
            ends.append(asyncio.get_running_loop().time() + limits.seconds)
        return Budget(limits, self, min(ends, default=None))

    def left(self) -> Limits:
        """What calls, tokens and money this budget, and those around it, still allow."""
        left = Limits()
        for budget in self._around:
            used, own = budget.spent + budget.reserved, budget.limits
            left = Limits(
                calls=_least(own.calls, used.calls, left.calls),
                tokens=_least(own.tokens, used.tokens, left.tokens),
                usd=_least(own.usd, used.usd, left.usd),
            )
        return left

    def try_reserve(self, worst: Cost) -> bool:
        """Set aside the worst case of a call, if that needs no wait; whether it was."""
        if self._waiting:
            return False
        if any(each._is_limited and each._over(each.reserved + worst) for each in self._around):
            return False
        for each in self._around:
            each.reserved += worst
        return True

    async def reserve(self, worst: Cost) -> None:
        """Set aside the worst case of a call; waits while calls under way may free enough.

        Raises `OverBudget` where it would not fit even if they all came to nothing.
        """
        if self.try_reserve(worst):
            return
        granted = asyncio.get_running_loop().create_future()
        self._waiting[granted] = _Waiting(self, worst)
        self._serve()
        try:
            await granted
        except asyncio.CancelledError:
            if self._waiting.pop(granted, None) is None and _is_granted(granted):
                self._release(worst)
            self._serve()
            raise

    def settle(self, worst: Cost, used: Cost) -> None:
        """Give back a reservation and book what was really used."""
        for budget in self._around:
            budget.spent += used
        self._release(worst)
        if self._waiting:
            self._serve()

    def _release(self, worst: Cost) -> None:
        for budget in self._around:
            budget.reserved -= worst

    def _serve(self) -> None:
        """Grant or refuse what can be, in order of arrival; a full budget holds up its own."""
        full: set[Budget] = set()
        for granted, waiting in list(self._waiting.items()):
            if granted.cancelled():
                continue
            around = waiting.budget._around
            refused = [over for each in around if (over := each._over(waiting.worst))]
            if refused:
                del self._waiting[granted]
                granted.set_exception(OverBudget(f"over the budget: {refused[0]}"))
                continue
            short = {each for each in around if each._over(each.reserved + waiting.worst)}
            if short or not full.isdisjoint(around):
                full |= short
                continue
            for each in around:
                each.reserved += waiting.worst
            del self._waiting[granted]
            granted.set_result(None)

    def _over(self, more: Cost) -> str | None:
        """Which limit is passed by what is spent and `more`, in words."""
        total, limits = self.spent + more, self.limits
        if limits.calls is not None and total.calls > limits.calls:
            return f"within {limits.calls:,} calls"
        if limits.tokens is not None and total.tokens > limits.tokens:
            return f"within {limits.tokens:,} tokens"
        if limits.usd is not None and total.usd > limits.usd:
            return f"within {limits.usd} USD"
        return None


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A call whose worst case is to be set aside."""

    budget: Budget
    worst: Cost


def _is_granted(granted: asyncio.Future[None]) -> bool:
    return granted.done() and not granted.cancelled() and granted.exception() is None


Number = TypeVar("Number", int, Decimal)


def _least(limit: Number | None, spent: Number, outer: Number | None) -> Number | None:
    """What is left of a limit, or of the one around it, whichever is less."""
    own = None if limit is None else max(limit - spent, spent - spent)
    if own is None or outer is None:
        return outer if own is None else own
    return min(own, outer)


def effective_limits(strategy: Limits, given: Limits) -> Limits:
    """The tighter of two sets of limits, each for itself."""

    def least(*values: Any) -> Any:
        known = [value for value in values if value is not None]
        return min(known) if known else None

    return Limits(
        calls=least(strategy.calls, given.calls),
        tokens=least(strategy.tokens, given.tokens),
        usd=least(strategy.usd, given.usd),
        seconds=least(strategy.seconds, given.seconds),
        levels=strategy.levels,
    )
