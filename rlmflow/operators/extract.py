from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import cast

from rlmflow.operators._ideal import Asked, Reader
from rlmflow.operators._most import Asks, Given, Most, Size, least_bytes, reply_bytes, times
from rlmflow.operators._operator import ALL, REQUIRED, SOME, Call, Facts, Finding, operator
from rlmflow.operators._parameters import Items, Strategy
from rlmflow.operators._places import owns, places_of
from rlmflow.operators._quotes import count_of, missing, quote_of, quotes_in, rejection
from rlmflow.operators._replies import list_form
from rlmflow.operators._step import Shown, Step
from rlmflow.types import ANY, QUOTE, AnyType, DocumentType, ListType, RecordType, Type
from rlmflow.values import Item, Part, Stream

_JOB = "List all there are; an empty list if there is none."
_LAST = sys.maxsize
_QUOTED = _JOB + " Copy each quote word for word from the data."


@operator(
    facts=Facts(reads=ALL, keeps=SOME, once=False, text="new", quotes="shown", items="new"),
    asks=True,
    prompt=REQUIRED,
    returns=REQUIRED,
)
async def extract(step: Step, x: Items, *, with_: Strategy | None = None) -> Stream:
    """Find any number of things in each item; the result is one flat list.

    A type with a `quote` ties each finding to its place. The quote must stand word
    for word in what was shown: one that does not is pointed out to the model once,
    then its finding is rejected and listed. Of parts with a margin, each finding
    belongs to the part whose core holds the first character of its quote.

    x: the items, often the parts that `chunk` makes.
    with: a strategy to run once an item, in place of a prompt.
    """
    if with_ is not None:
        run = with_

        async def run_strategy(item: Item) -> list[Item]:
            result = await run(item)
            values = cast(list[object], result.value)
            return [step.item(v, index, [result]) for index, v in enumerate(values)]

        return step.each(x, run_strategy)

    wanted = cast(Type, step.returns)

    async def find(item: Item) -> Iterable[Item]:
        shown = step.show(item if _has_quote(wanted) else _without_margin(item))
        job = _QUOTED if _has_quote(wanted) else _JOB
        seen: list[Shown] = []
        values = cast(list[object], await step.ask(job, [shown], list_form(wanted), seen=seen))
        return _placed(step, shown, seen, values, wanted)

    return step.each(x, find)


def _without_margin(item: Item) -> Item:
    """What needs no quote must see nothing of a neighbour: a strategy may be handed any part."""
    part = item.value
    return replace(item, value=Part(part.core, part.core)) if isinstance(part, Part) else item


def _placed(
    step: Step, shown: Shown, seen: Sequence[Shown], values: Sequence[object], wanted: Type
) -> Iterable[Item]:
    """The findings as items, in the order of their places, without those of a neighbour.

    `seen`: what tools returned, where a quote may stand too; those come last, with those
    that are from a text that is no input.
    """
    if not _has_quote(wanted):
        return [step.item(value, index, [shown.item]) for index, value in enumerate(values)]
    accepted = list(_accepted(step, [shown, *seen], values, wanted))
    quotes = [quote_of(value, wanted) or "" for _, value in accepted]
    places, *elsewhere = [places_of(quotes, piece) for piece in (shown, *seen)]
    found: list[tuple[int, Item]] = []
    for number, (index, value) in enumerate(accepted):
        place = places[number]
        other = next((of[number] for of in elsewhere if of[number]), None)
        if place is not None and owns(shown, place):
            made = step.item(value, index, [shown.item], spans=(place,))
            found.append((place.start, made))
        elif place is None:
            spans = (other,) if other else ()
            found.append((_LAST, step.item(value, index, [shown.item], spans=spans)))
    return [item for _, item in sorted(found, key=itemgetter(0))]


