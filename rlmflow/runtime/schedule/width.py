"""How many calls at a time a provider takes: fewer when it turns calls away or grows slow."""

from __future__ import annotations

from rlmflow.runtime.schedule.slowness import Cohort, Slowness

_LEAST_FOR_SLOWNESS = 4


class AdaptiveWidth:
    """A width that adapts, as TCP's window does, between 1 and `most`.

    Each time a provider turns calls away the width is halved, once for all calls that were
    under way by then (an `epoch`). Each call that goes well widens it again by one, up to
    three quarters of the width that was too much, then by one for as many calls as it is
    wide, then by one each again. Source: Jacobson, Congestion Avoidance and Control, 1988.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.least = most
        self.epoch = 0
        self._width = float(most)
        self._too_much = 0.0
        self._slowness = Slowness()

    @property
    def now(self) -> int:
        return int(self._width)

    def turned_away(self, epoch: int) -> bool:
        """Shrink; False if the width has shrunk since a call of that epoch was sent."""
        if epoch != self.epoch:
            return False
        self._shrink(self._width / 2)
        self._slowness.forget()
        return True

    def begin(self, step: str) -> Cohort:
        """Count a call of a step that is sent now."""
        return self._slowness.begin(step, self._width)

    def end(self, epoch: int, cohort: Cohort, seconds: float | None, under_way: int) -> bool:
        """Count how long a call took, None if it failed; whether the width shrank for slowness."""
        found = self._slowness.end(cohort, seconds, self._width)
        if 2 * under_way < self._width:
            return False
        if found is not None:
            if found < self._width and self._width >= _LEAST_FOR_SLOWNESS:
                self._shrink(found)
                return True
            self._width = min(max(self._width, found), float(self.most))
        if seconds is not None and epoch == self.epoch and self._width < self.most:
            self._widen()
        return False

    def _shrink(self, width: float) -> None:
        self._too_much = self._width
        self._width = max(1.0, float(int(width)))
        self.least = min(self.least, self.now)
        self.epoch += 1

    def _widen(self) -> None:
        careful = 0.75 * self._too_much <= self._width <= self._too_much
        more = 1.0 / self._width if careful else 1.0
        self._width = min(self._width + more, float(self.most))
