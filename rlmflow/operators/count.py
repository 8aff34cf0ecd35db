from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rlmflow.operators._most import Given, Most, one_of, times
from rlmflow.operators._operator import ALL, NONE, Call, Facts, Finding, operator
from rlmflow.operators._parameters import ITSELF, By, Items, Scope
from rlmflow.operators._step import Step
from rlmflow.types import INT, DictType, DocumentType, ListType, RecordType, Type
from rlmflow.values import Item


@operator(facts=Facts(reads=NONE, keeps=ALL, once=True, text="new", items="new"))
async def count(step: Step, x: Items, *, by: By = ITSELF, per: By | None = None) -> Item:
    """Count items by a value, exactly and without a model.

    The result has one entry for each value, in order of first appearance. Where
    the values are a closed set of choices, each has its entry, at 0 if none came.
    With `per:` it has such counts for each value of that: by kind, per user.

    x: the items to count.
    by: the value to count by.
    per: the value that items are told apart by first.
    """
    items = await x.all()
    if per is None:
        return step.item(_counted_by(by, items), 0, items)
    parts: dict[object, list[Item]] = {label: [] for label in per.labels or ()}
    for item in items:
        parts.setdefault(per(item), []).append(item)
    return step.item({key: _counted_by(by, part) for key, part in parts.items()}, 0, items)


def _counted_by(by: Scope, items: Iterable[Item]) -> dict[object, int]:
    counts: Counter[object] = Counter(dict.fromkeys(by.labels or (), 0))
    counts.update(by(item) for item in items)
    return dict(counts)


@count.result
def counts_by_value(call: Call) -> Type:
    counts = DictType(_counted(call), INT)
    return DictType(call.type_of("per"), counts) if call.has("per") else counts


def _counted(call: Call) -> Type:
    return call.each_type("by", "x")


@count.fragment
def what_is_counted(call: Call) -> str:
    return f"Counts the items of {call.words('x')}{_by(call)}, exactly; no model is asked."


def _by(call: Call) -> str:
    by = f" by {call.words('by')}" if call.has("by") else ""
    return f"{by}, for each {call.words('per')}" if call.has("per") else by


@count.check("RF361", "not-countable")
def counts_by_plain_values(call: Call) -> Finding | None:
    of = {"by" if call.has("by") else "x": _counted(call), "per": call.type_of("per")}
    for name, counted in of.items():
        if isinstance(counted.required, ListType | DictType | RecordType | DocumentType):
            hint = (
                f"say which value of an item to count by: `{'by' if name == 'x' else name}: item.…`"
            )
            message = f"a `{counted}` is no one value that things can be counted by"
            return call.arguments[name].span, message, hint
    return None


@count.most()
def one_number_each(given: Given) -> Most:
    items = given.size("x")
    return Most(one_of(items.total + times(items.items, 32)))
