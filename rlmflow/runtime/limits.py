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

    A strategy that is called has a budget of its own inside its caller's (`parent`):
    a call must fit both.
    """

    def __init__(self, limits: Limits, parent: Budget | None = None) -> None:
        self.limits = limits
        self.spent = NOTHING
        self._reserved = NOTHING
        self._parent = parent
        self._settled = asyncio.Event()

    def left(self) -> Limits:
        """What calls, tokens and money this budget, and those around it, still allow."""
        spent, own, outer = self.spent + self._reserved, self.limits, Limits()
        if self._parent is not None:
            outer = self._parent.left()
        return Limits(
            calls=_least(own.calls, spent.calls, outer.calls),
            tokens=_least(own.tokens, spent.tokens, outer.tokens),
            usd=_least(own.usd, spent.usd, outer.usd),
        )

    async def reserve(self, worst: Cost) -> None:
        """Set aside the worst case of a call; waits while calls under way may free enough.

        Raises `OverBudget`.
        """
        while (over := self._over(self._reserved + worst)) is not None:
            if self._over(worst) is not None or self._reserved == NOTHING:
                raise OverBudget(f"over the budget: {over}")
            await self._settled.wait()
        self._reserved += worst
        if self._parent is None:
            return
        try:
            await self._parent.reserve(worst)
        except OverBudget:
            self._release(worst)
            raise

    def settle(self, worst: Cost, used: Cost) -> None:
        """Give back a reservation and book what was really used."""
        self.spent += used
        self._release(worst)
        if self._parent is not None:
            self._parent.settle(worst, used)

    def _release(self, worst: Cost) -> None:
        self._reserved -= worst
        event, self._settled = self._settled, asyncio.Event()
        event.set()

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
