from __future__ import annotations

from collections import Counter

from rlmflow.operators._operator import ALL, NONE, Call, Facts, Finding, operator
from rlmflow.operators._parameters import ITSELF, By, Items
from rlmflow.operators._step import Step
from rlmflow.types import INT, DictType, DocumentType, ListType, RecordType, Type
from rlmflow.values import Item


@operator(facts=Facts(reads=NONE, keeps=ALL, once=True, text="new", items="new"))
async def count(step: Step, x: Items, *, by: By = ITSELF) -> Item:
    """Count items by a value, exactly and without a model.

    The result has one entry for each value, in order of first appearance. Where
    the values are a closed set of choices, each has its entry, at 0 if none came.

    x: the items to count.
    by: the value to count by.
    """
    items = await x.all()
    counts: Counter[object] = Counter(dict.fromkeys(by.labels or (), 0))
    counts.update(by(item) for item in items)
    return step.item(dict(counts), 0, items)


@count.result
def counts_by_value(call: Call) -> Type:
    return DictType(_counted(call), INT)


def _counted(call: Call) -> Type:
    return call.each_type("by", "x")


@count.fragment
def what_is_counted(call: Call) -> str:
    return f"Counts the items of {call.words('x')}{_by(call)}, exactly; no model is asked."


def _by(call: Call) -> str:
    return f" by {call.words('by')}" if call.has("by") else ""


@count.check("RF361", "not-countable")
def counts_by_plain_values(call: Call) -> Finding | None:
    counted = _counted(call)
    if not isinstance(counted.required, ListType | DictType | RecordType | DocumentType):
        return None
    at = call.arguments["by" if call.has("by") else "x"].span
    hint = "say which value of an item to count by: `by: item.…`"
    return at, f"a `{counted}` is no one value that things can be counted by", hint
