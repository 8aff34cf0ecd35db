"""From the calls of a step at most to what they take at most, with all that may be repeated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf

from rlmflow.models._protocol import Model
from rlmflow.models.token_bounds import (
    MESSAGE_TOKENS,
    byte_bound,
    counts_exactly,
    schema_tokens,
)
from rlmflow.operators._frame import frame_bytes, item_frame_bytes
from rlmflow.operators._most import Asks, Count, rounded_up, times
from rlmflow.runtime.asking import PROBLEM_BYTES, REASKS, REPEATED_BYTES
from rlmflow.runtime.calling import Repeats
from rlmflow.runtime.planning.amount import Amount, priced
from rlmflow.runtime.planning.tally import Tally
from rlmflow.runtime.tools.using import CALL_TOKENS, MAY_USE, ROUNDS

# "That reply can't be used: … Reply again, in the form that was asked for."
_AGAIN_BYTES = 96
# An item that is asked about again, alone, is asked in other words than its pack was.
_OTHER_WORDS = 128


@dataclass(frozen=True)
class Words:
    """What stands in every message of a step: bytes of its prompt, and of its context.

    `place`: the bytes of the longest name of a place in the input.
    """

    prompt: Count = 0
    context: Count = 0
    place: int = 0


@dataclass(frozen=True)
class Tools:
    """Bytes that tools take at most: to be told of, and with all that is said of their use."""

    told: Count
    said: Count


@dataclass(frozen=True)
class Repeated:
    """Calls if each succeeds, what all take with those that are repeated, and what one does."""

    calls: Count = 0
    amount: Amount = field(default_factory=Amount)
    largest: Amount = field(default_factory=Amount)


@dataclass(frozen=True)
class Conversation:
    """How the calls of a step go: votes, repeats, tools, and the cap of their output."""

    model: Model
    words: Words
    votes: int
    repeats: Repeats
    max_output: int | None
    tools: Tools | None

    def at_most(self, asks: Sequence[Asks]) -> Repeated:
        """What calls of these kinds take at most."""
        base = Asking()
        for ask in asks:
            base = base.beside(self._asking(ask))
        return self._with_repeats(base)

    def beyond(self, tally: Tally) -> Repeated:
        """What calls take at most that are known in all but how often they are repeated."""
        asked = Asking(
            tally.calls, tally.worst_in, tally.worst_out, tally.largest_in, tally.largest_out
        )
        return self._with_repeats(asked)

    def _asking(self, ask: Asks) -> Asking:
        if not ask.calls:
            return Asking()
        calls = rounded_up(ask.calls) * self.votes
        frame, item = self._fixed(ask), item_frame_bytes(self.words.place)
        most_out = self.max_output or max(form.tokens for form in ask.forms)
        most_out += CALL_TOKENS if self.tools else 0
        each = frame + times(ask.members, item) + ask.largest
        window = self._window
        whole = times(calls, frame) + self.votes * (times(ask.items, item) + ask.shown)
        return Asking(
            calls,
            min(whole, times(calls, window)),
            calls * most_out,
            min(each, window),
            most_out,
        )

    def _fixed(self, ask: Asks) -> Count:
        texts = max(frame_bytes(ask.words, form.explained) for form in ask.forms)
        schema = max(schema_tokens(form.schema) for form in ask.forms)
        beside = ask.beside + item_frame_bytes(0) if ask.beside else 0
        tools = self.tools.told + len(MAY_USE) if self.tools else 0
        around = byte_bound(()) + 2 * MESSAGE_TOKENS
        return texts + schema + self.words.prompt + self.words.context + beside + tools + around

    @property
    def _window(self) -> Count:
        """What a request may have at most, where one that has more is sure not to be sent."""
        window = self.model.window
        return inf if window is None or not counts_exactly(self.model) else window

    def _with_repeats(self, asked: Asking) -> Repeated:
        price = self.model.price
        if not asked.calls:
            return Repeated()
        if asked.calls == inf:
            endless = priced(price, inf, inf, inf)
            return Repeated(inf, endless, endless)
        # A reply that is there already is no call, and counts for what may be repeated.
        repeats = self.repeats.most(max(int(asked.calls), self.repeats.calls))
        again = REPEATED_BYTES + PROBLEM_BYTES + _AGAIN_BYTES + 2 * MESSAGE_TOKENS
        largest = asked.largest_in + _OTHER_WORDS + REASKS * again
        rounds: Count = 0
        if self.tools is not None:
            largest += self.tools.said
            rounds = ROUNDS * (asked.calls + repeats)
        largest = min(largest, self._window)
        more = repeats + rounds
        most = priced(
            price,
            asked.calls + more,
            asked.tokens_in + times(more, largest),
            asked.tokens_out + more * asked.largest_out,
            largest,
        )
        return Repeated(asked.calls, most, priced(price, 1, largest, asked.largest_out))


@dataclass(frozen=True)
class Asking:
    """Calls, what they take in all, and what one of them takes."""

    calls: Count = 0
    tokens_in: Count = 0
    tokens_out: Count = 0
    largest_in: Count = 0
    largest_out: Count = 0

    def beside(self, other: Asking) -> Asking:
        return Asking(
            self.calls + other.calls,
            self.tokens_in + other.tokens_in,
            self.tokens_out + other.tokens_out,
            max(self.largest_in, other.largest_in),
            max(self.largest_out, other.largest_out),
        )
