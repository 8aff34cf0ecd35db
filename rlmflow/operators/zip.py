from __future__ import annotations

from rlmflow.operators._most import Given, Most, Size
from rlmflow.operators._operator import ALL, NONE, Call, Facts, Path, operator
from rlmflow.operators._pairing import SIDES, pair, pair_type
from rlmflow.operators._parameters import Items
from rlmflow.operators._step import Step, Unanswered
from rlmflow.types import ListType, Type
from rlmflow.values import Stream

# `left:` and `right:`, each with a line of its own.
_LABELS = 32


@operator(facts=Facts(reads=NONE, keeps=ALL, once=True, text="same", items="new"))
async def zip(step: Step, x: Items, y: Items) -> Stream:
    """Put the items of two lists together by their place: first with first, and so on.

    The result is a list of `{left, right}`. Lists of different lengths are an error that
    says both lengths: nothing is left out.

    x: the list whose items are `left`.
    y: the list whose items are `right`.
    """
    lefts, rights = await x.all(), await y.all()
    if len(lefts) != len(rights):
        lengths = f"{len(lefts):,} and {len(rights):,} items"
        raise Unanswered(f"these lists can't be put together by place: they have {lengths}")
    return Stream.of(pair(step, n, left, rights[n]) for n, left in enumerate(lefts))


@zip.result
def lefts_and_rights(call: Call) -> Type:
    return ListType(pair_type(call.item_of("x"), call.item_of("y")))


@zip.lands
def on_its_side(_call: Call, number: int) -> tuple[Path, ...]:
    return (SIDES[number],)


@zip.fragment
def what_is_put_together(call: Call) -> str:
    return (
        f"Puts the items of {call.inputs_in_words} together by their place, as records with "
        "`left` and `right`; the lists must be of one length. No model is asked."
    )


@zip.most()
def as_many_as_the_shorter(given: Given) -> Most:
    lefts, rights = given.size("x"), given.size("y")
    items = min(lefts.items, rights.items)
    return Most(Size(items, lefts.each + rights.each + _LABELS, exact=lefts.exact or rights.exact))
