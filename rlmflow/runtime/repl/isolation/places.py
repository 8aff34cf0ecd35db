"""The files that the worker's Python needs, and no others: what may be read in isolation."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

# Shared libraries, time zones, locales, and how many processors there are.
_SYSTEM = (
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/usr/share/zoneinfo",
    "/sys/devices/system/cpu",
    "/dev/urandom",
    "/dev/random",
    "/dev/zero",
)
DEVICES = ("/dev/null",)
"""What may be written to as well as read."""

_PACKAGES = ("site-packages", "dist-packages")
_WORKER = Path(__file__).parent.parent


@cache
def readable() -> tuple[str, ...]:
    """Folders and files that the worker may read, without those inside another.

    Of the import path only folders of installed packages count: a project that is
    installed for editing stands on it too, with all that lies beside its code.
    """
    wanted = sorted({*_SYSTEM, *_libraries(), str(_WORKER)})
    here = [path for path in wanted if os.path.exists(path)]
    return tuple(p for p in here if not any(p.startswith(f"{other}/") for other in here))


def _libraries() -> Iterator[str]:
    for prefix in {sys.base_prefix, sys.base_exec_prefix, sys.prefix, sys.exec_prefix}:
        yield from (os.path.join(prefix, name) for name in ("lib", "lib64"))
    yield from (entry for entry in sys.path if os.path.basename(entry) in _PACKAGES)


def interpreter() -> Iterator[str]:
    """Where Python itself lies: by the name it is started by, and what it looks for there."""
    yield sys.executable
    yield os.path.join(sys.prefix, "pyvenv.cfg")
