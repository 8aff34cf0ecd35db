"""The time that a block's own code takes: stopped while the host is waited for."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_AGAIN = 1.0
_AT_ONCE = 0.001


class TimeUp(BaseException):
    """A block has used up its time. Not an `Exception`: code should let it pass."""


class CodeTime:
    """An alarm that interrupts the main thread, in a block's own code and nowhere else.

    Code that catches the interrupt gets it again; the host ends what never gives in.
    """

    def __init__(self) -> None:
        self._main = threading.get_ident()
        self._lock = threading.Lock()
        self._waiting = 0
        self._sheltered = 1
        self._late = False
        self._running = False
        self._left = 0.0

    @contextmanager
    def exposed(self, seconds: float) -> Iterator[None]:
        """In here the main thread runs a block's code, which may take so long."""
        signal.signal(signal.SIGALRM, self._ring)
        self._late = False
        with self._lock:
            self._running = True
            self._left = seconds
            if not self._waiting:
                signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
        self._sheltered = 0
        try:
            yield
        finally:
            self.shelter()

    def shelter(self) -> None:
        """No more interrupts. For who catches one that came just as the code ended, too."""
        self._sheltered = 1
        with self._lock:
            self._running = False
            signal.setitimer(signal.ITIMER_REAL, 0)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """In here a thread waits for the host: the block's time stands still.

        If the time is up at its end, and this is the main thread, raises `TimeUp`.
        """
        main = threading.get_ident() == self._main
        self._sheltered += main
        try:
            self._pause()
            try:
                yield
            finally:
                self._resume()
        finally:
            self._sheltered -= main
        if main and self._late and not self._sheltered:
            self._late = False
            raise TimeUp

    def _pause(self) -> None:
        with self._lock:
            self._waiting += 1
            if self._waiting == 1 and self._running:
                self._left = signal.setitimer(signal.ITIMER_REAL, 0)[0]

    def _resume(self) -> None:
        with self._lock:
            self._waiting -= 1
            if not self._waiting and self._running:
                signal.setitimer(signal.ITIMER_REAL, self._left or _AT_ONCE, _AGAIN)

    def _ring(self, _signal: int, _frame: object) -> None:
        if self._sheltered:
            self._late = True
        else:
            raise TimeUp
