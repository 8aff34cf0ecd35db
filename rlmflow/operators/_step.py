"""What an operator's body may do: the running step, as the runtime provides it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from rlmflow.operators._operator import Call
from rlmflow.source import Span
from rlmflow.types import Type
from rlmflow.values import Item, Stream

T = TypeVar("T")


class BadReply(Exception):
    """A reply that can't be used; its message is shown to the model when it is asked again."""


class Unanswered(Exception):
    """A question to which no usable reply came, retries included; the message says why.

    `unusable`: the model did reply, but never with what was asked for. `over`: a limit
    of the run was reached before it was asked.
    """

    def __init__(self, reason: str, *, unusable: bool = False, over: bool = False) -> None:
        super().__init__(reason)
        self.unusable = unusable
        self.over = over

    def under(self, words: str) -> Unanswered:
        """The same, its reason introduced by some words."""
        return Unanswered(f"{words}: {self}", unusable=self.unusable, over=self.over)


@dataclass(frozen=True, slots=True)
class Shown:
    """Text that stands for an item in a message. `spans` are the input characters in it.

    `quotable`: the texts in it that a quote may be from, where names of fields stand
    between them; None for all of it.
    """

    item: Item
    text: str
    spans: tuple[Span, ...]
    quotable: tuple[str, ...] | None = None

    @property
    def texts(self) -> tuple[str, ...]:
        """What a quote may be from."""
        return (self.text,) if self.quotable is None else self.quotable


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a call was shown: items, and texts beside them, such as what tools returned."""

    items: Sequence[Shown]
    beside: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Settled:
    """A value that is taken, and what of the reply is not: an item shown, and why."""

    value: object
    rejected: Sequence[tuple[Shown, str]] = ()


@dataclass(frozen=True, slots=True)
class ReplyForm:
    """What a reply must be. `schema` None asks for plain text; `tokens` is its worst case.

    `read` turns the reply's text into a value, or raises `BadReply`. `doubt` may find
    fault with a value, by what was shown: the model is told once. What it then says is
    what `settle` makes of it, which raises `BadReply` where nothing can be taken; without
    it, the operator deals with the value itself. `vote` makes one value of several
    samples. `answered` says which of the items, by number from 1, a value speaks for; all
    where it is None. `explained` says the form in words, and stands in every message.
    `write` gives a reply that is read as this value.
    """

    schema: Mapping[str, object] | None
    read: Callable[[str], object]
    tokens: int
    explained: str = ""
    doubt: Callable[[object, Evidence], str | None] | None = None
    settle: Callable[[object, Evidence], Settled] | None = None
    vote: Callable[[Sequence[object]], object] | None = None
    answered: Callable[[object], Iterable[int]] | None = None
    write: Callable[[object], str] | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """A step's main result beside its complements (`dropped`, `unmatched`)."""

    main: Stream | Item
    complements: Mapping[str, Stream]


class Loaded(Protocol):
    """A Python function whose file was imported. Its methods raise `Unanswered`."""

    def record(self, name: str, fields: Mapping[str, object]) -> object:
        """A value of one of the file's classes."""
        ...

    async def call(self, arguments: Mapping[str, object]) -> object:
        """What the function returns."""
        ...


