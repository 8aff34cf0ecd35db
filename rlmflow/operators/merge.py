from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import cast

from rlmflow.operators._candidates import (
    Candidates,
    all_pairs,
    blocks_at_most,
    joined,
    same_key,
    similar,
)
from rlmflow.operators._ideal import Asked, Reader, one_value
from rlmflow.operators._members import with_members, with_members_type, without_members_type
from rlmflow.operators._most import Asks, Given, Most, Size, packed_tokens, reply_bytes, times
from rlmflow.operators._operator import ALL, OPTIONAL, SOME, Call, Facts, Finding, operator
from rlmflow.operators._parameters import By, Items, Positive
from rlmflow.operators._quotes import quote_of, quotes_in
from rlmflow.operators._replies import value_form
from rlmflow.operators._reply_json import read_json
from rlmflow.operators._step import BadReply, ReplyForm, Shown, Step, Unanswered
from rlmflow.types import DocumentType, ListType, RecordType, Type
from rlmflow.values import Item, Stream

_GROUP = (
    "Which of these items are the same thing? Give groups of ids: each group holds the ids "
    "of two or more items that are the same. Leave out items that are like no other."
)
_WRITE = "These items are the same thing. Write the one item that stands for all of them."
_GROUPS_SCHEMA: Mapping[str, object] = {
    "type": "object",
    "properties": {
        "groups": {
            "type": "array",
            "items": {"type": "array", "items": {"type": "integer"}},
        }
    },
    "required": ["groups"],
    "additionalProperties": False,
}
_MOST_COMPARED = 16
_EXPLAINED = 'Reply with JSON alone, such as {"groups": [[1, 4], [2, 3, 7]]} or {"groups": []}.'


@operator(
    facts=Facts(reads=SOME, keeps=ALL, once=True, text="new", items="new", quotes="passed"),
    asks=True,
    prompt=OPTIONAL,
)
async def merge(
    step: Step, x: Items, *, by: By | None = None, near: Positive | None = None
) -> Stream:
    """Make one item of those that are the same thing, under different words.

    Code finds the candidates, a model says which of them are the same (in groups of
    ids, never by writing records), code joins the groups, and one call writes the
    item of each group of two or more. Its `.members` are the items it was made of.
    The prompt says what "the same" means. How many pairs were never compared is
    reported.

    x: the items.
    by: only items with an equal value of this are compared.
    near: each item is compared with this many others that are most like it in words (BM25;
        words that half of many items have are not counted).
    """
    items = await x.all()
    shown = [step.show(item) for item in items]
    candidates = _candidates(step, shown, by, near)
    if candidates.never_compared:
        step.report(f"{candidates.never_compared:,} pairs were never compared")
    jobs = [
        ([items[number] for number in block], _grouping(step, [shown[n] for n in block]))
        for block in candidates.blocks
    ]
    replies = await step.together(jobs)
    same = [
        [block[number - 1] for number in group]
        for block, groups in zip(candidates.blocks, replies, strict=True)
        for group in groups or ()
    ]
    sets = joined(len(items), same)
    gathered = Stream.of(step.item(None, s[0], [items[n] for n in s]) for s in sets)
    return step.each(gathered, lambda group: _written(step, group))


