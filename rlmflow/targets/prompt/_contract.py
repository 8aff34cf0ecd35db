"""The contract and the limits, in the words in which a root is told of them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from rlmflow.graph.model import Clause, Limits
from rlmflow.syntax.inline import format_expression

DEMANDS = {
    "covers": "all text of `{of}` but white space was shown to a model, as items, in calls that "
    "succeeded.",
    "keeps": "every item of `{of}` is among what the answer was made from.",
    "once": "no item of `{of}` is twice in what the answer was made from.",
    "grounded": "every item of the answer has a quote that stands, word for word, in `{of}`.",
}
_A_SHARE = (
    "at least {share}% of the text of `{of}`, white space apart, was shown to a model, as items, "
    "in calls that succeeded."
)


def demand(clause: Clause) -> str:
    """A clause as it is written, and what it demands."""
    of = format_expression(clause.subject)
    if clause.share is None:
        return f"`{clause.kind}({of})`: {DEMANDS[clause.kind].format(of=of)}"
    share = _number(clause.share)
    return f"`{clause.kind}({of}, {share}%)`: {_A_SHARE.format(share=share, of=of)}"


def limits_in_words(limits: Limits) -> str:
    """`2,000 calls, 5 USD, 20 minutes`; empty where nothing is limited."""
    return ", ".join(_limits(limits))


def _limits(limits: Limits) -> Iterator[str]:
    if limits.calls is not None:
        yield _many(limits.calls, "call")
    if limits.tokens is not None:
        yield _many(limits.tokens, "token")
    if limits.usd is not None:
        yield f"{_number(round(limits.usd, 2) or limits.usd)} USD"
    if limits.seconds is not None and limits.seconds % 60 == 0:
        yield _many(int(limits.seconds // 60), "minute")
    elif limits.seconds is not None:
        whole = limits.seconds >= 100
        yield f"{limits.seconds:,.{0 if whole else 1}f} seconds".replace(".0 ", " ")


def _many(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _number(value: Decimal) -> str:
    return f"{value.normalize():f}"
