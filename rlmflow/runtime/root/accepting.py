"""When what code put into `answer` is the answer: seen, of the right type, as promised.

A root that sets and announces an answer in one turn has not seen what its code did; such
answers were often made up. So content counts only if an earlier turn had set it.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from rlmflow.functions import as_text
from rlmflow.runtime.names import Made
from rlmflow.runtime.outcome import projected
from rlmflow.runtime.repl.wire import Handle
from rlmflow.runtime.root import remarks
from rlmflow.runtime.root.crossing import Crossing, FailedResult
from rlmflow.schema import validated
from rlmflow.types import ListType, Type
from rlmflow.values import Item, Stream

NEVER_SET = ""
_MAKER = "answer"
_MOST_SHOWN = 600
_FIRST_SHOWN = 2

Verdict = Callable[[Made], Awaitable[Sequence[str]]]
"""The clauses of a contract that an answer does not meet, in words."""


async def no_verdict(_: Made) -> Sequence[str]:
    """The verdict where nothing was promised."""
    return ()


@dataclass(frozen=True)
class Judgement:
    """`made`: the answer, if it is accepted. `put_back`: whether `ready` is to be unset."""

    made: Made | None = None
    remark: str | None = None
    put_back: bool = False


@dataclass
class Acceptance:
    """Judges what stands in `answer` after each turn."""

    returns: Type
    crossing: Crossing
    verdict: Verdict = no_verdict
    _seen: object = NEVER_SET
    _made: Made | None = field(default=None, init=False)
    _problem: str | None = field(default=None, init=False)
    _refused: bool = field(default=False, init=False)

    async def judge(self, content: object, ready: bool) -> Judgement:
        """What comes of the content that a turn left, and what the root is told of it."""
        changed = content != self._seen
        if changed:
            self._seen = content
            self._refused = False
            self._made, self._problem = await self._read(content)
        if content == NEVER_SET:
            return Judgement(remark=remarks.EMPTY if ready else None, put_back=ready)
        if not ready:
            return Judgement(remark=self._state() if changed else None)
        if self._made is None:
            return Judgement(remark=remarks.unfit(self._problem or ""), put_back=True)
        if changed:
            return Judgement(remark=f"{remarks.NOT_SEEN}\n{self._state()}", put_back=True)
        unmet = await self.verdict(self._made)
        if unmet:
            self._refused = True
            return Judgement(remark=remarks.unmet(unmet), put_back=True)
        return Judgement(made=self._made)

    @property
    def so_far(self) -> Made | None:
        """What there is of an answer, though nobody announced it."""
        return self._made

    @property
    def may_be_announced(self) -> bool:
        """Whether what stands in the answer fits, and was not yet sent back."""
        return self._made is not None and not self._refused

    @property
    def problem(self) -> str | None:
        """Why what there is can't be an answer."""
        return self._problem

    def _state(self) -> str:
        """What stands in the answer, in one line and a preview."""
        fit = f"it does not fit: {self._problem}" if self._problem else f"it fits {self.returns}"
        return f'answer["content"] is set, and {fit}\n{preview(self._seen, self.crossing)}'

    async def _read(self, content: object) -> tuple[Made | None, str | None]:
        """The content as values with provenance, or one line that says why it is no answer."""
        if content == NEVER_SET:
            return None, None
        content = await self._with_handles(content)
        try:
            if isinstance(self.returns, ListType):
                return self._list(content, self.returns), None
            return self._one(content), None
        except FailedResult as failed:
            return None, f"It holds a failed result: {failed}"
        except ValueError as error:
            return None, f"It must be {self.returns}: {error}."

    async def _with_handles(self, content: object) -> object:
        """Plain content with the handles of the step's value that it is, if it is one."""
        known = await self.crossing.recognised(content)
        if known is None:
            return content
        items = [known] if isinstance(known, Item) else await known.all()
        handles = [Handle(self.crossing.item_sent(item).handle) for item in items]
        return handles[0] if isinstance(known, Item) else handles

    def _one(self, content: object) -> Item:
        """Raises `FailedResult`, and `ValueError` where the value does not fit."""
        item = self.crossing.item_of(content, _MAKER, 0)
        if isinstance(content, Handle):
            validated(projected(item.value, self.returns), self.returns)
            return item
        return _with(item, validated(item.value, self.returns))

    def _list(self, content: object, returns: ListType) -> Stream:
        """Raises `FailedResult`, and `ValueError` where an item does not fit."""
        if not isinstance(content, list | Handle):
            raise ValueError(f"{_kind(content)} is no list")
        items = self.crossing.items_of(content, _MAKER)
        given = content if isinstance(content, list) else [content] * len(items)
        return Stream.of(_fitting(items, given, returns))


def _fitting(items: Sequence[Item], given: Sequence[object], wanted: ListType) -> list[Item]:
    """The items as the answer has them: those that were given by handle as they are.

    Raises `ValueError` for the first that does not fit.
    """
    pairs = list(zip(items, given, strict=True))
    values = validated(
        [
            projected(item.value, wanted.item) if isinstance(one, Handle) else item.value
            for item, one in pairs
        ],
        wanted,
    )
    if not isinstance(values, list):
        raise AssertionError(f"a {wanted} was read as {values!r}")
    return [
        item if isinstance(one, Handle) else _with(item, value)
        for (item, one), value in zip(pairs, values, strict=True)
    ]


def _with(item: Item, value: object) -> Item:
    return Item(value, item.step, item.index, parents=item.parents)


def preview(content: object, crossing: Crossing) -> str:
    """The beginning of what stands in the answer; `content` as the REPL sent it."""
    try:
        if isinstance(content, list) and len(content) > _FIRST_SHOWN:
            first = crossing.plain(content[:_FIRST_SHOWN])
            return f"a list of {len(content):,}, which begins {_cut(first)}"
        return _cut(crossing.plain(content))
    except FailedResult as failed:
        return f"(a failed result: {failed})"


def _cut(value: object) -> str:
    if isinstance(value, str):
        text = value
    elif isinstance(value, list) and len(value) > _FIRST_SHOWN:
        text = f"[{', '.join(_json(one) for one in value[:_FIRST_SHOWN])}, …]"
    else:
        text = _json(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}… ({len(text):,} characters)"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=as_text)


def _kind(value: object) -> str:
    names = {str: "a text", dict: "a dict", bool: "a truth value", int: "a number"}
    return names.get(type(value), "a float" if isinstance(value, float) else "None")
