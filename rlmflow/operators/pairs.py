from __future__ import annotations

from collections.abc import AsyncIterator, Hashable, Iterator, Sequence
from heapq import merge
from typing import TypeAlias

from rlmflow._lazy import heavy
from rlmflow.expressions import ExpressionError
from rlmflow.operators._most import Given, Most, Size, times
from rlmflow.operators._operator import NONE, SOME, Call, Facts, Path, operator
from rlmflow.operators._pairing import SIDES, pair, pair_type
from rlmflow.operators._parameters import BothWhere, Items, PairScope, Positive
from rlmflow.operators._similarity import WordIndex
from rlmflow.operators._step import Result, Step
from rlmflow.types import ListType, Type
from rlmflow.values import Item, Stream, same

_TESTS_AT_A_TIME = 4096
# `left:` and `right:`, each with a line of its own.
_LABELS = 32


@operator(facts=Facts(reads=NONE, keeps=SOME, once=False, text="same", whole=True, items="new"))
async def pairs(
    step: Step,
    x: Items,
    y: Items | None = None,
    *,
    where: BothWhere | None = None,
    near: Positive | None = None,
) -> Result:
    """Pair the items of a list with one another, or with those of a second list.

    The result is a list of `{left, right}`. Of one list it has each two items once, the
    earlier as `left`; of two lists each item of the first with each of the second. With
    `where:` it has those pairs for which the condition holds; pairs are looked up, not
    tried, where it asks for something of `left` to equal something of `right`. With `near:`
    each item is paired with those alone that are most like it in words, or it like them:
    so the pairs are no more than a multiple of the items.

    An item that is in no pair is in `.dropped`; of two lists, in `.dropped.left` or
    `.dropped.right`.

    x: the items, or those on the left.
    y: the items on the right.
    where: a condition on `left` and `right`.
    near: how many of the others an item is paired with, the most alike first (BM25; words
        that half of many items have are not counted).
    """
    alike = None
    if near is not None:
        x, alike = await _alike(step, x, y, near)
    if y is None:
        pairing = _Pairing(step, await x.all(), where, alike)
        dropped = _Filled()
        step.start(pairing.within(dropped))
        return Result(pairing.made.stream, {"dropped": dropped.stream})
    pairing = _Pairing(step, await y.all(), where, alike)
    lefts, rights = _Filled(), _Filled()
    step.start(pairing.across(x, lefts, rights))
    dropped_by_side = {"dropped.left": lefts.stream, "dropped.right": rights.stream}
    return Result(pairing.made.stream, dropped_by_side)


_Alike: TypeAlias = Sequence[Sequence[int]]
"""Of each item the positions of those that it may be paired with, in order."""


async def _alike(step: Step, x: Stream, y: Stream | None, most: int) -> tuple[Stream, _Alike]:
    """The items on the left, and what each of them is alike: it, or they, by their words."""
    items = await x.all()
    lefts = [step.itself(item).text for item in items]
    rights = [step.itself(item).text for item in await y.all()] if y is not None else lefts
    of_lefts = WordIndex(lefts)
    of_rights = WordIndex(rights) if y is not None else of_lefts
    found = [set(_nearest(of_rights, of_lefts, number, most)) for number in range(len(lefts))]
    for number in range(len(rights)):
        for left in _nearest(of_lefts, of_rights, number, most):
            found[left].add(number)
    return Stream.of(items), [sorted(each) for each in found]


def _nearest(those: WordIndex, of: WordIndex, number: int, most: int) -> list[int]:
    return those.near(number, most) if those is of else those.near_other(of, number, most)


class _Filled:
    """A list that is filled one by one."""

    def __init__(self) -> None:
        self.stream = Stream(settled=True)
        self._count = 0

    def add(self, item: Item) -> None:
        self.stream.put(self._count, (item,))
        self._count += 1

    def close(self) -> None:
        self.stream.close(self._count)


