"""What a run need not ask: replies that the journal has, and those that are under way already.

Every reply is on disk before anything uses it. Equal calls of a step are one call. A call
goes on when nobody waits for it any more, such as a worker that died: it is paid for.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import (
    Awaitable,
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePath
from typing import Protocol

from rlmflow.journal.entry import Entry
from rlmflow.journal.journal import Journal, NotKept
from rlmflow.journal.key import Occasion, derived, key_of, parts_of
from rlmflow.journal.reasons import Reasons
from rlmflow.models._protocol import Model, Reply, Request
from rlmflow.operators._step import Shown
from rlmflow.runtime.events import CallRecalled, Listener
from rlmflow.runtime.stopping import Stopping

_made: ContextVar[dict[bytes, Reply] | None] = ContextVar("_made", default=None)
_SHORTEST_NAME = 3
_NUMBER = re.compile(r"\d+$")


class Sender(Protocol):
    """Who sends requests, and for which step."""

    @property
    def step(self) -> str: ...

    @property
    def role(self) -> str: ...

    @property
    def model(self) -> Model: ...

    @property
    def occasion(self) -> Occasion:
        """Tells apart steps that ask the same."""
        ...

    def writing(self) -> AbstractContextManager[None]:
        """While a reply is on its way to the disk."""
        ...


@contextmanager
def calls_made() -> Iterator[dict[bytes, Reply]]:
    """The replies to the calls that are made, or recalled, inside the block, by key."""
    outer, own = _made.get(), dict[bytes, Reply]()
    token = _made.set(own)
    try:
        yield own
    finally:
        _made.reset(token)
        if outer is not None:
            outer.update(own)


@dataclass
class Recall:
    """The replies that one run has. Without a `journal` they last as long as it does.

    `fresh`: what an earlier run was told does not count. `asks`: False where a run is only
    foretold; then nothing is written. `reasons` finds out why something is asked; `why` has
    that by key, with the step.
    """

    tell: Listener
    stopping: Stopping
    journal: Journal | None = None
    fresh: bool = False
    asks: bool = True
    reasons: Reasons | None = None
    why: dict[bytes, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    _flights: dict[bytes, asyncio.Future[tuple[bytes, Reply]]] = field(default_factory=dict)
    _foretold: dict[bytes, Reply] = field(default_factory=dict)
    _own: set[bytes] = field(default_factory=set)
    _spoilt: dict[bytes, None] = field(default_factory=dict)

    @property
    def may_know(self) -> bool:
        """Whether an earlier run was told anything that counts."""
        return self.journal is not None and not self.fresh and not self.journal.is_empty

    async def reply(
        self,
        sender: Sender,
        request: Request,
        shown: Sequence[Shown],
        ask: Callable[[], Awaitable[Reply]],
    ) -> Reply:
        """The reply to a request: the one that is known, else what `ask` gives."""
        keys = self.keys(sender, request)
        while not (found := self.found(keys)):
            flight = self._flights.get(keys[0])
            if flight is None:
                begun = self._begun(sender, request, shown, keys, ask)
                return _counted(*await asyncio.shield(begun))
            await asyncio.wait([flight])
            flight.result()
        key = next(key for key in keys if key in found)
        return self.use(sender, request, shown, key, found[key])

    def keys(self, sender: Sender, request: Request) -> list[bytes]:
        """The keys under which a reply may stand: without places, then with those in it.

        The first is what equal requests of a step have in common.
        """
        key = key_of(sender.model.identity, request, sender.occasion)
        if request.decides is None or request.decides == request.messages:
            return [key]
        placed = "\0".join(message.content for message in request.messages)
        return [key, derived(key, placed)]

    def found(self, keys: Sequence[bytes]) -> Mapping[bytes, Reply]:
        """The replies that there are under some of these keys. One counts as used after `use`."""
        found = {key: self._foretold[key] for key in keys if key in self._foretold}
        if self.journal is not None:
            wanted = [key for key in keys if key in self._own or not self.fresh]
            found |= self.journal.known(wanted)
        return found

    def use(
        self, sender: Sender, request: Request, shown: Sequence[Shown], key: bytes, reply: Reply
    ) -> Reply:
        """Use a reply that was found under a key."""
        if self.journal is not None and self.asks and key not in self._own:
            self.journal.use(key)
        self.tell(
            CallRecalled(
                step=sender.step,
                model=sender.model.name,
                items=tuple(piece.item.id for piece in shown),
                sample=request.sample,
                role=sender.role,
                turn=sum(message.role == "assistant" for message in request.messages),
            )
        )
        return _counted(key, reply)

    async def keep(
        self,
        sender: Sender,
        replies: Sequence[tuple[Request, Shown, str, Sequence[bytes]]],
        needless: Collection[bytes] = (),
    ) -> list[Reply]:
        """Keep what is known about items by themselves, in place of `needless` calls.

        Gives what stands in the journal then, which another run may have put there.
        """
        entries = [
            self._entry(sender, asked, [piece], Reply(text), keys)
            for asked, piece, text, keys in replies
        ]
        return await self._written(entries, needless)

    def noted(self, key: bytes) -> str | None:
        """What was noted beside the replies, under a key of its own."""
        found = self.found([key]).get(key)
        if found is not None and self.journal is not None and self.asks:
            self.journal.use(key)
        return None if found is None else found.text

    async def note(self, key: bytes, step: str, text: str) -> None:
        """Note something beside the replies that a run needs to go on."""
        await self._written([Entry(key, b"", step, "", None, Reply(text))])

    def spoil(self, keys: Iterable[bytes]) -> None:
        """Note replies that led to nothing: the next run asks again."""
        self._spoilt.update(dict.fromkeys(keys))

    async def close(self) -> None:
        """Give up what nobody waits for, and forget what led to nothing."""
        flights = list(self._flights.values())
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)
        if self.journal is not None and self.asks:
            self.journal.forget(self._spoilt)

    def _begun(
        self,
        sender: Sender,
        request: Request,
        shown: Sequence[Shown],
        keys: Sequence[bytes],
        ask: Callable[[], Awaitable[Reply]],
    ) -> asyncio.Future[tuple[bytes, Reply]]:
        async def asked() -> tuple[bytes, Reply]:
            reply = await ask()
            entry = self._entry(sender, request, shown, reply, keys)
            with sender.writing():
                (kept,) = await self._written([entry])
            return entry.key, kept

        def ended(flight: asyncio.Future[tuple[bytes, Reply]]) -> None:
            del self._flights[keys[0]]
            if not flight.cancelled():
                flight.exception()  # if nobody waits for it any more, nobody is told

        flight = self._flights[keys[0]] = asyncio.ensure_future(asked())
        flight.add_done_callback(ended)
        return flight

    async def _written(
        self, entries: Sequence[Entry], needless: Collection[bytes] = ()
    ) -> list[Reply]:
        """Write entries down. Where they can't be, the run is to stop."""
        replies = [entry.reply for entry in entries]
        self._explain(entries, needless)
        if self.journal is None or not self.asks:
            self._foretold.update((entry.key, entry.reply) for entry in entries)
            return replies
        anew = self.fresh and not self._own.issuperset(entry.key for entry in entries)
        try:
            replies = await self.journal.keep(entries, anew=anew, instead_of=needless)
        except NotKept as problem:
            self.stopping.stop(str(problem))
        self._own.update(entry.key for entry in entries)
        return replies

    def _explain(self, entries: Sequence[Entry], needless: Collection[bytes]) -> None:
        """Note why entries were not known. Calls that items shared are none of their own."""
        if self.reasons is None:
            return
        for entry in entries:
            if entry.parts:
                self.why[entry.key] = (
                    entry.step,
                    self.reasons.of(entry.parts, entry.place, entry.step),
                )
        for key in needless:
            self.why.pop(key, None)

    def _entry(
        self,
        sender: Sender,
        request: Request,
        shown: Sequence[Shown],
        reply: Reply,
        keys: Sequence[bytes],
    ) -> Entry:
        """A reply with its key: one that names a place holds for that place alone."""
        loose, *strict = keys
        key = strict[0] if strict and _names_a_place(reply.text, shown) else loose
        texts = [piece.text for piece in shown]
        parts = parts_of(sender.model.identity, request, texts, sender.occasion)
        place = shown[0].item.source if shown else None
        return Entry(key, parts, sender.step, sender.model.name, place, reply)


def _counted(key: bytes, reply: Reply) -> Reply:
    """A reply that counts among `calls_made`."""
    if (made := _made.get()) is not None:
        made[key] = reply
    return reply


def _names_a_place(text: str, shown: Sequence[Shown]) -> bool:
    """Whether a reply holds the name of a file, or the line, that stood beside an item."""
    folded = text.casefold()
    for piece in shown:
        source = piece.item.source
        if source is None:
            continue
        if any(
            word in folded for word in _words(piece.spans[0].source.name if piece.spans else source)
        ):
            return True
        number = _NUMBER.search(source)
        if number and number[0] in text and re.search(rf"\b{number[0]}\b", text):
            return True
    return False


@lru_cache(maxsize=256)
def _words(source: str) -> tuple[str, ...]:
    """What a reply may call a file by."""
    name = PurePath(source)
    return tuple(word.casefold() for word in (name.name, name.stem) if len(word) >= _SHORTEST_NAME)
