from __future__ import annotations

from collections.abc import Mapping, Sequence

from rlmflow.operators._ideal import value_each
from rlmflow.operators._most import Given, Most
from rlmflow.operators._operator import ALL, NONE, OPTIONAL, SOME, Call, Facts, Finding, operator
from rlmflow.operators._packing import ask_each, pack_size, packs_at_most
from rlmflow.operators._parameters import Items, Positive, Where
from rlmflow.operators._replies import value_form
from rlmflow.operators._step import Result, Shown, Step
from rlmflow.types import BOOL, Type
from rlmflow.values import Item


def _by_prompt(call: Call) -> bool:
    return not call.has("where")


_ALONE = "Answer yes or no."
_PACKED = "Answer yes or no for each item on its own, by its id."


@operator(asks=_by_prompt, prompt=OPTIONAL)
async def filter(
    step: Step, x: Items, *, where: Where | None = None, pack: Positive | None = None
) -> Result:
    """Keep the items for which something holds, and the others in `.dropped`.

    With `where:` the condition is computed. With a prompt a model is asked it about
    each item; short items share a call, as in `map`.

    x: the items.
    where: a condition on `item`.
    pack: with a prompt, the most items that share a call; by default 20, and 1 for a small
      model.
    """
    if where is not None:
        return step.split(x, "dropped", where)

    async def ask_pack(shown: Sequence[Shown]) -> Mapping[int, object]:
        return await ask_each(step, _ALONE, _PACKED, shown, BOOL)

    def verdict(item: Item, value: object) -> list[Item]:
        return [step.item(value, 0, [item])]

    most, alone = pack_size(step, pack, BOOL), (_ALONE, value_form(BOOL))
    verdicts = step.each_packed(x, ask_pack, verdict, most, alone)
    return step.split(
        verdicts, "dropped", lambda said: said.value is True, lambda said: said.parents[0]
    )


@filter.result
@filter.complement("dropped")
def same_list(call: Call) -> Type:
    return call.type_of("x")


@filter.facts
def reads_all_with_a_prompt(call: Call) -> Facts:
    reads = ALL if _by_prompt(call) else NONE
    return Facts(reads=reads, keeps=SOME, once=True, text="same", whole=True, alone=True)


@filter.loses("keeps")
def those_that_do_not_hold(call: Call) -> str:
    if _by_prompt(call):
        return f"keeps only {call.items_in_words} that a model says yes to"
    return f"keeps only {call.items_in_words} for which {call.words('where')} holds"


@filter.fragment
def what_is_kept(call: Call) -> str:
    if call.has("where"):
        return f"Keeps the items of {call.words('x')} for which {call.words('where')}."
    return f"Asks a model yes or no about each item of {call.words('x')}; keeps those with a yes."


@filter.check("RF352", "filter-without-test")
def has_one_test(call: Call) -> Finding | None:
    if call.has("where") == (call.prompt is None):
        return None
    what = (
        "both a `where:` and a prompt" if call.has("where") else "neither a `where:` nor a prompt"
    )
    return call.span, f"there is {what}", "give a condition on `item`, or a question for the model"


filter.ideal(value_each)


@filter.most(settled=True)
def some_of_them(given: Given) -> Most:
    halves = given.size("x").some()
    if not _by_prompt(given.call):
        return Most(halves, (), {"dropped": halves})
    ask = packs_at_most(given, "x", given.value("pack"), BOOL, _PACKED)
    return Most(halves, (ask,), {"dropped": halves})
