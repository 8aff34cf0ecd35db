"""Numbers as people read them: calls, tokens, money, time, bytes."""

from __future__ import annotations

from decimal import Decimal
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rlmflow.runtime.limits import Cost
    from rlmflow.runtime.planning.amount import Amount

_ENDLESS = Decimal("Infinity")
_SMALL = Decimal("0.0001")


def cost_line(cost: Cost | Amount, *, priced: bool) -> str:
    """`312 calls · 41,200 tokens in · 3,100 tokens out · 0.12 USD`."""
    price = dollars(cost.usd) if priced else "price unknown"
    tokens = f"{counted(cost.tokens_in, 'token')} in · {counted(cost.tokens_out, 'token')} out"
    return f"{counted(cost.calls, 'call')} · {tokens} · {price}"


def lasting(seconds: float) -> str:
    """A length of time as people say it: `40 seconds`, `12 minutes`, `3 hours`."""
    for size, name in ((3600, "hour"), (60, "minute")):
        if seconds >= 2 * size:
            return counted(round(seconds / size), name)
    return counted(max(1, round(seconds)), "second")


def megabytes(size: int) -> str:
    """Bytes as people read them."""
    for unit, bytes_ in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= bytes_:
            return f"{size / bytes_:.1f} {unit}"
    return f"{size} bytes"


def dollars(usd: Decimal) -> str:
    """US dollars, with enough digits to tell a small sum from nothing."""
    return f"{plain_dollars(usd)} USD"


def plain_dollars(usd: Decimal) -> str:
    """The same without the unit. A small sum is never rounded to nothing."""
    if usd == _ENDLESS:
        return "any sum of"
    if usd >= 1 or not usd:
        return f"{usd:,.2f}"
    return f"{usd:.2g}" if usd >= _SMALL else f"{usd:.1e}"


def counted(number: float, noun: str, several: str | None = None) -> str:
    """`1 call`, `2 calls`, `any number of calls`. `several`: the plural, where it is no `-s`."""
    several = several or f"{noun}s"
    if number == inf:
        return f"any number of {several}"
    return f"{number:,.0f} {noun if number == 1 else several}"
