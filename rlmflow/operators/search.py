from __future__ import annotations

from rlmflow.operators._most import Given, Most
from rlmflow.operators._operator import NONE, SOME, Call, Facts, operator
from rlmflow.operators._parameters import Items, Positive, Words
from rlmflow.operators._selection import parted
from rlmflow.operators._similarity import WordIndex
from rlmflow.operators._step import Result, Step
from rlmflow.types import Type


@operator(facts=Facts(reads=NONE, keeps=SOME, once=True, text="same", whole=True))
async def search(step: Step, x: Items, query: Words, *, top: Positive = 10) -> Result:
    """Keep the items that match a query best by words (BM25), the others in `.dropped`.

    No model is asked. The items kept stay in the order of the list.

    x: the items.
    query: the words to look for.
    top: how many to keep.
    """
    items = await x.all()
    index = WordIndex([step.itself(item).text for item in items])
    return parted(items, set(index.matching(query, top)))


@search.result
@search.complement("dropped")
def same_list(call: Call) -> Type:
    return call.type_of("x")


@search.loses("keeps")
def the_others(call: Call) -> str:
    return f"keeps the {call.words('top')} best {call.items_in_words}"


@search.fragment
def what_is_kept(call: Call) -> str:
    return (
        f"Keeps the {call.words('top')} items of {call.words('x')} that match "
        f"{call.words('query')} best by words (BM25); no model is asked."
    )


@search.most()
def so_many_of_them(given: Given) -> Most:
    items = given.size("x")
    return Most(items.some(given.value("top")), (), {"dropped": items.some()})