class _Pairing:
    """Pairs with the items of one list, `rights`, made one after the other."""

    def __init__(
        self,
        step: Step,
        rights: Sequence[Item],
        where: PairScope | None,
        alike: _Alike | None = None,
    ) -> None:
        self.made = _Filled()
        self._step = step
        self._rights = rights
        self._where = where
        self._alike = alike
        self._paired: set[int] = set()
        self._tests = 0
        self._by_key: dict[Hashable, list[int]] = {}
        self._without_key: list[int] = []
        if where is not None and where.has_key:
            self._index(where)

    def _index(self, where: PairScope) -> None:
        for at, item in enumerate(self._rights):
            try:
                self._by_key.setdefault(same(where.key("right", item)), []).append(at)
            except ExpressionError:
                self._without_key.append(at)

    async def within(self, dropped: _Filled) -> None:
        """All pairs of the list itself."""
        for at, left in enumerate(self._rights):
            async for other in self._fitting(at, left, after=at):
                self._paired |= {at, other}
        self._close(dropped)
        self.made.close()

    async def across(self, items: Stream, lefts: _Filled, rights: _Filled) -> None:
        """All pairs of the items of another list, as they come, with this one's."""
        number = 0
        async for _, cell in items.in_order():
            for left in cell:
                alone = True
                async for other in self._fitting(number, left):
                    self._paired.add(other)
                    alone = False
                if alone:
                    lefts.add(left)
                number += 1
        lefts.close()
        self._close(rights)
        self.made.close()

    def _close(self, dropped: _Filled) -> None:
        for at, item in enumerate(self._rights):
            if at not in self._paired:
                dropped.add(item)
        dropped.close()

    async def _fitting(self, number: int, left: Item, after: int = -1) -> AsyncIterator[int]:
        """Make the pairs of an item, and give the positions of the others in them."""
        for at in self._candidates(number, left):
            if at <= after:
                continue
            if self._holds(number, left, at):
                self.made.add(self._pair(number, left, at))
                yield at
            self._tests += 1
            if self._tests % _TESTS_AT_A_TIME == 0:
                await heavy("asyncio").sleep(0)

    def _candidates(self, number: int, left: Item) -> Iterator[int]:
        """The positions of the items that may be paired with one, in order."""
        if self._alike is not None:
            return iter(self._alike[number])
        every = iter(range(len(self._rights)))
        if self._where is None or not self._where.has_key:
            return every
        try:
            key = same(self._where.key("left", left))
        except ExpressionError:
            return every
        return merge(self._by_key.get(key, ()), self._without_key)

    def _holds(self, number: int, left: Item, at: int) -> bool:
        try:
            return self._where is None or self._where(left, self._rights[at])
        except ExpressionError as error:
            self._step.fail(self._pair(number, left, at), error.message)
            return False

    def _pair(self, number: int, left: Item, at: int) -> Item:
        return pair(self._step, number * len(self._rights) + at, left, self._rights[at])


@pairs.result
def lefts_and_rights(call: Call) -> Type:
    return ListType(pair_type(call.item_of("x"), call.item_of("y" if call.has("y") else "x")))


@pairs.complement("dropped")
def in_no_pair(call: Call) -> Type | None:
    return None if call.has("y") else call.type_of("x")


@pairs.complement("dropped.left", of="x")
def on_the_left_alone(call: Call) -> Type | None:
    return call.type_of("x") if call.has("y") else None


@pairs.complement("dropped.right", of="y")
def on_the_right_alone(call: Call) -> Type | None:
    return call.type_of("y") if call.has("y") else None


@pairs.lands
def on_its_side(call: Call, number: int) -> tuple[Path, ...]:
    """An item of one list alone is the left one here and the right one there."""
    return (SIDES[number],) if call.has("y") else SIDES


@pairs.loses("keeps")
def those_in_no_pair(call: Call) -> str:
    return f"keeps only {call.items_in_words} that are in a pair"


@pairs.loses("once")
def those_in_several(call: Call) -> str:
    return f"has {call.items_in_words} in each of their pairs"


@pairs.fragment
def what_is_paired(call: Call) -> str:
    made = f"Pairs each two items of {call.words('x')}"
    if call.has("y"):
        made = f"Pairs each item of {call.words('x')} with each of {call.words('y')}"
    where = f" for which {call.words('where')}" if call.has("where") else ""
    if call.has("near"):
        where += f", of the {call.words('near')} that are most like it in words"
    return f"{made}{where}, as records with `left` and `right`; no model is asked."


@pairs.most()
def each_with_each(given: Given) -> Most:
    lefts = given.size("x")
    others = given.size("y") if given.call.has("y") else lefts
    pairs_of = times(lefts.items, others.items)
    near = given.value("near")
    if near is not None:
        pairs_of = min(pairs_of, times(lefts.items + others.items, near))
    made = Size(pairs_of, lefts.each + others.each + _LABELS)
    if given.call.has("y"):
        return Most(made, (), {"dropped.left": lefts.some(), "dropped.right": others.some()})
    each_two = times(lefts.items, max(0, lefts.items - 1)) / 2
    within = Size(min(each_two, pairs_of), made.each)
    return Most(within, (), {"dropped": lefts.some()})
