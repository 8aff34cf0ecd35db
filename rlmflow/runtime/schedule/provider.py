"""A provider as the scheduler sees it: how many calls it takes, and until when it takes none."""

from __future__ import annotations

import random
from dataclasses import dataclass

from rlmflow.models._protocol import ModelFailure
from rlmflow.runtime.events import Throttled
from rlmflow.runtime.schedule.slowness import Cohort
from rlmflow.runtime.schedule.width import AdaptiveWidth

_SHORTEST_PAUSE = 0.5
_LONGEST_PAUSE = 60.0
_PATIENCE = 900.0
_WORTH_TELLING = 1.0


def provider_of(model: str) -> str:
    """Whose a model is, by its name: `openai` of `openai/gpt-5`, the URL of `URL#model`."""
    if "://" in model:
        return model.partition("#")[0]
    return model.partition("/")[0].partition(":")[0]


@dataclass(frozen=True, slots=True)
class Use:
    """How a provider took the calls of a run.

    `width` is the most calls at a time that were allowed, `least_width` the fewest it came
    down to; `turned_away` counts calls, `pauses` the times that all waited, for `paused`
    seconds in all.
    """

    provider: str
    width: int
    least_width: int
    turned_away: int
    pauses: int
    paused: float


class Provider:
    """Width and pauses of one provider. Its models share them.

    When one call is told to wait, none is sent until that time is over. Where no time is
    given, it doubles from a second on to a minute, less a random part of up to a half.
    """

    def __init__(self, name: str, width: int, chance: random.Random) -> None:
        self.name = name
        self.width = AdaptiveWidth(width)
        self.under_way = 0
        self.until = 0.0
        self._chance = chance
        self._in_a_row = 0
        self._since: float | None = None
        self._turned_away = 0
        self._pauses = 0
        self._paused = 0.0
        self._said = False

    @property
    def use(self) -> Use:
        return Use(
            self.name,
            self.width.most,
            self.width.least,
            self._turned_away,
            self._pauses,
            round(self._paused, 3),
        )

    def is_given_up(self, now: float) -> bool:
        """Whether nobody waits for it any more: for 15 minutes it took no call."""
        return self._since is not None and now - self._since > _PATIENCE

    def turned_away(self, failure: ModelFailure, epoch: int, now: float) -> Throttled | None:
        """Note that a call was told to come later; what to tell, where anything changes."""
        self._turned_away += 1
        if self._since is None:
            self._since = now
        before = self.width.now
        first = self.width.turned_away(epoch)
        if first:
            self._in_a_row += 1
        elif failure.after is None:
            return None
        pause = self._pause() if failure.after is None else failure.after
        longer = now + pause - max(self.until, now)
        if longer <= 0:
            return self._throttled(failure, before, 0.0) if first else None
        self._pauses += now >= self.until
        self._paused += longer
        self.until = now + pause
        # Calls of one storm are told a moment after each other; that is one thing to tell.
        told = first or longer >= _WORTH_TELLING
        return self._throttled(failure, before, pause) if told else None

    def _pause(self) -> float:
        grown = min(_SHORTEST_PAUSE * 2.0**self._in_a_row, _LONGEST_PAUSE)
        return grown * (0.5 + self._chance.random() / 2)

    def _throttled(self, failure: ModelFailure, before: int, pause: float) -> Throttled:
        self._said = True
        why = failure.status or failure.kind
        return Throttled(self.name, str(why), before, self.width.now, round(pause, 3))

    def ended(self, epoch: int, cohort: Cohort, seconds: float | None) -> Throttled | None:
        """Note that a call ended, with a reply if it has `seconds`; what to tell of it."""
        if seconds is not None:
            self._in_a_row, self._since = 0, None
        before = self.width.now
        if self.width.end(epoch, cohort, seconds, self.under_way):
            self._said = True
            return Throttled(self.name, "slower", before, self.width.now)
        if self._said and self.width.now == self.width.most:
            self._said = False
            return Throttled(self.name, "recovered", before, self.width.now)
        return None
