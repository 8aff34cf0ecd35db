"""Several items to a call: each has an id, and each id must come back exactly once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from rlmflow.operators._most import Asks, Given, packed_bytes, packed_tokens, rounded_up, times
from rlmflow.operators._replies import Keyed, keyed_form, value_form
from rlmflow.operators._step import Shown, Step, Unanswered
from rlmflow.types import BOOL, Type

_USUAL_PACK = 20


def pack_size(step: Step, pinned: int | None, type_: Type) -> int:
    """The most items to a call: what the author says, else what the model can do."""
    if pinned is not None:
        return pinned
    return 1 if step.asks_small_model and type_.required == BOOL else _USUAL_PACK


async def ask_each(
    step: Step, job_alone: str, job_packed: str, shown: Sequence[Shown], type_: Type
) -> Mapping[int, object]:
    """A value for each item, by its number from 1; those given up are listed and left out.

    Ids that are missing, doubled or malformed in the reply are asked about again,
    each alone.
    """
    if len(shown) == 1:
        return {1: await step.ask(job_alone, shown, value_form(type_))}
    try:
        reply = cast(Keyed, await step.ask(job_packed, shown, keyed_form(type_, len(shown))))
    except Unanswered as failure:
        if not failure.unusable:
            raise
        reply = Keyed({}, dict.fromkeys(range(1, len(shown) + 1), str(failure)))
    values = dict(reply.values)
    for number in reply.problems:
        piece = shown[number - 1]
        try:
            values[number] = await step.ask(job_alone, [piece], value_form(type_), again=1)
        except Unanswered as failure:
            step.fail(piece.item, failure.under(f"{reply.problems[number]}; asked again alone"))
    return values


def packs_at_most(given: Given, name: str, pinned: int | None, type_: Type, words: str) -> Asks:
    """The calls that ask about the items of an input, several to a call.

    Packs are filled one after the other, so any two neighbours of which the first is not
    full by number hold more tokens together than one may.
    """
    shown = given.shown(name)
    tokens = packed_tokens(shown)
    alone = given.small and type_.required == BOOL
    usual = pinned or (1 if alone else _USUAL_PACK)
    most = int(max(1, min(usual, shown.items)))
    by_number = most * tokens.each <= given.pack_tokens
    full = rounded_up(shown.items / most)
    by_tokens = rounded_up(2 * tokens.total / given.pack_tokens)
    calls = full if by_number else min(shown.items, full + by_tokens)
    largest = max(shown.each, min(times(most, shown.each), packed_bytes(given.pack_tokens)))
    forms = (value_form(type_), *([keyed_form(type_, most)] if most > 1 else []))
    return Asks(
        calls=calls,
        items=shown.items,
        shown=shown.total,
        largest=largest,
        members=most,
        forms=forms,
        words=words,
        exact=shown.exact and by_number,
    )
