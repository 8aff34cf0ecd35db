from __future__ import annotations

from rlmflow.operators._keys import NO_ORDER, by_has_an_order, ranked
from rlmflow.operators._most import Given, Most
from rlmflow.operators._operator import NONE, SOME, Call, Facts, operator
from rlmflow.operators._parameters import By, Items, Positive
from rlmflow.operators._step import Result, Step
from rlmflow.types import Type
from rlmflow.values import Stream


@operator(facts=Facts(reads=NONE, keeps=SOME, once=True, text="same", whole=True))
async def top(step: Step, x: Items, n: Positive, *, by: By) -> Result:
    """Keep the items with the largest values, the others in `.dropped`.

    The largest comes first; of equal ones that which is first in the list. Items that
    have no value (`none`) are taken last. `.dropped` stays in the order of the list.

    x: the items.
    n: how many to keep.
    by: the value: a number, a date or a text.
    """
    items = await x.all()
    order = ranked(step, items, by, descending=True)
    kept, dropped = order[:n], sorted(order[n:])
    return Result(
        Stream.of(items[at] for at in kept), {"dropped": Stream.of(items[at] for at in dropped)}
    )


@top.result
@top.complement("dropped")
def same_list(call: Call) -> Type:
    return call.type_of("x")


@top.loses("keeps")
def the_others(call: Call) -> str:
    return f"keeps the {call.words('n')} {call.items_in_words} with the largest {call.words('by')}"


@top.fragment
def what_is_kept(call: Call) -> str:
    return (
        f"Keeps the {call.words('n')} items of {call.words('x')} with the largest "
        f"{call.words('by')}, largest first; no model is asked."
    )


top.check(*NO_ORDER)(by_has_an_order)


@top.most()
def so_many_of_them(given: Given) -> Most:
    items = given.size("x")
    return Most(items.some(given.value("n")), (), {"dropped": items.some()})
