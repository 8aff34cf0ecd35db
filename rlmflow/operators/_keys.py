"""Values that items are ordered by, and values by which they are told apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Any

from rlmflow.expressions import ExpressionError
from rlmflow.operators._operator import Call, Finding
from rlmflow.operators._parameters import Scope
from rlmflow.operators._step import Step
from rlmflow.types import FLOAT, AnyType, fits, has_equality, has_order
from rlmflow.values import Item

NO_ORDER = ("RF362", "no-order")
NO_EQUALITY = ("RF363", "no-equality")


def by_has_an_order(call: Call) -> Finding | None:
    """The check of those that put items in the order of `by:`."""
    given = call.type_of("by").required
    if has_order(given) or isinstance(given, AnyType):
        return None
    return (
        call.arguments["by"].span,
        f"a `{given}` has no order, so it is not known which comes first",
        "take a number, a date or a text of an item: `by: item.…`",
    )


def by_has_equality(call: Call) -> Finding | None:
    """The check of those that bring together what has an equal `by:`."""
    given = call.type_of("by").required
    if not call.has("by") or has_equality(given) or fits(given, FLOAT):
        return None
    return (
        call.arguments["by"].span,
        f"two values of type `{given}` can't be told to be equal",
        "take a plain value of an item: `by: item.…`, or of a document its `.text`",
    )


def keyed(step: Step, items: Sequence[Item], by: Scope) -> Iterator[tuple[Any, int]]:
    """The value of each item and its position in the list.

    An item for which it can't be computed is listed as failed, and left out.
    """
    for position, item in enumerate(items):
        try:
            yield by(item), position
        except ExpressionError as error:
            step.fail(item, error.message)


def ranked(step: Step, items: Sequence[Item], by: Scope, *, descending: bool) -> list[int]:
    """The positions of items in the order of a value; equal ones as they stand, `none` last."""
    values = list(keyed(step, items, by))
    known = [one for one in values if one[0] is not None]
    known.sort(key=itemgetter(0), reverse=descending)
    return [position for _, position in [*known, *(one for one in values if one[0] is None)]]
