"""Which ways of isolation hold on this machine: each is tried, in a process of its own."""

from __future__ import annotations

import errno
import json
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path

from rlmflow.diagnostics.codes import NO_ISOLATION
from rlmflow.diagnostics.model import Diagnostic
from rlmflow.runtime.repl.isolation import lock, syscalls
from rlmflow.runtime.repl.isolation.kinds import UNSAFE, Isolation, environment

_BUBBLEWRAP = Isolation("bubblewrap + seccomp + limits")
_LANDLOCK = Isolation("landlock + seccomp + limits")
_MEMORY = 1 << 30
_SECONDS = 20
_CHILD = """
import json, sys
sys.path.insert(0, sys.argv[1])
import lock
try:
    lock.lock(json.load(sys.stdin))
except OSError as failed:
    sys.exit(failed.strerror or str(failed))
"""


def probe() -> tuple[Isolation, ...]:
    """Every way, strongest first, with what stands against it on this machine.

    Each is really tried, once in the life of this process: a child locks itself, and
    then tries to get out.
    """
    return (bubblewrap(), landlock(), UNSAFE)


def strongest() -> Isolation | None:
    """The strongest way that holds here; None: code of a model must not be run.

    A weaker way is tried only if a stronger one does not hold.
    """
    return next((kind for way in (bubblewrap, landlock) if (kind := way()).holds), None)


def no_isolation() -> Diagnostic:
    """That no way holds, with what stands against each."""
    why = "; ".join(f"{kind.name}: {kind.against}" for kind in probe() if kind.strong)
    return NO_ISOLATION.at(
        None,
        f"code that a model writes can't be isolated here ({why})",
        hint="install bubblewrap and libseccomp on Linux, or accept that the code can do "
        "whatever you can, with `--unsafe-repl`",
    )


@cache
def bubblewrap() -> Isolation:
    """Namespaces, a filter of system calls, limits."""
    program = shutil.which("bwrap")
    if program is None:
        return _BUBBLEWRAP.but("bubblewrap (bwrap) is not installed")
    return _tried(_filtered(replace(_BUBBLEWRAP, bubblewrap=program)))


@cache
def landlock() -> Isolation:
    """Rules that the worker lays on itself, a filter of system calls, limits.

    Code can still learn that a path exists, and its size and times.
    """
    try:
        abi = lock.landlock_abi() if sys.platform == "linux" else 0
    except OSError as failed:
        missing = failed.errno == errno.ENOSYS
        return _LANDLOCK.but(
            "the kernel has no Landlock (Linux 5.13 has it)"
            if missing
            else "Landlock is switched off in this kernel (its boot option `lsm=`)"
        )
    return _tried(_filtered(replace(_LANDLOCK, landlock=abi)))


def _filtered(kind: Isolation) -> Isolation:
    """`kind` with a filter of system calls, without which none holds."""
    if sys.platform != "linux":
        return kind.but(f"it needs Linux, and this is {platform.system()}")
    try:
        calls = syscalls.program(platform.machine())
    except syscalls.NoFilter as missing:
        return kind.but(str(missing))
    return replace(kind, calls=calls)


def _tried(kind: Isolation) -> Isolation:
    if kind.against is not None:
        return kind
    with tempfile.TemporaryDirectory(prefix="rlmflow-") as folder:
        scratch = Path(folder).resolve()
        argv = [sys.executable, "-I", "-S", "-c", _CHILD, str(Path(lock.__file__).parent)]
        data = json.dumps(kind.lock(scratch=scratch, memory=_MEMORY))
        try:
            done = subprocess.run(
                kind.command(argv, scratch=scratch),
                input=data.encode(),
                env=environment(scratch),
                capture_output=True,
                timeout=_SECONDS,
            )
        except (OSError, subprocess.TimeoutExpired) as failed:
            return kind.but(str(failed))
    if done.returncode == 0:
        return kind
    said = done.stderr.decode(errors="replace").strip().splitlines()
    return kind.but(said[-1] if said else f"its process ended with {done.returncode}")
