"""What an operator's body may do: the running step, as the runtime provides it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from rlmflow.source import Span
from rlmflow.types import Type
from rlmflow.values import Item, Stream

T = TypeVar("T")


class BadReply(Exception):
    """A reply that can't be used; its message is shown to the model when it is asked again."""


class Unanswered(Exception):
    """A question to which no usable reply came, retries included; the message says why."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Text that stands for an item in a message. `spans` are the input characters in it."""

    item: Item
    text: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class ReplyForm:
    """What a reply must be. `schema` None asks for plain text; `tokens` is its worst case.

    `read` turns the reply's text into a value, or raises `BadReply`.
    """

    schema: Mapping[str, object] | None
    read: Callable[[str], object]
    tokens: int
    explained: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """A step's main result beside its complements (`dropped`, `unmatched`)."""

    main: Stream | Item
    complements: Mapping[str, Stream]


class Step(Protocol):
    """One step of a strategy while it runs."""

    @property
    def name(self) -> str: ...

    @property
    def returns(self) -> Type | None:
        """The `-> Type` of the step, an enum by `choices:` resolved to its values."""
        ...

    @property
    def votes(self) -> int: ...

    @property
    def pack_tokens(self) -> int:
        """The most tokens of items that one packed call may show."""
        ...

    def count_tokens(self, text: str) -> int:
        """Tokens of a text as the step's model counts them, or an upper bound."""
        ...

    def item(
        self,
        value: object,
        index: int,
        parents: Iterable[Item] = (),
        *,
        spans: tuple[Span, ...] = (),
        fields: Mapping[str, Span] | None = None,
    ) -> Item:
        """A value that this step made. `index` tells apart those with the same parents."""
        ...

    def show(self, item: Item) -> Shown:
        """What the model sees of an item: `show:`, else the item itself."""
        ...

    def expand(self, items: Stream, work: Callable[[Item], Iterable[Item]]) -> Stream:
        """Turn each item into any number of items, without a model, in the list's order."""
        ...

    def each(self, items: Stream, work: Callable[[Item], Awaitable[Iterable[Item]]]) -> Stream:
        """Turn each item into any number of items, many at once, in the list's order.

        An item for which `work` raises `Unanswered` is listed as failed, and left out.
        """
        ...

    def spawn(self, work: Callable[[Stream], Awaitable[None]]) -> Stream:
        """A stream that `work` fills in the background; it is closed when `work` ends."""
        ...

    async def together(self, jobs: Sequence[Callable[[], Awaitable[T]]]) -> list[T | None]:
        """Run jobs many at once; the result of one that raised `Unanswered` is None."""
        ...

    async def ask(self, job: str, shown: Sequence[Shown], form: ReplyForm) -> object:
        """Ask the step's model about `shown`; `job` says what the operator wants done.

        The prompt, the frame around the items, structured output, retries, the
        re-ask that shows the error, votes, budget and ledger are the runtime's.
        Raises `Unanswered`.
        """
        ...

    def fail(self, item: Item, reason: str) -> None:
        """List an item (or a piece of its reply) as failed, with the reason."""
        ...

    def report(self, message: str) -> None:
        """Say something about the step that people should see after the run."""
        ...
