"""The last that a block printed, in memory that outlives the worker."""

from __future__ import annotations

import mmap
import os

_HEAD = 8
ROOM = 4096
SIZE = _HEAD + ROOM


class Ring:
    """The worker's side: what is added replaces the oldest. The file has `SIZE` bytes."""

    def __init__(self, fd: int) -> None:
        self._map = mmap.mmap(fd, SIZE)
        os.close(fd)
        self._count = 0

    def add(self, text: str) -> None:
        """Write the end of a text."""
        data = text[-ROOM:].encode("utf-8", "replace")[-ROOM:]
        at = _HEAD + self._count % ROOM
        first = data[: SIZE - at]
        rest = data[len(first) :]
        self._map[at : at + len(first)] = first
        self._map[_HEAD : _HEAD + len(rest)] = rest
        self._set(self._count + len(data))

    def clear(self) -> None:
        """Begin anew."""
        self._set(0)

    def _set(self, count: int) -> None:
        self._count = count
        self._map[:_HEAD] = count.to_bytes(_HEAD, "big")


def read_ring(fd: int) -> str:
    """The host's side: what is in the file, whatever the worker has made of it."""
    data = os.pread(fd, SIZE, 0)
    count, ring = int.from_bytes(data[:_HEAD], "big"), data[_HEAD:]
    at = count % ROOM
    last = ring[:count] if count <= ROOM else ring[at:] + ring[:at]
    return last.decode("utf-8", "ignore")
