"""The memory of a process and all that it started, at its peak.

A page that several of the processes share counts once, in shares (PSS in `/proc`).
"""

from __future__ import annotations

import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PROC = Path("/proc")
_SECONDS_BETWEEN_LOOKS = 0.01
MEASURED = sys.platform == "linux"


@contextmanager
def peak_of(pid: int) -> Iterator[list[float]]:
    """Gives a list, in which after the block stands the most megabytes that were held in it."""
    found: list[float] = []
    peak = 0.0
    over = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not over.wait(_SECONDS_BETWEEN_LOOKS):
            peak = max(peak, sum(map(_megabytes, _family(pid))))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield found
    finally:
        over.set()
        watching.join()
        found.append(peak)


def _family(pid: int) -> list[int]:
    """A process and its descendants."""
    children: defaultdict[int, list[int]] = defaultdict(list)
    for entry in _PROC.iterdir():
        if entry.name.isdecimal():
            children[_parent(entry)].append(int(entry.name))
    found = [pid]
    for one in found:
        found += children[one]
    return found


def _parent(entry: Path) -> int:
    try:
        return int((entry / "stat").read_bytes().rpartition(b")")[2].split()[1])
    except OSError:
        return 0


def _megabytes(pid: int) -> float:
    """0 for one that has just ended."""
    try:
        lines = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
