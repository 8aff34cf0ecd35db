from __future__ import annotations

from collections.abc import Hashable

from rlmflow.operators._keys import NO_EQUALITY, by_has_equality, keyed
from rlmflow.operators._most import Given, Most, Size
from rlmflow.operators._operator import ALL, NONE, Call, Facts, Path, operator
from rlmflow.operators._parameters import By, Items
from rlmflow.operators._step import Step
from rlmflow.types import FieldType, ListType, RecordType, Type
from rlmflow.values import Item, Stream, same


@operator(facts=Facts(reads=NONE, keeps=ALL, once=True, text="same", items="new"))
async def group(step: Step, x: Items, *, by: By) -> Stream:
    """Bring together the items that have an equal value.

    The result is a list of `{key, items}`: a key for each value, in order of first
    appearance, and its items in the order of the list. Each item is in one group. What
    a model sees of a group is its items.

    x: the items.
    by: the value of an item that is the key of its group.
    """
    items = await x.all()
    groups: dict[Hashable, tuple[object, list[Item]]] = {}
    for key, at in keyed(step, items, by):
        groups.setdefault(same(key), (key, []))[1].append(items[at])
    return Stream.of(
        step.item({"key": key, "items": members}, number, members)
        for number, (key, members) in enumerate(groups.values())
    )


@group.result
def keys_and_items(call: Call) -> Type:
    items = FieldType("items", ListType(call.item_of("x")))
    return ListType(RecordType(None, (FieldType("key", call.type_of("by")), items)))


@group.lands
def in_their_group(_call: Call, _number: int) -> tuple[Path, ...]:
    return (("items",),)


@group.fragment
def what_is_together(call: Call) -> str:
    return (
        f"Groups {call.words('x')} by {call.words('by')}: a list of records with `key` and "
        "`items`; no model is asked."
    )


group.check(*NO_EQUALITY)(by_has_equality)


@group.most()
def all_in_one(given: Given) -> Most:
    items = given.size("x")
    return Most(Size(items.items, items.grown(2).total, items.grown(2).total))
