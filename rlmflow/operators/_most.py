"""The most that a call can ask and make, whatever models reply: what ceilings are made of.

An operator's rule derives it from the most that flows in. Sizes are in bytes of UTF-8,
which no tokenizer exceeds in tokens; what has no bound is infinite, and fails closed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, inf
from types import MappingProxyType
from typing import Any, Protocol, TypeAlias

from rlmflow.operators._call import Call
from rlmflow.operators._step import ReplyForm
from rlmflow.types import BOOL, DATE, EnumType, ListType, OptionalType, RecordType, Type

Count: TypeAlias = float
"""A whole number, or infinity where there is no bound."""

REPLY_BYTES = 12
"""Bytes a token that an accepted reply may hold of its output cap; a longer one is refused."""

BYTES_A_CHARACTER = 4
_BYTES_A_PACKED_TOKEN = 3
_SMALL = 32


class NotKnown(Exception):
    """What a rule asks for is known only when the strategy runs."""


def times(one: Count, other: Count) -> Count:
    """A product in which nothing, however often, is nothing."""
    return one * other if one and other else 0


def rounded_up(number: Count) -> Count:
    return number if number == inf else ceil(number)


@dataclass(frozen=True)
class Size:
    """The most that a list holds: items, bytes of the largest as shown, bytes in all.

    `exact`: whether the number of items is that one, whatever models reply.
    """

    items: Count
    each: Count
    total: Count = inf
    exact: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "total", min(self.total, times(self.items, self.each)))
        object.__setattr__(self, "each", min(self.each, self.total))

    def grown(self, by: Count) -> Size:
        """As many items, each larger by so many bytes."""
        total = self.total + times(self.items, by)
        return Size(self.items, self.each + by, total, self.exact)

    def some(self, items: Count = inf) -> Size:
        """Some of the items, at most so many."""
        return Size(min(self.items, items), self.each, self.total)

    def __add__(self, other: Size) -> Size:
        return Size(
            self.items + other.items,
            max(self.each, other.each),
            self.total + other.total,
            self.exact and other.exact,
        )


UNBOUNDED = Size(inf, inf)
EMPTY = Size(0, 0, exact=True)


def one_of(each: Count) -> Size:
    """A value that is no list."""
    return Size(1, each, exact=True)


@dataclass(frozen=True, kw_only=True)
class Asks:
    """Calls of one kind that a step makes at most, repeats apart.

    `items` are shown in all of them together, with `shown` bytes; `members` and `largest`
    are the items and bytes of one.
    `forms`: what the reply may be asked for as; `words`: the longest of what the operator
    says of its job. `beside`: bytes of what is shown in each call and is no item. `exact`:
    whether there are just so many calls.
    """

    calls: Count
    items: Count
    shown: Count
    largest: Count
    members: Count
    forms: tuple[ReplyForm, ...]
    words: str = ""
    beside: Count = 0
    exact: bool = False


@dataclass(frozen=True)
class Most:
    """The most that a call makes and asks."""

    result: Size
    asks: tuple[Asks, ...] = ()
    complements: Mapping[str, Size] = field(default_factory=lambda: MappingProxyType({}))


class Given(Protocol):
    """What a rule is told: the call, and the most that flows into it."""

    @property
    def call(self) -> Call: ...

    @property
    def returns(self) -> Type:
        """The type of one reply, its choices filled in. Raises `NotKnown`."""
        ...

    @property
    def pack_tokens(self) -> int:
        """The most tokens of items that a packed call shows."""
        ...

    @property
    def small(self) -> bool:
        """Whether the model must be asked yes-or-no questions one by one."""
        ...

    @property
    def max_output(self) -> int | None:
        """The output cap that the author sets."""
        ...

    def sizes(self, name: str) -> Sequence[Size]:
        """What flows in at an input; several where it takes several."""
        ...

    def size(self, name: str) -> Size:
        """The same as one list."""
        ...

    def shown(self, name: str) -> Size:
        """The same as the model is shown it (`show:`)."""
        ...

    def value(self, name: str) -> Any:
        """An argument that is a plain value, else its default. Raises `NotKnown`."""
        ...

    def context(self, name: str) -> Count:
        """The most bytes of an argument that no items flow in through."""
        ...

    @property
    def callee(self) -> Size:
        """What one run of the strategy that stands in place of a prompt gives."""
        ...


def packed_tokens(size: Size) -> Size:
    """A size in tokens as packing counts them: rather too many."""
    total = size.total / _BYTES_A_PACKED_TOKEN + size.items
    return Size(size.items, size.each / _BYTES_A_PACKED_TOKEN + 1, total, size.exact)


def packed_bytes(tokens: int) -> Count:
    """The most bytes of what packing counts as so many tokens."""
    return float(_BYTES_A_PACKED_TOKEN * tokens)


def reply_bytes(given: Given, form: ReplyForm) -> Count:
    """The most bytes that the value of an accepted reply takes, written out."""
    return REPLY_BYTES * (given.max_output or form.tokens)


def value_bytes(type_: Type, reply: Count) -> Count:
    """The most bytes of a value of a type, as shown, that came in a reply of so many."""
    match type_.required:
        case EnumType(values=values) if values:
            return min(reply, max(len(value.encode()) for value in values))
        case plain if plain in (BOOL, DATE):
            return min(reply, _SMALL)
        case _:
            return reply


def least_bytes(type_: Type) -> int:
    """The fewest bytes that a value of a type takes in JSON, in a list: the comma counts."""
    match type_:
        case OptionalType():
            return 5
        case RecordType(fields=fields):
            return 3 + sum(len(f.name) + 3 + least_bytes(f.type) for f in fields)
        case ListType():
            return 3
        case _:
            return 2
