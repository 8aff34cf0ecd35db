from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from rlmflow._lazy import heavy
from rlmflow.expressions import iso_date
from rlmflow.functions import as_text
from rlmflow.operators._ideal import Asked, Reader, one_value
from rlmflow.operators._most import (
    Asks,
    Given,
    Most,
    one_of,
    packed_bytes,
    packed_tokens,
    reply_bytes,
    rounded_up,
    value_bytes,
)
from rlmflow.operators._operator import (
    ALL,
    REQUIRED,
    SOME,
    Argument,
    Call,
    Facts,
    Finding,
    operator,
)
from rlmflow.operators._parameters import Items, Positive, Value
from rlmflow.operators._replies import value_form
from rlmflow.operators._step import Step
from rlmflow.syntax import ast
from rlmflow.types import ANY, DATE, EnumType, Type, fits
from rlmflow.values import Item

if TYPE_CHECKING:
    import asyncio

_STATE = "state"
_JOB = (
    f'What stands under the id "{_STATE}" is the result so far; at first there may be nothing in '
    "it. Work the numbered items into it, in their order, and reply with the whole new result. "
    "Keep all of the result so far that still holds."
)


@operator(
    facts=Facts(reads=ALL, keeps=SOME, once=False, text="new", items="new"),
    asks=True,
    prompt=REQUIRED,
    returns=REQUIRED,
)
async def fold(step: Step, x: Items, *, from_: Value, pack: Positive | None = None) -> Item:
    """Go through a list from beginning to end, with a result that grows on the way.

    Each call sees the result so far and the next items, as many as fit one call, and
    gives the new result. One call follows the other, so a long list takes long; where
    the order does not matter, `reduce` is faster. An empty list gives what `from:` says.

    Where a call fails for good, its items are listed as failed, and the result so far
    goes on without them: the run is then incomplete.

    x: the items.
    from: the result before the first item, of the type that the call returns.
    pack: the most items that share a call; by default as many as fit.
    """
    course = _Course(step, _as_run(from_, cast(Type, step.returns)), pack)
    taken = await step.each_group(x, course.ends, course.take).all()
    items = [item for group in taken for item in group.parents]
    return step.item(await course.state, 0, items)


class _Course:
    """The calls of one fold, each of which waits for the result of the one before."""

    def __init__(self, step: Step, first: object, most: int | None) -> None:
        self.state: asyncio.Future[object] = heavy("asyncio").get_running_loop().create_future()
        self.state.set_result(first)
        self._step = step
        self._form = value_form(cast(Type, step.returns))
        self._most = most
        self._tokens: dict[Item, int] = {}

    def ends(self, group: Sequence[Item], following: Item) -> bool:
        """Whether a call's items are complete before `following`."""
        if self._most is not None and len(group) >= self._most:
            return True
        full = sum(map(self._size, (*group, following))) > self._step.pack_tokens
        if full:
            self._tokens.clear()
        return full

    def _size(self, item: Item) -> int:
        if item not in self._tokens:
            self._tokens[item] = self._step.count_tokens(self._step.show(item).text)
        return self._tokens[item]

    async def take(self, group: Sequence[Item]) -> Item:
        """Work a call's items in. Calls are started in order, and each takes its turn."""
        before, after = self.state, heavy("asyncio").get_running_loop().create_future()
        self.state = after
        state = await before
        try:
            shown = [self._step.show(item) for item in group]
            beside = {_STATE: _as_shown(state)}
            state = await self._step.ask(_JOB, shown, self._form, beside=beside)
        finally:
            after.set_result(state)
        return self._step.item(None, 0, group)


def _as_shown(state: object) -> str:
    """A text as it is, anything else in the form that a reply has."""
    return (
        state if isinstance(state, str) else json.dumps(state, ensure_ascii=False, default=as_text)
    )


def _as_run(state: object, wanted: Type) -> object:
    if wanted.required == DATE and isinstance(state, str):
        return datetime.date.fromisoformat(state)
    return state


@fold.result
def declared(call: Call) -> Type:
    return call.returns or ANY


@fold.loses("keeps", "once")
def what_the_model_uses(call: Call) -> str:
    return f"gives what a model makes of {call.inputs_in_words}, whatever it leaves out or repeats"


@fold.fragment
def how_it_goes_through(call: Call) -> str:
    return (
        f"Goes through {call.words('x')} in order with a model, one call after the other: each "
        f"sees the result so far, which begins as {call.words('from')}, and the next items."
    )


@fold.check("RF365", "state-of-another-type")
def begins_with_what_it_returns(call: Call) -> Finding | None:
    argument = call.arguments["from"]
    if call.returns is None or _may_be(argument, call.returns):
        return None
    return (
        argument.span,
        f"the result begins as a `{argument.type}` here, and each call returns a `{call.returns}`",
        f"begin with a `{call.returns}`, or return a `{argument.type}`",
    )


def _may_be(argument: Argument, wanted: Type) -> bool:
    """Whether a value fits; a text that is written out may be a choice or a date."""
    match argument.written, wanted.required:
        case ast.Text(value=text), EnumType(values=values) if values is not None:
            return text in values
        case ast.Text() as text, inner if inner == DATE:
            return iso_date(text) is not None
    return fits(argument.type, wanted)


@fold.ideal
def state_and_items(asked: Asked, reader: Reader) -> object:
    """The new result rests on the one so far and on every item."""
    return one_value(asked, reader, *asked.beside.values())


@fold.most()
def one_after_the_other(given: Given) -> Most:
    shown, form = given.shown("x"), value_form(given.returns)
    reply = value_bytes(given.returns, reply_bytes(given, form))
    state = max(reply, given.context("from"))
    tokens, most = packed_tokens(shown), given.value("pack")
    packs = 2 * tokens.total / given.pack_tokens + 1
    calls = min(shown.items, rounded_up(packs + (shown.items / most if most else 0)))
    largest = max(shown.each, packed_bytes(given.pack_tokens))
    ask = Asks(
        calls=calls,
        items=shown.items,
        shown=shown.total,
        largest=min(largest, shown.total),
        members=most or shown.items,
        forms=(form,),
        words=_JOB,
        beside=state,
    )
    return Most(one_of(state), (ask,))


@fold.depth
def every_one(calls: int) -> int:
    return calls
