"""The most that calls may take: numbers that may be infinite, and what limits leave of them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_UP, Decimal
from math import inf

from rlmflow.graph.model import Limits
from rlmflow.models._protocol import Price
from rlmflow.operators._most import Count, times

_SMALLEST = Decimal("1e-12")
_ENDLESS = Decimal("Infinity")


@dataclass(frozen=True)
class Amount:
    """Calls, tokens and money at most. `usd` is 0 where no price is known."""

    calls: Count = 0
    tokens_in: Count = 0
    tokens_out: Count = 0
    usd: Decimal = Decimal(0)

    @property
    def finite(self) -> bool:
        return max(self.calls, self.tokens_in, self.tokens_out) < inf

    def __add__(self, other: Amount) -> Amount:
        return Amount(
            self.calls + other.calls,
            self.tokens_in + other.tokens_in,
            self.tokens_out + other.tokens_out,
            self.usd + other.usd,
        )

    def repeated(self, often: Count) -> Amount:
        """So many times as much."""
        return Amount(
            times(self.calls, often),
            times(self.tokens_in, often),
            times(self.tokens_out, often),
            _money(self.usd, often),
        )

    def or_more(self, other: Amount) -> Amount:
        """The larger of two, each number for itself."""
        return Amount(
            max(self.calls, other.calls),
            max(self.tokens_in, other.tokens_in),
            max(self.tokens_out, other.tokens_out),
            max(self.usd, other.usd),
        )

    def within(self, limits: Limits, runs: Count = 1, one: Amount | None = None) -> Amount:
        """What so many runs under these limits leave of it. `one`: what one call may take."""

        def least(number: Count, limit: int | None) -> Count:
            return number if limit is None else min(number, times(limit, runs))

        left = Amount(
            least(self.calls, limits.calls),
            least(self.tokens_in, limits.tokens),
            least(self.tokens_out, limits.tokens),
            self.usd if limits.usd is None else min(self.usd, _money(limits.usd, runs)),
        )
        return (
            left if one is None or limits.calls is None else left.at_most(one.repeated(left.calls))
        )

    def at_most(self, other: Amount) -> Amount:
        """The smaller of two, each number for itself."""
        return Amount(
            min(self.calls, other.calls),
            min(self.tokens_in, other.tokens_in),
            min(self.tokens_out, other.tokens_out),
            min(self.usd, other.usd),
        )


def priced(
    price: Price | None,
    calls: Count,
    tokens_in: Count,
    tokens_out: Count,
    largest: Count | None = None,
) -> Amount:
    """An amount with what it costs, never rounded down.

    `largest`: the tokens that the largest of its calls reads; all of them, if it is one.
    """
    if price is None:
        return Amount(calls, tokens_in, tokens_out)
    each_in, each_out = price.of(tokens_in if largest is None else largest)
    usd = _cost(tokens_in, each_in) + _cost(tokens_out, each_out)
    return Amount(calls, tokens_in, tokens_out, usd)


def _cost(tokens: Count, price: float) -> Decimal:
    if not tokens or not price:
        return Decimal(0)
    if tokens == inf:
        return _ENDLESS
    return (Decimal(tokens) * Decimal(repr(price))).quantize(_SMALLEST, rounding=ROUND_UP)


def _money(usd: Decimal, often: Count) -> Decimal:
    if not usd or not often:
        return Decimal(0)
    return _ENDLESS if often == inf else usd * Decimal(often)
