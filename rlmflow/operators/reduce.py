from __future__ import annotations

import hashlib
from collections.abc import Sequence
from math import ceil, log
from typing import cast

from rlmflow.operators._ideal import one_value
from rlmflow.operators._most import (
    Asks,
    Given,
    Most,
    one_of,
    packed_bytes,
    packed_tokens,
    reply_bytes,
    rounded_up,
    times,
    value_bytes,
)
from rlmflow.operators._operator import ALL, REQUIRED, SOME, Call, Facts, operator
from rlmflow.operators._parameters import AtLeastTwo, Items
from rlmflow.operators._replies import value_form
from rlmflow.operators._step import Shown, Step, Unanswered
from rlmflow.types import ANY, OptionalType, Type
from rlmflow.values import Item, Stream

_AGAIN = (
    "Each item is itself an answer to the above, made from one portion of the data. "
    "Combine them into one answer of the same form; lose nothing that bears on it."
)


@operator(
    facts=Facts(reads=ALL, keeps=SOME, once=False, text="new", items="new"),
    asks=True,
    prompt=REQUIRED,
    returns=REQUIRED,
)
async def reduce(step: Step, x: Items, *, width: AtLeastTwo = 8) -> Item:
    """Combine a list into one value, in a tree of calls over groups of neighbours.

    Where a group ends is decided by the content of its items, not by their position
    or by which reply came first: after an edit only the groups it touches, and those
    above them, are asked again. An empty list has no value to give: the type must
    then be optional, and the result is `none`.

    x: the items.
    width: how many items a group has on average; it never has more than twice that.
    """
    wanted = cast(Type, step.returns)
    tree = _Tree(step, wanted.required, width)
    level = step.each_group(x, tree.ends, tree.first)
    while not await _at_most_one(level):
        level = step.each_group(level, tree.ends_above, tree.again)
    for item in await level.all():
        return item
    if isinstance(wanted, OptionalType):
        return step.item(None, 0)
    raise Unanswered(f"there was nothing to combine, and `{wanted}` has no value for that")


class _Tree:
    """The groups of one reduction, each known by a digest of the content below it."""

    def __init__(self, step: Step, wanted: Type, width: int) -> None:
        self._step = step
        self._form = value_form(wanted)
        self._width = width
        self._digests: dict[Item, int] = {}
        self._made: set[Item] = set()

    def ends(self, group: Sequence[Item], following: Item) -> bool:
        """Whether a group is complete before `following`."""
        return not self._fits(*group, following) or self._is_long_enough(group)

    def ends_above(self, group: Sequence[Item], following: Item) -> bool:
        """The same for what was combined before: of one item alone there would be no end."""
        return len(group) > 1 and self.ends(group, following)

    def _is_long_enough(self, group: Sequence[Item]) -> bool:
        if len(group) < 2:
            return False
        return len(group) >= 2 * self._width or self._digest(group[-1]) % self._width == 0

    async def first(self, group: Sequence[Item]) -> Item:
        return await self._combined("", group)

    async def again(self, group: Sequence[Item]) -> Item:
        return group[0] if len(group) == 1 else await self._combined(_AGAIN, group)

    async def _combined(self, job: str, group: Sequence[Item]) -> Item:
        content = b"".join(self._digest(item).to_bytes(8) for item in group)
        digest = _hash(content)
        value = await self._step.ask(job, [self._show(item) for item in group], self._form)
        made = self._step.item(value, digest, group)
        self._digests[made] = digest
        self._made.add(made)
        return made

    def _fits(self, *group: Item) -> bool:
        tokens = sum(self._step.count_tokens(self._show(item).text) for item in group)
        return tokens <= self._step.pack_tokens

    def _digest(self, item: Item) -> int:
        if item not in self._digests:
            self._digests[item] = _hash(self._show(item).text.encode(errors="replace"))
        return self._digests[item]

    def _show(self, item: Item) -> Shown:
        """What a model sees: `show:` is about the items, and not about what was made of them."""
        return self._step.itself(item) if item in self._made else self._step.show(item)


def _hash(content: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest())


async def _at_most_one(level: Stream) -> bool:
    """Whether a list ends up with at most one item; known as soon as a second is there."""
    count = 0
    async for _, cell in level.in_order():
        count += len(cell)
        if count > 1:
            return False
    return True


@reduce.result
def declared(call: Call) -> Type:
    return call.returns or ANY


@reduce.loses("keeps", "once")
def what_the_model_uses(call: Call) -> str:
    return f"gives what a model makes of {call.inputs_in_words}, whatever it leaves out or repeats"


@reduce.fragment
def how_it_combines(call: Call) -> str:
    return (
        f"Combines {call.words('x')} into one value with a model: about {call.words('width')} "
        "neighbours a call, then their results, until one is left."
    )


reduce.ideal(one_value)


@reduce.most()
def a_tree_of_calls(given: Given) -> Most:
    """Above the first level each call has two members or more, so there are fewer than items."""
    shown, form = given.shown("x"), value_form(given.returns.required)
    reply = value_bytes(given.returns, reply_bytes(given, form))
    pairs_fit = 2 * packed_tokens(shown).each <= given.pack_tokens
    groups = rounded_up(shown.items / 2) if pairs_fit else shown.items
    members = 2 * given.value("width")
    packed = packed_bytes(given.pack_tokens)
    first = Asks(
        calls=groups,
        items=shown.items,
        shown=shown.total,
        largest=max(shown.each, min(times(members, shown.each), packed)),
        members=members,
        forms=(form,),
    )
    upper = Asks(
        calls=max(0, groups - 1),
        items=2 * groups,
        shown=times(2 * groups, reply),
        largest=max(2 * reply, min(times(members, reply), packed)),
        members=members,
        forms=(form,),
        words=_AGAIN,
    )
    return Most(one_of(reply), (first, upper))


@reduce.depth
def levels(calls: int) -> int:
    """Levels of a tree whose groups are as large as they are on average."""
    return max(1, ceil(log(calls * 7 + 1, 8)))
