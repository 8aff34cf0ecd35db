"""The places of a run: which call may start, and when."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from math import inf

from rlmflow.models._protocol import ModelFailure
from rlmflow.operators._step import Unanswered
from rlmflow.runtime.clock import Surroundings
from rlmflow.runtime.events import Listener, Throttled
from rlmflow.runtime.schedule.line import Line, Refuse, Turn
from rlmflow.runtime.schedule.order import Order
from rlmflow.runtime.schedule.pace import Pace, Pacing, Sent
from rlmflow.runtime.schedule.provider import Provider, Use, provider_of
from rlmflow.runtime.schedule.slowness import Cohort


class Scheduler:
    """Gives each call its place: at most `width` at a time, and what each provider takes.

    A place that comes free goes to the first in line whose provider takes a call. None is
    given while `width` replies wait for the disk: so at most twice as many calls as there
    are places are lost to a crash, however slow the disk is. `pacing`:
    by the name of a model or a provider. Waits pass by the clock of `surroundings`; no
    place is held while its call waits for its provider. `began`: when the run did, by it.
    """

    def __init__(
        self,
        width: int,
        surroundings: Surroundings,
        tell: Listener,
        pacing: Mapping[str, Pacing] | None = None,
        began: float = 0.0,
    ) -> None:
        self._width = width
        self._free = width
        self._unwritten = 0
        self._clock = surroundings.clock
        self._chance = surroundings.chance
        self._tell = tell
        self._pacing = pacing or {}
        self._began = began
        self._paces: dict[str, Pace] = {}
        self._providers: dict[str, Provider] = {}
        self._lines: dict[str, Line[Place]] = {}
        self._numbers = count()
        self._timer: asyncio.Task[None] | None = None
        self._wakes = inf
        self._woken = 0.0

    def line(self, model: str) -> Line[Place]:
        """Where calls to the model of that name wait."""
        if model not in self._lines:
            name = provider_of(model)
            provider = self._providers.get(name)
            if provider is None:
                provider = self._providers[name] = Provider(name, self._width, self._chance)
            named = [self._pace(one) for one in dict.fromkeys((model, name)) if one in self._pacing]
            self._lines[model] = Line(provider, tuple(named))
        return self._lines[model]

    def _pace(self, name: str) -> Pace:
        return self._paces.setdefault(name, Pace(self._pacing[name]))

    def turn(self, order: Order) -> Turn:
        """The next turn of a step. A call that is sent again keeps the one it had."""
        return order, next(self._numbers)

    @property
    def uses(self) -> tuple[Use, ...]:
        """How each provider took the calls."""
        return tuple(provider.use for provider in self._providers.values())

    def try_place(self, line: Line[Place], tokens: int) -> Place | None:
        """A place, if there is one without waiting for it."""
        now = self.now()
        if self._may_start and line.first is None and line.start(tokens, now) == now:
            return self._granted(line, tokens)
        return None

    async def place(self, line: Line[Place], turn: Turn, tokens: int, refuse: Refuse) -> Place:
        """Wait for a place, for a call of at most so many tokens.

        Raises what `refuse` gives for a wait that is known to come.
        """
        if (place := self.try_place(line, tokens)) is not None:
            return place
        if (problem := self._refused(line.provider, refuse)) is not None:
            raise problem
        came = line.join(turn, tokens, refuse)
        self.dispatch()
        try:
            return await came
        except asyncio.CancelledError:
            if came.done() and not came.cancelled() and came.exception() is None:
                came.result().leave()
            raise

    @contextmanager
    def writing(self) -> Iterator[None]:
        """While a reply is on its way to the disk."""
        self._unwritten += 1
        try:
            yield
        finally:
            self._unwritten -= 1
            self.dispatch()

    @property
    def _may_start(self) -> bool:
        return self._free > 0 and self._unwritten < self._width

    def _granted(self, line: Line[Place], tokens: int) -> Place:
        self._free -= 1
        line.provider.under_way += 1
        for pace in line.paces:
            pace.hold(tokens)
        return Place(self, line, tokens, line.provider.width.epoch)

    def dispatch(self) -> None:
        """Give every place that is free to whoever may have it, and see to the next time."""
        now, wakes = self.now(), inf
        while self._may_start:
            best: Line[Place] | None = None
            turn: Turn | None = None
            for line in self._lines.values():
                first = line.first
                if first is None:
                    continue
                start = line.start(line.tokens, now)
                if start > now:
                    wakes = min(wakes, start)
                elif turn is None or first < turn:
                    best, turn = line, first
            if best is None:
                break
            tokens = best.tokens
            best.pop().set_result(self._granted(best, tokens))
        if wakes < inf:
            self._wake_at(wakes)

    def _wake_at(self, at: float) -> None:
        if self._timer is not None:
            if self._wakes <= at:
                return
            self._timer.cancel()
        self._wakes = at
        self._timer = asyncio.create_task(self._wake(at))

    async def _wake(self, at: float) -> None:
        await self._clock.sleep(max(0.0, at - self.now()))
        self._woken, self._timer = max(self._woken, at), None
        self.dispatch()

    def now(self) -> float:
        """The clock's time; once a wait is over, it is over, whatever a clock says."""
        return max(self._clock.now(), self._woken)

    def left(self, line: Line[Place]) -> None:
        """Take a place back."""
        self._free += 1
        line.provider.under_way -= 1
        self.dispatch()

    def ended(self, line: Line[Place], epoch: int, cohort: Cohort, seconds: float | None) -> None:
        """Note how long a call took, None if it failed."""
        self._say(line.provider.ended(epoch, cohort, seconds))

    def turned_away(self, line: Line[Place], epoch: int, failure: ModelFailure) -> None:
        """Note that a provider told a call to come later: all others wait with it."""
        provider = line.provider
        self._say(provider.turned_away(failure, epoch, self.now()))
        for other in self._lines.values():
            if other.provider is provider:
                other.turn_away(lambda refuse: self._refused(provider, refuse))

    def _refused(self, provider: Provider, refuse: Refuse) -> Exception | None:
        """Why a call won't wait until its provider takes calls again; None if it will."""
        now = self.now()
        if provider.until <= now:
            return None
        if provider.is_given_up(now):
            return Unanswered(f"{provider.name} has turned every call away for 15 minutes")
        return refuse(provider.until - now)

    def _say(self, event: Throttled | None) -> None:
        if event is not None:
            self._tell(replace(event, at=round(self.now() - self._began, 4)))

    def close(self) -> None:
        """Stop waiting for anything."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


@dataclass(slots=True)
class Place:
    """One of the places of a run, for one call of at most so many tokens."""

    _scheduler: Scheduler
    _line: Line[Place]
    _tokens: int
    _epoch: int
    _sent: tuple[Sent, ...] | None = None
    _cohort: Cohort | None = None

    def send(self, step: str) -> None:
        """A call of that step is sent now."""
        self._cohort = self._line.provider.width.begin(step)
        if self._line.paces:
            now = self._scheduler.now()
            self._sent = tuple(pace.send(self._tokens, now) for pace in self._line.paces)
            self._scheduler.dispatch()

    def turned_away(self, failure: ModelFailure) -> None:
        """The call was told to come later."""
        self._scheduler.turned_away(self._line, self._epoch, failure)

    def leave(self, used: int = 0, seconds: float | None = None) -> None:
        """The call has ended, having used so many tokens; with a reply if it has `seconds`."""
        if self._cohort is not None:
            self._scheduler.ended(self._line, self._epoch, self._cohort, seconds)
        for number, pace in enumerate(self._line.paces):
            pace.end(self._tokens, self._sent[number] if self._sent else None, used)
        self._scheduler.left(self._line)
