"""Whether calls take longer than they did, told from how long they take alone."""

from __future__ import annotations

from dataclasses import dataclass, field

_CALLS = 64
_ENDED = 0.75
_LONGER = 1.5
_CAME_DOWN = 0.85
_OLD_SHARE = 0.8


@dataclass(slots=True)
class Cohort:
    """Calls of one step that were sent one after the other, and how long they took."""

    step: str
    size: int
    era: int
    sent: int = 0
    ended: int = 0
    seconds: list[float] = field(default_factory=list)


class Slowness:
    """Compares the calls of each step with earlier calls of the same step.

    A cohort of calls is slow if even its quickest quarter took half as long again as calls
    in the middle used to take. So single calls that take very long change nothing: the
    tails of latency are heavy. (Calls are taken by when they were sent: those that end
    within some time are the quick ones.) After a narrower width is tried, the next cohort
    says whether it helped; if not, the calls are just longer, and the width comes back.
    """

    def __init__(self) -> None:
        self._usual: dict[str, float] = {}
        self._open: dict[str, Cohort] = {}
        self._trial: tuple[str, float, float] | None = None
        self._era = 0

    def begin(self, step: str, width: float) -> Cohort:
        """The cohort of a call that is sent now."""
        cohort = self._open.get(step)
        if cohort is None or cohort.sent == cohort.size:
            cohort = self._open[step] = Cohort(step, max(_CALLS, int(width)), self._era)
        cohort.sent += 1
        return cohort

    def end(self, cohort: Cohort, seconds: float | None, width: float) -> float | None:
        """Count a call, None if it failed; the width to go to, where that should change."""
        cohort.ended += 1
        if seconds is not None:
            cohort.seconds.append(seconds)
        if cohort.ended != int(_ENDED * cohort.size) or cohort.era != self._era:
            return None
        all_calls = cohort.size - (cohort.ended - len(cohort.seconds))
        if 2 * all_calls < cohort.size:
            return None
        cohort.seconds.sort()
        middle = cohort.seconds[min(all_calls // 2, len(cohort.seconds) - 1)]
        return self._judged(cohort.step, cohort.seconds[all_calls // 4], middle, width)

    def forget(self) -> None:
        """Begin anew: what was seen was seen in other circumstances."""
        self._open.clear()
        self._era += 1
        self._trial = None

    def _judged(self, step: str, quick: float, middle: float, width: float) -> float | None:
        if self._trial is not None and self._trial[0] == step:
            _, wide, before = self._trial
            self._trial = None
            if middle > _CAME_DOWN * before:
                self._usual[step] = middle
                return wide
            return None
        usual = self._usual.setdefault(step, middle)
        if quick <= _LONGER * usual:
            self._usual[step] = _OLD_SHARE * usual + (1 - _OLD_SHARE) * middle
            return None
        self.forget()
        self._trial = (step, width, middle)
        return width * max(0.5, usual / middle)
