"""Mending drafts that fail a condition: what a model is told of one, and what is taken of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import cast

from rlmflow.expressions import ExpressionError
from rlmflow.operators._frame import item_frame_bytes
from rlmflow.operators._members import MEMBERS, without_members_type
from rlmflow.operators._most import Asks, Count, Given, packed_bytes, reply_bytes, times
from rlmflow.operators._operator import Call
from rlmflow.operators._parameters import Where
from rlmflow.operators._places import places_of
from rlmflow.operators._quotes import fault, missing, quote_of, quotes_in
from rlmflow.operators._replies import value_form
from rlmflow.operators._step import Evidence, Shown, Step, Unanswered
from rlmflow.source import Span
from rlmflow.text.shorten import shortened
from rlmflow.types import Type
from rlmflow.values import Item, Part, Stream

_SOURCE, _VERDICT = "source", "verdict"
_JOB = "The numbered item is a draft of which this does not hold yet: {until}."
_FROM_SOURCE = f'What it was made from stands under the id "{_SOURCE}"; say nothing else.'
_FROM_REST = f'What it belongs to stands under the id "{_SOURCE}", and stays as it is.'
_COMES_TO = f'What that comes to now stands under the id "{_VERDICT}".'
_WHOLE = "Reply with the mended item as a whole, and change nothing that needs no mending."
_MOST_SOURCE_TOKENS = 16_000
# What a condition comes to can be any text, such as a `diff` of two long ones.
_MOST_VERDICT_BYTES = 8_192


class Mending:
    """What one step mends, which of its items fail, and why some were asked no further."""

    def __init__(
        self, step: Step, until: Where, rounds: int, field: str | None, *, strict: bool
    ) -> None:
        self._step = step
        self._until = until
        self._rounds = rounds
        self._field = field
        self._strict = strict
        self._type = mended_type(step.call)
        self._form = value_form(self._type)
        self._failing: set[Item] = set()
        self._cut_short: list[str] = []

    async def mend(self, item: Item) -> Iterable[Item]:
        if self._holds(item):
            return [item]
        draft, source = item, self._source(item)
        for number in range(self._rounds):
            try:
                draft = await self._better(item, draft, source, again=number)
            except Unanswered as reason:
                self._give_up(item, reason, asked_before=number > 0)
                break
            if self._holds(draft):
                return [draft]
        self._failing.add(draft)
        if self._strict:
            self._step.fail(item, f"{self._step.call.words('until')} still does not hold of it")
        return [draft]

    def if_failing(self, item: Item) -> Iterable[Item]:
        return [item] if item in self._failing else []

    async def told(self, mended: Stream) -> None:
        """Report, once all is done, how many items still fail."""
        await mended.all()
        if not self._failing:
            return
        said = f"{len(self._failing):,} still fail {self._step.call.words('until')}"
        if self._cut_short:
            said += f"; {len(self._cut_short):,} had rounds left: {self._cut_short[0]}"
        self._step.report(said)

    def _holds(self, item: Item) -> bool:
        try:
            return bool(self._until(item))
        except ExpressionError:
            return False

    def _give_up(self, item: Item, reason: Unanswered, *, asked_before: bool) -> None:
        """One that was mended at least once has a draft to show for it, and is no failure."""
        if asked_before:
            self._cut_short.append(str(reason))
        else:
            self._step.fail(item, reason.under("it was not mended"))

    async def _better(
        self, item: Item, draft: Item, source: Sequence[Shown], *, again: int
    ) -> Item:
        """The next draft; the same one, where what the model gave can't be taken."""
        shown = self._draft(draft)
        job, beside = self._job(draft, shown, source)

        def doubt(value: object, _: Evidence) -> str | None:
            return self._fault(value, draft, source)

        form = replace(self._form, doubt=doubt, settle=None)
        value = await self._step.ask(job, [shown], form, again=again, beside=beside)
        if found := self._fault(value, draft, source):
            self._step.reject(item, found)
            return draft
        if self._field is not None:
            whole = {**cast(Mapping[str, object], draft.value), self._field: value}
            rest = {name: span for name, span in draft.fields.items() if name != self._field}
            return self._step.item(whole, 0, [item], spans=draft.spans, fields=rest)
        place = self._place(value, draft, source)
        return self._step.item(_with_members_of(draft.value, value), 0, [item], spans=place)

    def _draft(self, draft: Item) -> Shown:
        """What is to be mended, as the model is shown it."""
        if self._field is None:
            return self._step.show(draft)
        value = cast(Mapping[str, object], draft.value)[self._field]
        return Shown(draft, self._step.itself(Item(value, draft.step)).text, ())

    def _job(
        self, draft: Item, shown: Shown, source: Sequence[Shown]
    ) -> tuple[str, Mapping[str, str]]:
        """What the model is told to do, and what it is shown beside the draft."""
        text = "\n\n".join(piece.text for piece in source)
        verdict = self._until.verdict(draft)
        parts, beside = [_JOB.format(until=self._step.call.words("until"))], dict[str, str]()
        if verdict:
            parts.append(_COMES_TO)
            beside[_VERDICT] = shortened(verdict, _MOST_VERDICT_BYTES)
        if text and text != shown.text:
            parts.append(_FROM_SOURCE if self._field is None else _FROM_REST)
            beside[_SOURCE] = text
        return " ".join([*parts, _WHOLE]), beside

    def _fault(self, value: object, draft: Item, source: Sequence[Shown]) -> str | None:
        """What is wrong with a quote that is new; the old ones were found where they were made."""
        was = draft.value
        if self._field is not None:
            was = cast(Mapping[str, object], was)[self._field]
        old = set(quotes_in(was, self._type))
        new = (quote for quote in quotes_in(value, self._type) if quote not in old)
        return fault(missing(new, [text for piece in source for text in piece.texts]))

    def _place(self, value: object, draft: Item, source: Sequence[Shown]) -> tuple[Span, ...]:
        quote = quote_of(value, self._type)
        if quote is None:
            return ()
        if quote == quote_of(draft.value, self._type):
            return draft.spans
        places = (place for piece in source for place in places_of([quote], piece))
        return next(((place,) for place in places if place), ())

    def _source(self, item: Item) -> Sequence[Shown]:
        """What an item was made from: the input that it rests on, else what it was made of.

        Nothing, where both are too long to be shown. Where a field is mended, the others.
        """
        if self._field is not None:
            return [self._step.show(_without(item, self._field))]
        return self._fitting(_input_of(item)) or self._fitting(item.parents)

    def _fitting(self, makers: Iterable[Item]) -> Sequence[Shown]:
        room, shown = _MOST_SOURCE_TOKENS, []
        for maker in makers:
            shown.append(self._step.itself(maker, margin=True))
            room -= self._step.count_tokens(shown[-1].text)
            if room < 0:
                return ()
        return shown


