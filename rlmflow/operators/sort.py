from __future__ import annotations

from rlmflow.operators._keys import NO_ORDER, by_has_an_order, ranked
from rlmflow.operators._most import Given, Most
from rlmflow.operators._operator import ALL, NONE, Call, Facts, operator
from rlmflow.operators._parameters import By, Items
from rlmflow.operators._step import Step
from rlmflow.types import Type
from rlmflow.values import Stream


@operator(facts=Facts(reads=NONE, keeps=ALL, once=True, text="same"))
async def sort(step: Step, x: Items, *, by: By, descending: bool = False) -> Stream:
    """Put items in the order of a value.

    Items with equal values stay in the order of the list, whichever way it is sorted.
    Those that have no value (`none`) come last. Texts are compared letter by letter,
    capitals before small ones.

    x: the items.
    by: the value: a number, a date or a text.
    descending: whether the largest comes first.
    """
    items = await x.all()
    return Stream.of(items[at] for at in ranked(step, items, by, descending=descending))


@sort.result
def same_list(call: Call) -> Type:
    return call.type_of("x")


@sort.fragment
def in_what_order(call: Call) -> str:
    order = {True: ", largest first", False: ""}.get(
        call.constant("descending"), f", largest first if {call.words('descending')}"
    )
    return f"Sorts {call.words('x')} by {call.words('by')}{order}; no model is asked."


sort.check(*NO_ORDER)(by_has_an_order)


@sort.most()
def the_same_items(given: Given) -> Most:
    return Most(given.size("x"))
