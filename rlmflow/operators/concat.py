from __future__ import annotations

from collections.abc import Iterator, Sequence

from rlmflow.operators._most import Given, Most
from rlmflow.operators._operator import ALL, NONE, Argument, Call, Facts, Finding, operator
from rlmflow.operators._parameters import Items
from rlmflow.operators._step import Step
from rlmflow.types import ANY, NEVER, ListType, Type, joined
from rlmflow.values import Stream


@operator(facts=Facts(reads=NONE, keeps=ALL, once=True, text="same"))
async def concat(step: Step, *x: Items) -> Stream:
    """Make one list of several, one after the other.

    x: the lists; their items are of one type.
    """
    out = Stream(settled=all(items.settled for items in x))
    step.start(_copied(x, out))
    return out


async def _copied(lists: Sequence[Stream], out: Stream) -> None:
    """Each cell goes on as it comes, once it is known how many there are before its list."""
    before = 0
    for items in lists:
        count = 0
        async for position, cell in items.cells():
            out.put(before + position, cell)
            count += 1
        before += count
    out.close(before)


@concat.result
def one_list(call: Call) -> Type:
    *_, (_, item) = _item_types(call)
    return ListType(item or ANY)


def _item_types(call: Call) -> Iterator[tuple[Argument, Type | None]]:
    """Each list, and the type that its items and those before it share, None for none."""
    shared: Type | None = NEVER
    for argument in call.inputs:
        item = argument.type.item if isinstance(argument.type, ListType) else ANY
        shared = joined(shared, item) if shared is not None else None
        yield argument, shared


@concat.fragment
def what_follows_what(call: Call) -> str:
    return f"Makes one list of {call.inputs_in_words}, in this order; no model is asked."


@concat.check("RF364", "lists-differ")
def items_are_of_one_type(call: Call) -> Finding | None:
    before: Type = NEVER
    for argument, shared in _item_types(call):
        if shared is None:
            return (
                argument.span,
                f"this is a `{argument.type}`, and the items before it are `{before}`",
                "bring both to one type first, or keep them apart",
            )
        before = shared
    return None


@concat.most()
def all_of_them(given: Given) -> Most:
    return Most(given.size("x"))