def _input_of(item: Item) -> Iterator[Item]:
    """The parts and records of the input that an item rests on, each once."""
    seen: set[Item] = set()
    waiting = [item]
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        if isinstance(one.value, Part) or (one.fields and one.spans):
            yield one
        else:
            waiting.extend(reversed(one.parents))


def _without(item: Item, field: str) -> Item:
    """A record without one of its fields."""
    value = cast(Mapping[str, object], item.value)
    return replace(item, value={name: held for name, held in value.items() if name != field})


def mended_type(call: Call) -> Type:
    """The type of what the model writes: a field, or an item without what steps added to it."""
    if call.has("field"):
        return call.arguments["field"].type
    return without_members_type(call.item_of("x"))


def _with_members_of(draft: object, value: object) -> object:
    """The new value, which stands for the same members as the draft, if it had any."""
    if isinstance(draft, Mapping) and isinstance(value, Mapping) and MEMBERS in draft:
        return {**value, MEMBERS: draft[MEMBERS]}
    return value


def mends_at_most(given: Given) -> Asks:
    """Each item is asked about once; further rounds are repeats."""
    items, shown, form = given.size("x"), given.shown("x"), value_form(mended_type(given.call))
    reply = reply_bytes(given, form)
    source, draft = packed_bytes(_MOST_SOURCE_TOKENS), max(shown.each, reply)
    if given.call.has("field"):
        source, draft = shown.each, max(items.each, reply)
    job = _JOB.format(until=given.call.words("until"))
    return Asks(
        calls=shown.items,
        items=shown.items,
        shown=times(shown.items, draft),
        largest=draft,
        members=1,
        forms=(form,),
        words=" ".join((job, _COMES_TO, max(_FROM_SOURCE, _FROM_REST, key=len), _WHOLE)),
        beside=source + _MOST_VERDICT_BYTES + item_frame_bytes(0),
    )


def mended_bytes(given: Given) -> Count:
    """The most bytes of an item once it is mended."""
    each, reply = given.size("x").each, reply_bytes(given, value_form(mended_type(given.call)))
    return each + reply if given.call.has("field") else max(each, reply)
