"""The ways in which a worker can be shut in."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rlmflow.runtime.repl.isolation import places
from rlmflow.runtime.repl.isolation.lock import Lock, Ruleset

_FILE_SIZE = 64 << 20
_OPEN_FILES = 128
# The host ends a block that takes too long; this ends what the host forgot.
_CPU_SECONDS = 4 * 60 * 60


@dataclass(frozen=True)
class Isolation:
    """A way to shut a worker in, and what stands against it on this machine.

    `strong`: code can't reach files, the network or other processes. `against` is
    None if the way was tried here and holds. `bubblewrap`: the program that makes
    namespaces, `landlock`: the version of Landlock that is used, `calls`: the filter
    of system calls; each empty if it has no part in this way.
    """

    name: str
    strong: bool = True
    against: str | None = None
    bubblewrap: str = ""
    landlock: int = 0
    calls: bytes = b""

    @property
    def holds(self) -> bool:
        """The way is strong, and was found to work on this machine."""
        return self.strong and self.against is None

    def but(self, against: str) -> Isolation:
        """The same, with what stands against it here."""
        return replace(self, against=against)

    def command(self, argv: Sequence[str], *, scratch: Path) -> list[str]:
        """The command line that starts the worker `argv`; open descriptors pass through."""
        if not self.bubblewrap:
            return list(argv)
        return [self.bubblewrap, *_namespaces(scratch), "--", *argv]

    def lock(self, *, scratch: Path, memory: int) -> Lock:
        """What the worker hands to `lock.lock`. `memory`: bytes of address space."""
        return Lock(
            scratch=str(scratch),
            limits={
                "RLIMIT_AS": memory,
                "RLIMIT_CPU": _CPU_SECONDS,
                "RLIMIT_FSIZE": _FILE_SIZE,
                "RLIMIT_NOFILE": _OPEN_FILES,
                "RLIMIT_CORE": 0,
            },
            ruleset=self._ruleset(scratch),
            calls=self.calls.hex() or None,
        )

    def _ruleset(self, scratch: Path) -> Ruleset | None:
        if not self.landlock:
            return None
        return Ruleset(
            abi=self.landlock,
            read=list(places.readable()),
            devices=list(places.DEVICES),
            write=[str(scratch)],
        )


UNSAFE = Isolation("none", strong=False)
"""Limits alone: code can do whatever the user can."""


def environment(scratch: Path) -> dict[str, str]:
    """All that the worker's environment holds: nothing of the host's.

    One thread for linear algebra: each would reserve memory, and one core is as much
    as a worker should take.
    """
    threads = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    return {
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "LANG": "C.UTF-8",
        "MALLOC_ARENA_MAX": "2",
        **dict.fromkeys(threads, "1"),
    }


def _namespaces(scratch: Path) -> Iterator[str]:
    """Arguments of bubblewrap: nothing of the host but what Python needs, and no network.

    The root of the new file system is memory: it is made read-only, so that only
    `scratch` can be written to.
    """
    yield from ("--unshare-all", "--unshare-user", "--die-with-parent", "--new-session")
    yield from ("--cap-drop", "ALL", "--hostname", "repl")
    for path in (*places.readable(), *places.interpreter()):
        if not path.startswith("/dev/"):
            yield from ("--ro-bind-try", path, path)
        elif os.path.exists(path):
            yield from ("--dev-bind", path, path)
    for path in places.DEVICES:
        yield from ("--dev-bind", path, path)
    yield from ("--bind", str(scratch), str(scratch), "--chdir", str(scratch))
    yield from ("--remount-ro", "/")
