"""What the probe says on machines that lack one thing or another: they are made here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rlmflow.runtime.repl.isolation import probe, syscalls
from rlmflow.runtime.repl.isolation.kinds import UNSAFE

ASK = "from rlmflow.runtime.repl.isolation import probe\n"


@pytest.fixture(autouse=True)
def _probed_anew() -> None:
    """A probe's findings hold for a process, and here each test has another machine."""
    probe.bubblewrap.cache_clear()
    probe.landlock.cache_clear()


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that alone is searched for programs."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def bwrap(folder: Path, script: str) -> None:
    program = folder / "bwrap"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def test_without_bubblewrap_it_says_so(programs: Path) -> None:
    found = probe.bubblewrap()
    assert found.against == "bubblewrap (bwrap) is not installed"
    assert (found.strong, found.holds) == (True, False)


@pytest.mark.parametrize(
    ("script", "against"),
    [
        ("echo 'bwrap: setting up uid map: Permission denied' >&2; exit 1",
         "bwrap: setting up uid map: Permission denied"),
        ("echo 'bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted' >&2; exit 1",
         "bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted"),
        ("exit 7", "its process ended with 7"),
        # One that only says that it shuts the worker in.
        ('while [ "$1" != -- ]; do shift; done; shift; exec "$@"', "it does not hold: code can"),
    ],
)  # fmt: skip
def test_bubblewrap_is_tried_and_not_believed(programs: Path, script: str, against: str) -> None:
    bwrap(programs, script)
    if syscalls_missing():
        pytest.skip("there is no libseccomp, so bubblewrap is not tried")
    assert against in (probe.bubblewrap().against or "")


def syscalls_missing() -> bool:
    try:
        syscalls.program("x86_64")
    except syscalls.NoFilter:
        return True
    return False


def test_a_probe_that_does_not_end_is_ended(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bwrap(programs, "exec /bin/sleep 60")
    monkeypatch.setattr(probe, "_SECONDS", 0.2)
    if syscalls_missing():
        pytest.skip("there is no libseccomp, so bubblewrap is not tried")
    assert "timed out" in (probe.bubblewrap().against or "")


def elsewhere(code: str) -> str:
    """What a fresh process prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_without_libseccomp_no_way_holds_and_all_is_refused() -> None:
    said = elsewhere(
        "import ctypes.util\nctypes.util.find_library = {'c': 'libc.so.6'}.get\n"
        f"{ASK}print(probe.strongest())\nprint(probe.landlock().against)\n"
        "print(probe.no_isolation())"
    )
    strongest, landlock, diagnostic = said.splitlines()
    assert strongest == "None"
    if sys.platform == "linux" and probe.landlock().landlock:
        assert landlock == "libseccomp is not installed"
    assert "RF530" in diagnostic
    assert "--unsafe-repl" in diagnostic
    assert "libseccomp is not installed" in diagnostic


@pytest.mark.parametrize(
    ("error", "against"),
    [
        ("ENOSYS", "the kernel has no Landlock (Linux 5.13 has it)"),
        ("EOPNOTSUPP", "Landlock is switched off in this kernel (its boot option `lsm=`)"),
    ],
)
def test_a_kernel_without_landlock(error: str, against: str) -> None:
    """Another filter makes this kernel answer as one does that lacks Landlock."""
    if syscalls_missing():
        pytest.skip("there is no libseccomp, so no kernel can be made to lack Landlock")
    said = elsewhere(
        "import errno, pyseccomp as p\nrules = p.SyscallFilter(p.ALLOW)\n"
        f"rules.add_rule(p.ERRNO(errno.{error}), 444)\nrules.load()\n"
        f"{ASK}print(probe.landlock().against)"
    )
    assert said == f"{against}\n"


def test_a_kernel_without_seccomp_for_the_child(tmp_path: Path) -> None:
    """The lock itself fails, and says where."""
    if syscalls_missing() or probe.landlock().against:
        pytest.skip("Landlock does not hold here in any case")
    said = elsewhere(
        "import errno, pyseccomp as p\nrules = p.SyscallFilter(p.ALLOW)\n"
        "rules.add_rule(p.ERRNO(errno.EINVAL), 'prctl', p.Arg(0, p.EQ, 22))\nrules.load()\n"
        f"{ASK}print(probe.landlock().against)"
    )
    assert said == "prctl(PR_SET_SECCOMP): Invalid argument\n"


def test_each_way_is_tried_once_in_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    first = probe.probe()
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("tried again"))
    assert probe.probe() == first
    assert [kind.name for kind in first] == [
        "bubblewrap + seccomp + limits",
        "landlock + seccomp + limits",
        "none",
    ]
    assert first[-1] is UNSAFE
    assert not UNSAFE.holds


def test_the_strongest_is_the_first_that_holds() -> None:
    holding = [kind for kind in probe.probe() if kind.holds]
    assert probe.strongest() == (holding[0] if holding else None)


def test_a_probe_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = os.listdir("/proc/self/fd") if os.path.exists("/proc/self/fd") else []
    probe.probe()
    assert list(tmp_path.iterdir()) == []
    assert len(before) == (len(os.listdir("/proc/self/fd")) if before else 0)
