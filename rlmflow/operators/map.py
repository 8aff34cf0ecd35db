from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, cast

from rlmflow.operators._ideal import value_each
from rlmflow.operators._most import Asks, Count, Given, Most, Size, reply_bytes, value_bytes
from rlmflow.operators._operator import ALL, REQUIRED, Call, Facts, Finding, operator
from rlmflow.operators._packing import ask_each, pack_size, packs_at_most
from rlmflow.operators._parameters import FieldName, Items, Positive, Strategy
from rlmflow.operators._records import as_record, record_places, record_type
from rlmflow.operators._replies import value_form
from rlmflow.operators._step import Shown, Step
from rlmflow.types import ANY, ListType, Type
from rlmflow.values import Item, Stream

_PACKED = "Answer for each item on its own, by its id. Give every id exactly once."


@operator(asks=True, prompt=REQUIRED, returns=REQUIRED)
async def map(
    step: Step,
    x: Items,
    *,
    as_: FieldName | None = None,
    with_: Strategy | None = None,
    pack: Positive | None = None,
) -> Stream:
    """Ask the same question of each item; there is one answer an item, in the same order.

    Short items share a call. Each has an id in it and each id must come back exactly
    once: one that is missing, doubled or malformed is asked about again, alone.

    x: the items.
    as: keep the item, and put the answer into this new field of it.
    with: a strategy to run once an item, in place of a prompt.
    pack: the most items that share a call; by default 20, and 1 for yes-or-no questions
      to a small model.
    """

    def answered(item: Item, value: object) -> list[Item]:
        if as_ is None:
            return [step.item(value, 0, [item])]
        record = {**as_record(item.value), as_: value}
        return [step.item(record, 0, [item], spans=item.spans, fields=record_places(item))]

    if with_ is not None:
        run = with_

        async def run_strategy(item: Item) -> list[Item]:
            result = await run(item)
            return [result] if as_ is None else answered(item, result.value)

        return step.each(x, run_strategy)

    wanted = cast(Type, step.returns)

    async def ask_pack(shown: Sequence[Shown]) -> Mapping[int, object]:
        return await ask_each(step, "", _PACKED, shown, wanted)

    most, alone = pack_size(step, pack, wanted), ("", value_form(wanted))
    return step.each_packed(x, ask_pack, answered, most, alone)


@map.result
def one_each(call: Call) -> Type:
    answer = call.returns or ANY
    name = call.constant("as")
    item = call.item_of("x")
    if name is None or item == ANY:
        return ListType(answer)
    return ListType(record_type(item).extended(name, answer))


@map.facts
def keeps_the_item_with_as(call: Call) -> Facts:
    text: Literal["same", "new"] = "same" if call.has("as") else "new"
    return Facts(
        reads=ALL, keeps=ALL, once=True, text=text, items="new", quotes="shown", alone=True
    )


@map.fragment
def what_is_asked_of_each(call: Call) -> str:
    each = f"each item of {call.words('x')}"
    asked = f"Asks a model about {each}"
    if call.runs_strategy:
        asked = f"Runs the strategy {call.words('with')} on {each}"
    if call.has("as"):
        return f"{asked}; the answer is the item's new field {call.words('as')}."
    return f"{asked}; one answer an item, in their order."


@map.check("RF354", "field-exists")
def as_makes_a_new_field(call: Call) -> Finding | None:
    name = call.constant("as")
    if name is None or record_type(call.item_of("x")).field(name) is None:
        return None
    return (
        call.arguments["as"].span,
        f"the items have a field `{name}` already",
        "choose another name for the answer",
    )


map.ideal(value_each)


@map.most(settled=True)
def one_answer_each(given: Given) -> Most:
    items = given.size("x")
    if given.call.runs_strategy:
        said: Count = given.callee.total
        asks: tuple[Asks, ...] = ()
    else:
        ask = packs_at_most(given, "x", given.value("pack"), given.returns, _PACKED)
        said = max(value_bytes(given.returns, reply_bytes(given, form)) for form in ask.forms)
        asks = (ask,)
    name = given.call.added_field
    if name is None:
        return Most(Size(items.items, said, exact=items.exact), asks)
    return Most(items.grown(len(name.encode()) + 4 + said), asks)
