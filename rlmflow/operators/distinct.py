from __future__ import annotations

from collections.abc import Hashable
from typing import Literal

from rlmflow.operators._keys import NO_EQUALITY, by_has_equality, keyed
from rlmflow.operators._members import with_members, with_members_type, without_members
from rlmflow.operators._most import Given, Most
from rlmflow.operators._operator import ALL, NONE, Call, Facts, operator
from rlmflow.operators._parameters import ITSELF, By, Items
from rlmflow.operators._step import Step
from rlmflow.types import ListType, Type
from rlmflow.values import Item, Stream, same


@operator()
async def distinct(step: Step, x: Items, *, by: By = ITSELF) -> Stream:
    """Keep the first of the items that are equal.

    It stands for the others: they are its `.members` if it is a record, and their
    places are among those it came from. Without `by:` the items are equal to the letter,
    so what a model reads of the first it has read of them all. With `by:` the others may
    say something else, which nobody reads.

    x: the items.
    by: the value in which items are equal.
    """
    items = await x.all()
    entire = not step.call.has("by")
    found: dict[Hashable, list[Item]] = {}
    for value, at in keyed(step, items, by):
        key = _to_the_letter(step, items[at]) if entire else same(value)
        found.setdefault(key, []).append(items[at])
    return Stream.of(
        _first(step, number, members, entire) for number, members in enumerate(found.values())
    )


def _to_the_letter(step: Step, item: Item) -> Hashable:
    """The value and the text: records may have equal fields and stand in unequal lines."""
    return same(without_members(item.value)), step.itself(item).text


def _first(step: Step, number: int, members: list[Item], entire: bool) -> Item:
    first, *others = members
    value = with_members(first.value, members)
    made = step.item(value, number, members, spans=first.spans, fields=first.fields)
    if entire:
        step.stands_for(made, others)
    return made


@distinct.result
def list_with_members(call: Call) -> Type:
    return ListType(with_members_type(call.item_of("x")))


@distinct.facts
def what_is_equal_stands_for_all(call: Call) -> Facts:
    text: Literal["same", "new"] = "new" if call.has("by") else "same"
    return Facts(reads=NONE, keeps=ALL, once=True, text=text, items="new", quotes="passed")


@distinct.loses("reads")
def what_the_others_say(call: Call) -> str:
    return f"shows of {call.items_in_words} with equal {call.words('by')} only the first"


@distinct.fragment
def what_is_equal(call: Call) -> str:
    equal = f"equal in {call.words('by')}" if call.has("by") else "equal"
    return f"Keeps the first of the items of {call.words('x')} that are {equal}; no model is asked."


distinct.check(*NO_EQUALITY)(by_has_equality)


@distinct.most()
def some_of_them(given: Given) -> Most:
    return Most(given.size("x").some())