class Step(Protocol):
    """One step of a strategy while it runs."""

    @property
    def name(self) -> str: ...

    @property
    def call(self) -> Call:
        """The call in the strategy that this step runs."""
        ...

    @property
    def returns(self) -> Type | None:
        """The `-> Type` of the step, an enum by `choices:` resolved to its values."""
        ...

    @property
    def asks_small_model(self) -> bool:
        """Whether the step's model must be asked yes-or-no questions one by one."""
        ...

    @property
    def pack_tokens(self) -> int:
        """The most tokens of items that one packed call may show."""
        ...

    def count_tokens(self, text: str) -> int:
        """About how many tokens a text is, rather too many than too few: for packing alone."""
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

    def itself(self, item: Item, *, margin: bool = False) -> Shown:
        """An item as it stands, whatever `show:` says; a part with its margin if asked for."""
        ...

    def start(self, work: Coroutine[Any, Any, None], /) -> None:
        """Run work beside the step, such as what fills a list. The run waits for its end."""
        ...

    def stands_for(self, item: Item, others: Iterable[Item]) -> None:
        """Say that others have the very text of an item: what is read of it is read of them."""
        ...

    def expand(self, items: Stream, work: Callable[[Item], Iterable[Item]]) -> Stream:
        """Turn each item into any number of items, without a model, in the list's order."""
        ...

    def each(self, items: Stream, work: Callable[[Item], Awaitable[Iterable[Item]]]) -> Stream:
        """Turn each item into any number of items, many at once, in the list's order.

        An item for which `work` raises `Unanswered` is listed as failed, and left out.
        """
        ...

    def each_packed(
        self,
        items: Stream,
        work: Callable[[Sequence[Shown]], Awaitable[Mapping[int, object]]],
        finish: Callable[[Item, object], Iterable[Item]],
        most: int,
        alone: tuple[str, ReplyForm],
    ) -> Stream:
        """Turn each item into any number of items, several to a call, in the list's order.

        `work` gets what is shown of up to `most` items that fit one call and gives
        values by item number (from 1); `finish` makes items of each value. What
        `work` leaves out it has given up and listed itself.

        `alone`: the job and the form of the same question about one item. By it an item is
        known again in a later run, whatever it then shares a call with.
        """
        ...

    def each_group(
        self,
        items: Stream,
        ends: Callable[[Sequence[Item], Item], bool],
        work: Callable[[Sequence[Item]], Awaitable[Item]],
    ) -> Stream:
        """Turn each run of neighbours into one item, many at once, in the list's order.

        A run is started as soon as its members are there; `ends` says of a run, and the
        item that follows it, whether it is complete. One for which `work` raised
        `Unanswered` is listed and left out.
        """
        ...

    def split(
        self,
        items: Stream,
        name: str,
        chosen: Callable[[Item], bool],
        of: Callable[[Item], Item] = ...,
    ) -> Result:
        """The items that are chosen, and in the complement `name` the others.

        `of` gives the item that is passed on for the one that was tested: itself by default.
        """
        ...

    async def together(
        self, jobs: Sequence[tuple[Sequence[Item], Callable[[], Awaitable[T]]]]
    ) -> list[T | None]:
        """Run jobs many at once, each with the items that it is about.

        Where a job raised `Unanswered`, its items are listed as failed and its result is None.
        """
        ...

    async def ask(
        self,
        job: str,
        shown: Sequence[Shown],
        form: ReplyForm,
        *,
        again: int = 0,
        beside: Mapping[str, str] = ...,
        seen: list[Shown] | None = None,
    ) -> object:
        """Ask the step's model about `shown`; `job` says what the operator wants done.

        `again` says how often these items were asked about before; the call is then
        taken from what the step may repeat, and is another one than before. `beside`:
        texts that are no items, each shown under its name as an id, such as the state of a
        fold. `seen` is told what tools that the model called returned: the model was shown
        that as well.

        The prompt, the frame around the items, structured output, retries, the
        re-ask that shows the error, votes, budget and ledger are the runtime's.
        Raises `Unanswered`.
        """
        ...

    async def explore(
        self, items: Sequence[Item], *, turns: int, depth: int | None
    ) -> Stream | Item:
        """What a root model answers to the step's prompt, about items that it reads by code.

        It gets at most `turns` turns, and `depth` levels of roots below it; None leaves
        that to whoever runs the strategy. Where it announced no answer that could be
        accepted, the step is listed as failed, and what there is of one is the result.
        Raises `Unanswered` where there is nothing.
        """
        ...

    def python(self, function: str) -> Loaded:
        """A function of the author's, by the name that it has in the program."""
        ...

    def fail(self, item: Item, reason: str | Unanswered) -> None:
        """List an item as failed: the step has no result for it."""
        ...

    def reject(self, item: Item, reason: str) -> None:
        """List something that a model said about an item and that was not accepted."""
        ...

    def report(self, message: str) -> None:
        """Say something about the step that people should see after the run."""
        ...
