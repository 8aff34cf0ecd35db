from __future__ import annotations

from collections.abc import Sequence
from math import fsum
from typing import Any

from rlmflow.operators._most import Given, Most, one_of
from rlmflow.operators._operator import ALL, NONE, Call, Facts, Finding, operator
from rlmflow.operators._parameters import ITSELF, Items, Number
from rlmflow.operators._step import Step, Unanswered
from rlmflow.types import ANY, FLOAT, INT, Type, fits
from rlmflow.values import Item


@operator(facts=Facts(reads=NONE, keeps=ALL, once=True, text="new", items="new"))
async def sum(step: Step, x: Items, *, by: Number = ITSELF) -> Item:
    """Add up numbers, exactly and without a model.

    x: numbers, or items that have one.
    by: the number of an item.
    """
    items = await x.all()
    try:
        total = _total([by(item) for item in items])
    except OverflowError:
        raise Unanswered("the sum is too large a number") from None
    return step.item(total, 0, items)


def _total(numbers: Sequence[Any]) -> Any:
    """Whole numbers stay whole; others are rounded once, at the end."""
    if any(isinstance(number, float) for number in numbers):
        return fsum(numbers)
    total = 0
    for number in numbers:
        total += number
    return total


@sum.result
def number(call: Call) -> Type:
    added = call.each_type("by", "x")
    return added if added in (INT, ANY) else FLOAT


@sum.fragment
def what_is_added(call: Call) -> str:
    added = f"{call.words('by')} of each item of {call.words('x')}"
    if not call.has("by"):
        added = call.words("x")
    return f"Adds up {added}, exactly; no model is asked."


@sum.check("RF351", "not-a-number")
def adds_numbers(call: Call) -> Finding | None:
    item = call.item_of("x")
    if call.has("by") or fits(item, FLOAT):
        return None
    return (
        next(call.inputs).span,
        f"items of type `{item}` can't be added up",
        "say which number of an item to add: `by: item.…`",
    )


@sum.most()
def one_number(given: Given) -> Most:
    return Most(one_of(32 + given.size("x").total))