def _accepted(
    step: Step, shown: Sequence[Shown], values: Sequence[object], wanted: Type
) -> Iterator[tuple[int, object]]:
    """The findings, numbered, whose quotes are in what was shown, as often as they are there."""
    texts = [text for piece in shown for text in piece.texts]
    times = Counter[str]()
    for index, value in enumerate(values):
        quote = quote_of(value, wanted) or ""
        times[repr(value)] += 1
        if lacking := missing(quotes_in(value, wanted), texts):
            step.reject(shown[0].item, rejection(lacking))
        elif times[repr(value)] > sum(count_of(quote, text) for text in texts):
            step.reject(shown[0].item, f'reported more often than it is there: "{quote}"')
        else:
            yield index, value


@extract.result
def flat_list(call: Call) -> Type:
    returned = call.returns or ANY
    return returned if call.runs_strategy and isinstance(returned, ListType) else ListType(returned)


@extract.loses("keeps", "once")
def none_or_many(call: Call) -> str:
    return f"finds none, one or many things in each of {call.inputs_in_words}"


@extract.fragment
def what_is_found(call: Call) -> str:
    if call.runs_strategy:
        strategy, items = call.words("with"), call.words("x")
        return f"Runs the strategy {strategy} on each item of {items} and joins the lists it gives."
    found = (
        f"Asks a model for every `{call.returns}` in each item of {call.words('x')}; one flat list."
    )
    if call.returns is not None and _has_quote(call.returns):
        return f"{found} Each must quote its item word for word, or it is rejected."
    return found


@extract.check("RF360", "list-needed")
def strategies_return_lists(call: Call) -> Finding | None:
    if (
        not call.runs_strategy
        or call.returns is None
        or isinstance(call.returns, ListType | AnyType)
    ):
        return None
    name = call.constant("with")
    return (
        call.arguments["with"].span,
        f"`extract` joins lists, and `{name}` returns one `{call.returns}`",
        f"let `{name}` return a list, or use `map`, which takes one result an item",
    )


@extract.check("RF355", "margin-without-quote")
def margin_needs_a_quote(call: Call) -> Finding | None:
    item = call.item_of("x")
    overlaps = isinstance(item, DocumentType | RecordType) and item.margin
    if not overlaps or call.returns is None or _has_quote(call.returns):
        return None
    if call.runs_strategy:
        message = "the parts have a margin, and of what a strategy finds none is known to be theirs"
        return call.arguments["with"].span, message, "cut without a margin, or use a prompt"
    return (
        call.returns_span or call.span,
        f"the parts have a margin, and `{call.returns}` has no `quote` to tell whose a finding is",
        "add a field `quote: quote` to the type, or cut without a margin",
    )


def _has_quote(type_: Type) -> bool:
    if isinstance(type_, RecordType):
        return any(f.type == QUOTE for f in type_.fields)
    return type_ == QUOTE


@extract.ideal
def every_marker(asked: Asked, reader: Reader) -> object:
    """Each marker in the text as one finding."""
    schema = asked.schema or {}
    items = schema["properties"]["items"]["items"]
    definitions = {"$defs": schema["$defs"]} if "$defs" in schema else {}
    markers = [m for text in asked.items.values() for m in reader.markers(text)]
    return {"items": [reader.value({**items, **definitions}, marker) for marker in markers]}


@extract.most(settled=True)
def as_many_as_a_reply_holds(given: Given) -> Most:
    items = given.size("x")
    if given.call.runs_strategy:
        found = given.callee
        return Most(Size(times(items.items, found.items), found.each))
    shown, form = given.shown("x"), list_form(given.returns)
    reply = reply_bytes(given, form)
    each = reply / least_bytes(given.returns)
    result = Size(times(items.items, each), reply, times(items.items, reply))
    ask = Asks(
        calls=shown.items,
        items=shown.items,
        shown=shown.total,
        largest=shown.each,
        members=1,
        forms=(form,),
        words=_QUOTED,
        exact=shown.exact,
    )
    return Most(result, (ask,))
