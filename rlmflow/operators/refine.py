from __future__ import annotations

from rlmflow.operators._ideal import one_value
from rlmflow.operators._members import MEMBERS
from rlmflow.operators._mending import Mending, mended_bytes, mended_type, mends_at_most
from rlmflow.operators._most import Given, Most, Size
from rlmflow.operators._operator import ALL, REQUIRED, SOME, Call, Facts, Finding, operator
from rlmflow.operators._parameters import Anything, OwnField, Positive, Where
from rlmflow.operators._step import Result, Step, Unanswered
from rlmflow.types import DocumentType, ListType, RecordType, Type


@operator(
    facts=Facts(reads=SOME, keeps=ALL, once=True, text="new", quotes="passed"),
    asks=True,
    prompt=REQUIRED,
)
async def refine(
    step: Step,
    x: Anything,
    *,
    until: Where,
    rounds: Positive = 3,
    field: OwnField | None = None,
    strict: bool = False,
) -> Result:
    """Have a model mend the items for which a condition does not hold yet.

    The condition is computed, item by item; those for which it holds are shown to no
    model. Each of the others is asked about, with its draft, what is computed in the
    condition (a length, a `diff`; 8 KB of it at most) and the text that it was made from,
    until the condition holds or there is no round left. A value that is no list is mended
    in the same way, and stays one.

    With `field:` that field alone is mended. It is the draft, and all else stays: the model
    is shown the item without it, or what `show:` says of it.

    An item that still fails stays in the list as it was last, and is listed in `.failing`
    too. Rounds after the first are taken from `retries:`. A quote must stand word for word
    in what the item was made from: a draft whose quote does not is not taken.

    x: the items, or one value.
    until: the condition on `item` that has to hold; where it has no value, it does not.
    rounds: how often an item is asked about, at most.
    field: the field to mend; by default the item as a whole.
    strict: whether an item that still fails leaves the run incomplete.
    """
    mending = Mending(step, until, rounds, field, strict=strict)
    mended = step.each(x, mending.mend)
    failing = step.expand(mended, mending.if_failing)
    step.start(mending.told(mended))
    if isinstance(step.call.type_of("x"), ListType):
        return Result(mended, {"failing": failing})
    for only in await mended.all():
        return Result(only, {"failing": failing})
    raise Unanswered("the value can't be shown to a model")


@refine.result
def same_type(call: Call) -> Type:
    return call.type_of("x")


@refine.complement("failing", apart=False)
def those_that_still_fail(call: Call) -> Type:
    return ListType(call.item_of("x"))


@refine.loses("reads")
def those_for_which_it_holds(call: Call) -> str:
    return f"shows a model only {call.items_in_words} for which {call.words('until')} does not hold"


@refine.fragment
def what_is_mended(call: Call) -> str:
    of = f"`{call.constant('field')}` of " if call.has("field") else ""
    return (
        f"Has a model mend {of}{call.words('x')} until {call.words('until')} holds, in at most "
        f"{call.words('rounds')} rounds; only what fails is asked about, and what still fails "
        "stays."
    )


@refine.check("RF366", "documents-not-refined")
def mends_no_documents(call: Call) -> Finding | None:
    if not _holds_documents(mended_type(call)):
        return None
    message = "documents can't be mended: a model would have to write them anew"
    hint = "refine what a model made of them, such as the result of `map`"
    return next(call.inputs).span, message, hint


def _holds_documents(type_: Type) -> bool:
    match type_.required:
        case DocumentType():
            return True
        case ListType(item=item):
            return _holds_documents(item)
        case RecordType(fields=fields):
            return any(_holds_documents(f.type) for f in fields if f.name != MEMBERS)
        case _:
            return False


refine.ideal(one_value)


@refine.most()
def all_that_fail(given: Given) -> Most:
    items = given.size("x")
    mended = Size(items.items, mended_bytes(given), exact=items.exact)
    return Most(mended, (mends_at_most(given),), {"failing": mended.some()})
