"""Rates: so many requests, and so many tokens, in any minute."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import inf

MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Pacing:
    """What is allowed to one model, or to all of one provider; None for no limit.

    `requests` and `tokens` in any minute, where the tokens of a call are those it reads and
    writes; `width`: calls at a time.
    """

    requests: int | None = None
    tokens: int | None = None
    width: int | None = None


@dataclass(slots=True)
class Sent:
    """A call that counts, from when it was sent."""

    at: float
    tokens: int


class Pace:
    """Keeps to a `Pacing` exactly: no window of a minute, wherever it begins, holds more.

    A call is held at its worst case from when it gets its place, counted from when it is
    sent, and settled at what it used. A call that alone has more tokens than a minute
    allows goes when nothing else counts. (A leaky bucket, as libraries have it, would let
    twice as many start within a minute.)
    """

    def __init__(self, pacing: Pacing) -> None:
        self.pacing = pacing
        self.under_way = 0
        self._sent: deque[Sent] = deque()
        self._tokens = 0
        self._held = 0
        self._held_tokens = 0

    def start(self, tokens: int, now: float) -> float:
        """When a call of so many tokens may start: `now`, later, or inf if one must end first."""
        while self._sent and self._sent[0].at + MINUTE <= now:
            self._tokens -= self._sent.popleft().tokens
        if self.pacing.width is not None and self.under_way >= self.pacing.width:
            return inf
        return max(now, self._free_request(), self._free_tokens(tokens))

    def _free_request(self) -> float:
        if self.pacing.requests is None:
            return 0.0
        over = self._held + len(self._sent) + 1 - self.pacing.requests
        if over <= 0:
            return 0.0
        return self._sent[over - 1].at + MINUTE if over <= len(self._sent) else inf

    def _free_tokens(self, tokens: int) -> float:
        if self.pacing.tokens is None:
            return 0.0
        # One that never fits is let through alone.
        over = self._held_tokens + self._tokens + min(tokens, self.pacing.tokens)
        over -= self.pacing.tokens
        if over <= 0:
            return 0.0
        for sent in self._sent:
            over -= sent.tokens
            if over <= 0:
                return sent.at + MINUTE
        return inf

    def hold(self, tokens: int) -> None:
        """Count a call that has got its place."""
        self.under_way += 1
        self._held += 1
        self._held_tokens += tokens

    def send(self, tokens: int, now: float) -> Sent:
        """Count a held call from now on."""
        self._unhold(tokens)
        sent = Sent(now, tokens)
        self._sent.append(sent)
        self._tokens += tokens
        return sent

    def end(self, tokens: int, sent: Sent | None, used: int) -> None:
        """Settle a call at the tokens that it used; one that was never sent counts for nothing."""
        self.under_way -= 1
        if sent is None:
            self._unhold(tokens)
        elif used < sent.tokens:
            if self._sent and self._sent[0].at <= sent.at:
                self._tokens += used - sent.tokens
            sent.tokens = used

    def _unhold(self, tokens: int) -> None:
        self._held -= 1
        self._held_tokens -= tokens
