"""The time as blocks read it: recorded, and on a replay read again as it was.

Only what a block's own code reads counts: a library's readings (of asyncio, say) don't
come in the same order twice, and nothing of a replay hangs on them.
"""

from __future__ import annotations

import datetime
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Self

from rlmflow.runtime.repl.messages import Reading, Readings

_CLOCKS = (
    *("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns"),
    *("process_time", "process_time_ns", "thread_time", "thread_time_ns"),
)
# Functions that read the clock when they are given no time, and how many arguments they have then.
_OF_NOW = {"localtime": 0, "gmtime": 0, "ctime": 0, "asctime": 0, "strftime": 1}
_MOST = 10_000

_real_date = datetime.date
_real_datetime = datetime.datetime


class Clock:
    """Stands in the place of the clocks of `time` and `datetime`.

    A clock is recorded for so many readings of a block; code that reads it more often waits
    for a time to come, and a replay needs not wait for it again.
    """

    def __init__(self, namespace: dict[str, Any]) -> None:
        self._namespace = namespace
        self._recorded: Readings = {}
        self._replayed: dict[str, deque[Reading]] = {}
        for name in _CLOCKS:
            setattr(time, name, self._clock(name, getattr(time, name)))
        for name, arguments in _OF_NOW.items():
            setattr(time, name, self._of_now(name, arguments, getattr(time, name)))
        _put_in_place(self._clock("datetime", time.time, depth=2))

    def begin(self, replayed: Readings | None) -> None:
        """A block begins. On a replay it reads what it read the first time."""
        self._recorded = {}
        self._replayed = {name: deque(values) for name, values in (replayed or {}).items()}

    def recorded(self) -> Readings:
        """What the block has read."""
        return self._recorded

    def _clock(
        self, name: str, real: Callable[[], Reading], depth: int = 1
    ) -> Callable[[], Reading]:
        def read() -> Reading:
            if sys._getframe(depth).f_globals is self._namespace:
                return self._read(name, real)
            return real()

        return read

    def _read(self, name: str, real: Callable[[], Reading]) -> Reading:
        if again := self._replayed.get(name):
            return again.popleft()
        value = real()
        readings = self._recorded.setdefault(name, [])
        if len(readings) < _MOST:
            readings.append(value)
        return value

    def _of_now(self, name: str, arguments: int, real: Callable[..., Any]) -> Callable[..., Any]:
        """A function whose last argument is the time that it is now, if it is left out."""
        now = self._clock(name, time.time, depth=2)
        broken_down = name in ("asctime", "strftime")
        local = time.localtime

        def of(*given: Any) -> Any:
            if len(given) != arguments:
                return real(*given)
            moment = now()
            return real(*given, local(moment) if broken_down else moment)

        return of


class _Kind(type):
    """The real class's instances are instances of the one that stands in its place."""

    stands_for: type | None = None

    def __instancecheck__(cls, value: object) -> bool:
        own = vars(cls).get("stands_for")
        return isinstance(value, own) if own else super().__instancecheck__(value)

    def __subclasscheck__(cls, other: type) -> bool:
        own = vars(cls).get("stands_for")
        return issubclass(other, own) if own else super().__subclasscheck__(other)


def _put_in_place(now: Callable[[], Reading]) -> None:
    """Let `datetime` have classes that read this clock."""

    class Date(_real_date, metaclass=_Kind):
        stands_for = _real_date

        @classmethod
        def today(cls) -> Self:
            return cls.fromtimestamp(now())

        def __repr__(self) -> str:
            return f"datetime.{super().__repr__()}"

    class Datetime(_real_datetime, metaclass=_Kind):
        stands_for = _real_datetime

        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Self:
            return cls.fromtimestamp(now(), tz)

        @classmethod
        def today(cls) -> Self:
            return cls.fromtimestamp(now())

        @classmethod
        def utcnow(cls) -> Self:
            moment = cls.fromtimestamp(now(), datetime.UTC)
            return moment.replace(tzinfo=None)

        def __repr__(self) -> str:
            return f"datetime.{super().__repr__()}"

    for made, real in ((Date, _real_date), (Datetime, _real_datetime)):
        made.__name__ = made.__qualname__ = real.__name__
        made.__module__ = "datetime"
        setattr(datetime, real.__name__, made)
