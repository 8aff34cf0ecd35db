"""What a block prints: its head and its tail are kept while it is printed."""

from __future__ import annotations

import io
import threading

from rlmflow.runtime.repl.cut import Cut
from rlmflow.runtime.repl.ring import Ring


class Capture(io.TextIOBase):
    """A text file for `sys.stdout` and `sys.stderr` that takes no more memory than it shows.

    The last of it is in a ring too, for the host if the worker dies.
    """

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, most: int, ring: Ring) -> None:
        self.most = most
        self._ring = ring
        self._lock = threading.Lock()
        self._kept = Cut(most)

    def writable(self) -> bool:
        return True

    def write(self, text: str, /) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() takes a str, not a {type(text).__name__}")
        with self._lock:
            self._kept.add(text)
            self._ring.add(text)
        return len(text)

    def taken(self) -> str:
        """All that was written since the last time, cut in its middle."""
        with self._lock:
            kept, self._kept = self._kept, Cut(self.most)
            self._ring.clear()
        return kept.text().encode("utf-8", "backslashreplace").decode()