def _candidates(step: Step, shown: Sequence[Shown], by: By | None, near: int | None) -> Candidates:
    largest = max((step.count_tokens(piece.text) for piece in shown), default=1)
    most = max(2, min(_MOST_COMPARED, step.pack_tokens // max(1, largest)))
    if by is not None:
        return same_key([by(piece.item) for piece in shown], most)
    if near is not None:
        return similar([piece.text for piece in shown], near, most)
    return all_pairs(len(shown), most)


def _grouping(step: Step, shown: Sequence[Shown]) -> Callable[[], Awaitable[list[list[int]]]]:
    form = ReplyForm(
        _GROUPS_SCHEMA, lambda text: _read_groups(text, len(shown)), 16 * len(shown), _EXPLAINED
    )

    async def ask_groups() -> list[list[int]]:
        return cast(list[list[int]], await step.ask(_GROUP, shown, form))

    return ask_groups


def _read_groups(text: str, size: int) -> list[list[int]]:
    reply = read_json(text)
    groups = reply.get("groups") if isinstance(reply, dict) else None
    if not isinstance(groups, list) or not all(isinstance(group, list) for group in groups):
        raise BadReply('the reply is not {"groups": [...]} with lists of ids')
    for number in (number for group in groups for number in group):
        if type(number) is not int or not 1 <= number <= size:
            raise BadReply(f"there is no item with the id {number!r}; the ids are 1 to {size}")
    return [group for group in groups if len(group) > 1]


async def _written(step: Step, group: Item) -> list[Item]:
    """The item that stands for members which are the same; a member alone stands for itself.

    Where no item can be had, the members stay as they were, and that is listed.
    """
    members = group.parents
    if len(members) == 1:
        return [_merged(step, group.index, members[0].value, members)]
    wanted = without_members_type(step.call.item_of("x"))
    form = value_form(wanted)
    quotes = dict.fromkeys(q for member in members for q in quotes_in(member.value, wanted))

    def read(text: str) -> object:
        value = form.read(text)
        for quote in quotes_in(value, wanted):
            if quote not in quotes:
                listed = ", ".join(f'"{quote}"' for quote in quotes)
                raise BadReply(f'the quote "{quote}" is none of the items\' quotes: {listed}')
        return value

    try:
        shown = [step.show(member) for member in members]
        value = await step.ask(_WRITE, shown, replace(form, read=read, doubt=None, settle=None))
    except Unanswered as failure:
        for member in members:
            step.fail(member, failure.under("it was not merged with its equals"))
        return [_merged(step, group.index, member.value, [member]) for member in members]
    return [_merged(step, group.index, value, members)]


def _merged(step: Step, number: int, value: object, members: Sequence[Item]) -> Item:
    """An item that carries its members, placed where the member is whose quote it has."""
    wanted = step.call.item_of("x")
    quote = quote_of(value, wanted)
    origin = next((m for m in members if quote_of(m.value, wanted) == quote), members[0])
    fields = origin.fields if value is origin.value else None
    made = with_members(value, members)
    return step.item(made, number, members, spans=origin.spans, fields=fields)


@merge.result
def list_with_members(call: Call) -> Type:
    return ListType(with_members_type(call.item_of("x")))


@merge.loses("reads")
def items_like_no_other(call: Call) -> str:
    return f"shows a model only {call.items_in_words} that may be the same as another"


@merge.fragment
def how_equals_are_found(call: Call) -> str:
    same = f"Makes one item of those in {call.words('x')} that are the same thing"
    if isinstance(call.item_of("x"), RecordType):
        same += "; its `members` are what it was made of"
    compared = "All are compared."
    if call.has("by"):
        compared = f"Those with an equal {call.words('by')} are compared."
    elif call.has("near"):
        compared = f"Each is compared with the {call.words('near')} that are most like it in words."
    return f"{same}. {compared} A model says which are the same and writes the one."


@merge.check("RF356", "by-and-near")
def one_way_to_find_candidates(call: Call) -> Finding | None:
    if not (call.has("by") and call.has("near")):
        return None
    span = call.arguments["near"].span
    return span, "`by:` and `near:` both say which items to compare", "keep one of them"


@merge.check("RF357", "documents-not-merged")
def merges_no_documents(call: Call) -> Finding | None:
    if not isinstance(call.item_of("x"), DocumentType):
        return None
    message = "documents can't be merged: a model would have to write them anew"
    return next(call.inputs).span, message, "extract what matters first, and merge that"


@merge.ideal
def equal_texts(asked: Asked, reader: Reader) -> object:
    """Groups the items that are equal to the letter; writes one of the items."""
    schema = asked.schema
    if schema is None or "groups" not in schema["properties"]:
        return one_value(asked, reader)
    same: dict[str, list[int]] = {}
    for number, text in asked.items.items():
        same.setdefault(text, []).append(number)
    return {"groups": [numbers for numbers in same.values() if len(numbers) > 1]}


@merge.most()
def all_that_may_meet(given: Given) -> Most:
    """Each block has two items or more that had still to meet; each item is written once."""
    shown, wanted = given.shown("x"), without_members_type(given.call.item_of("x"))
    most = max(2, int(min(_MOST_COMPARED, given.pack_tokens / max(1, packed_tokens(shown).each))))
    near = given.value("near")
    blocks = blocks_at_most(shown.items, most)
    if given.call.has("by"):
        # As many blocks as pairs, each of them with a key of its own.
        blocks += shown.items / 2
    elif near is not None:
        blocks = min(times(shown.items, near), shown.items * max(0, shown.items - 1) / 2)
    places = times(blocks, most)
    groups = ReplyForm(_GROUPS_SCHEMA, read_json, 16 * int(_MOST_COMPARED), _EXPLAINED)
    compare = Asks(
        calls=blocks,
        items=places,
        shown=times(places, shown.each),
        largest=times(most, shown.each),
        members=most,
        forms=(groups,),
        words=_GROUP,
    )
    form = value_form(wanted)
    write = Asks(
        calls=shown.items / 2,
        items=shown.items,
        shown=shown.total,
        largest=shown.total,
        members=shown.items,
        forms=(form,),
        words=_WRITE,
    )
    items = given.size("x")
    each = max(items.each, reply_bytes(given, form))
    return Most(Size(items.items, each), (compare, write))


@merge.depth
def compared_then_written(calls: int) -> int:
    return min(2, calls)
