from __future__ import annotations

from collections import Counter

from rlmflow.operators._operator import ALL, NONE, Call, Facts, operator
from rlmflow.operators._parameters import By, Items
from rlmflow.operators._step import Step
from rlmflow.types import INT, DictType, Type
from rlmflow.values import Item


@operator(facts=Facts(reads=NONE, keeps=ALL, once=True, text="new"))
async def count(step: Step, x: Items, *, by: By | None = None) -> Item:
    """Count items by a value, exactly and without a model.

    The result has one entry for each value, in order of first appearance. Where
    the values are a closed set of choices, each has its entry, at 0 if none came.

    x: the items to count.
    by: the value to count by; the item itself by default.
    """
    items = await x.all()
    counts: Counter[object] = Counter()
    if by is not None:
        counts.update(dict.fromkeys(by.labels or (), 0))
    counts.update(by(item) if by is not None else item.value for item in items)
    return step.item(dict(counts), 0, items)


@count.result
def counts_by_value(call: Call) -> Type:
    return DictType(call.type_of("by") if call.has("by") else call.item_of("x"), INT)
