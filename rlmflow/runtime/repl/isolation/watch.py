"""What no kernel limits for one process alone: how many threads, how much disk.

(`RLIMIT_NPROC` counts all that a user runs; quotas are for whole file systems.) So the
host looks, from outside, as often as it likes while the worker lives. A file that has
no name any more is not seen: of those there are no more than may be open at once.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from rlmflow.runtime.repl.isolation.scratch import entries

THREADS = 512
FILES = 10_000
BYTES = 1 << 30
DEPTH = 100


def overrun(
    pid: int, scratch: Path, *, threads: int = THREADS, files: int = FILES, size: int = BYTES
) -> str | None:
    """Why the worker must be ended, or None. Costs well under a millisecond if all is well.

    `pid`: of the process that the host started, which may be bubblewrap. A folder that
    is emptied while it is looked at is no error.
    """
    if (running := sum(_threads(one) for one in _family(pid))) > threads:
        return f"it started {running:,} threads; {threads:,} are allowed"
    held, top = 0, os.fspath(scratch).count("/")
    for count, entry in enumerate(entries(scratch), start=1):
        # To look at a path takes time for each folder on it.
        if entry.path.count("/") - top > DEPTH:
            return f"it made folders more than {DEPTH} deep"
        with suppress(OSError):
            held += entry.stat(follow_symlinks=False).st_blocks * 512
        if count > files:
            return f"it wrote more than {files:,} files"
        if held > size:
            return f"it wrote more than {size >> 20:,} MiB"
    return None


def _family(pid: int) -> Iterator[int]:
    """`pid` and what it started; a worker itself can start none."""
    yield pid
    with suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            yield from _family(int(child))


def _threads(pid: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("Threads:"):
                return int(line.split()[1])
    return 0
