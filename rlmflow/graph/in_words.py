"""Limits and shares as people read them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from rlmflow.graph.model import Limits


def limits_in_words(limits: Limits) -> str:
    """`2,000 calls, 5 USD, 20 minutes`; empty where nothing is limited."""
    return ", ".join(_limits(limits))


def _limits(limits: Limits) -> Iterator[str]:
    if limits.calls is not None:
        yield _many(limits.calls, "call")
    if limits.tokens is not None:
        yield _many(limits.tokens, "token")
    if limits.usd is not None:
        yield f"{plain_number(round(limits.usd, 2) or limits.usd)} USD"
    if limits.seconds is not None and limits.seconds % 60 == 0:
        yield _many(int(limits.seconds // 60), "minute")
    elif limits.seconds is not None:
        whole = limits.seconds >= 100
        yield f"{limits.seconds:,.{0 if whole else 1}f} seconds".replace(".0 ", " ")


def _many(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def plain_number(value: Decimal) -> str:
    return f"{value.normalize():f}"
