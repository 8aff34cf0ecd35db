"""A process that locks itself: what then works, what does not, and when it refuses to lock."""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from repl.kinds_here import IN_EACH_KIND, isolation

from rlmflow.runtime.repl.isolation import lock, places
from rlmflow.runtime.repl.isolation.kinds import UNSAFE, Isolation, environment
from rlmflow.runtime.repl.isolation.lock import Lock
from rlmflow.runtime.repl.isolation.probe import landlock

FOLDER = Path(lock.__file__).parent
START = f"import json, sys; sys.path.insert(0, {str(FOLDER)!r}); import lock\n"
LOCKED = START + "lock.lock(json.loads(sys.argv[1]))\n"


def run(
    kind: Isolation, scratch: Path, code: str, data: Lock | None = None
) -> subprocess.CompletedProcess[str]:
    """What a process says that locks itself as `data` says, then runs `code`."""
    data = data or kind.lock(scratch=scratch, memory=4 << 30)
    argv = [sys.executable, "-I", "-c", code, json.dumps(data)]
    return subprocess.run(
        kind.command(argv, scratch=scratch),
        env=environment(scratch),
        capture_output=True,
        text=True,
        timeout=60,
    )


def under_landlock() -> Isolation:
    kind = landlock()
    if kind.against:
        pytest.skip(kind.against)
    return kind


# What code in a REPL is used to, and needs more of the system than arithmetic.
WORKS = {
    "numpy": "import numpy as n; a = n.random.rand(99, 99); n.linalg.inv(a) @ a",
    "scipy": "from scipy import optimize as o; assert o.minimize(lambda x: x @ x, [1, 2]).success",
    "sympy": "import sympy as s; x = s.Symbol('x'); s.integrate(x, x)",
    "sqlite3": "import sqlite3; c = sqlite3.connect('sqlite'); c.execute('create table t (a)')",
    "threads": "from threading import Thread as T; t = T(target=print); t.start(); t.join()",
    "a pool": "from concurrent.futures import ThreadPoolExecutor as P; list(P(9).map(abs, [-1]))",
    "asyncio": "import asyncio; asyncio.run(asyncio.to_thread(print))",
    "asyncio, timed": "import asyncio; asyncio.run(asyncio.wait_for(asyncio.sleep(0.001), 5))",
    "asyncio, a pipe": (
        "import asyncio, socket\nasync def f():\n  a, b = socket.socketpair()\n"
        "  r, w = await asyncio.open_connection(sock=a)\n  b.sendall(b'x'); await r.read(1)\n"
        "  w.write(b'y'); await w.drain(); b.recv(1)\nasyncio.run(f())"
    ),
    "temporary files": "import tempfile as t; t.TemporaryFile().write(b'x'); t.mkdtemp()",
    "files in scratch": (
        "import os, shutil; open('a', 'w').write('x'); shutil.copyfile('a', 'b'); os.mkdir('d')\n"
        "os.replace('b', 'd/b'); open('a', 'r+').truncate(); list(os.walk('.'))\n"
        "shutil.rmtree('d'); os.remove('a')"
    ),
    "time zones": "import zoneinfo; zoneinfo.ZoneInfo('Europe/Paris')",
    "processors": "import os; assert os.cpu_count() and os.sched_getaffinity(0)",
    "the alarm": (
        "import signal, time\nrang = []\nsignal.signal(signal.SIGALRM, lambda *a: rang.append(a))\n"
        "signal.setitimer(signal.ITIMER_REAL, 0.01)\nwhile not rang: time.sleep(0.01)"
    ),
    "ctypes": "import ctypes; assert ctypes.CFUNCTYPE(ctypes.c_int)(lambda: 3)() == 3",
    "randomness": "import os, random, secrets, uuid; os.urandom(3), uuid.uuid4()",
    "pickles": "import pickle; pickle.loads(pickle.dumps([1]))",
    "the platform": "import platform, getpass, locale; platform.platform()",
    "a mapping": "import mmap; mmap.mmap(-1, 1 << 20).write(b'x')",
    "source lines": "import inspect, json; inspect.getsource(json.dumps)",
}


@IN_EACH_KIND
def test_it_works_under_the_lock(kind_name: str, tmp_path: Path) -> None:
    code = (
        f"{LOCKED}import traceback\nfailed = {{}}\nfor name, code in {WORKS!r}.items():\n"
        "  try: exec(code, {})\n  except Exception: failed[name] = traceback.format_exc()\n"
        "print('failed:', failed)"
    )
    done = run(isolation(kind_name), tmp_path, code)
    assert done.stdout.splitlines()[-1] == "failed: {}", done.stdout + done.stderr


@IN_EACH_KIND
def test_limits_are_set_and_can_only_go_down(kind_name: str, tmp_path: Path) -> None:
    kind = isolation(kind_name)
    data = kind.lock(scratch=tmp_path, memory=1 << 30)
    code = (
        f"{LOCKED}import resource as r\nfor name in {list(data['limits'])}:\n"
        "  print(name, *r.getrlimit(getattr(r, name)))\n"
        "r.setrlimit(r.RLIMIT_NOFILE, (50, 50))\nprint(r.getrlimit(r.RLIMIT_NOFILE))\n"
        "r.setrlimit(r.RLIMIT_NOFILE, (60, 60))"
    )
    done = run(kind, tmp_path, code, data)
    *limits, lowered = done.stdout.splitlines()
    expected = {f"{name} {most} {most}" for name, most in data["limits"].items()}
    assert set(limits) == expected
    assert lowered == "(50, 50)"
    assert "not allowed to raise maximum limit" in done.stderr or "not permitted" in done.stderr


@IN_EACH_KIND
def test_no_core_is_dumped(kind_name: str, tmp_path: Path) -> None:
    code = f"{LOCKED}import ctypes; ctypes.string_at(8)"
    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    try:
        done = run(isolation(kind_name), tmp_path, code)
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))
    # Bubblewrap says 128 + the signal, and passes it on as an ending.
    assert done.returncode in (-11, 128 + 11)
    assert list(tmp_path.iterdir()) == []


def test_a_process_with_threads_is_not_locked(tmp_path: Path) -> None:
    code = (
        f"{START}import threading, time\n"
        "threading.Thread(target=time.sleep, args=(9,), daemon=True).start()\n"
        "lock.lock(json.loads(sys.argv[1]))\nprint('locked')"
    )
    done = run(under_landlock(), tmp_path, code)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "this process has several threads" in done.stderr


def test_a_lock_that_leaves_a_door_open_is_refused(tmp_path: Path) -> None:
    kind = under_landlock()
    data = kind.lock(scratch=tmp_path, memory=1 << 30)
    done = run(kind, tmp_path, f"{LOCKED}print('locked')", {**data, "ruleset": None})
    assert (done.returncode, done.stdout) == (1, "")
    assert "it does not hold: code can still read files, see processes" in done.stderr


def test_a_filter_that_allows_everything_is_refused(tmp_path: Path) -> None:
    kind = under_landlock()
    allow_all = bytes.fromhex("06000000") + (0x7FFF0000).to_bytes(4, "little")
    kind = replace(kind, calls=allow_all)
    done = run(kind, tmp_path, f"{LOCKED}print('locked')")
    assert (done.returncode, done.stdout) == (1, "")
    assert "change the mode of files, open sockets" in done.stderr
    assert "start processes" in done.stderr


def test_a_filter_that_is_none_is_refused_by_the_kernel(tmp_path: Path) -> None:
    done = run(replace(under_landlock(), calls=b"\xff" * 8), tmp_path, f"{LOCKED}print('locked')")
    assert (done.returncode, done.stdout) == (1, "")
    assert "prctl(PR_SET_SECCOMP): Invalid argument" in done.stderr


@pytest.mark.parametrize("abi", [1, 2, 3, 4, 6])
def test_it_holds_with_the_landlock_of_older_kernels(abi: int, tmp_path: Path) -> None:
    """The rules as an older kernel would take them; what it lacks, the filter refuses."""
    kind = under_landlock()
    if kind.landlock < abi:
        pytest.skip(f"this kernel has version {kind.landlock} of Landlock")
    code = (
        f"{LOCKED}import os, socket\nopen('mine', 'w').close()\nos.mkdir('d')\n"
        f"if {abi} > 1: os.rename('mine', 'd/mine')\n"
        "def refused(what):\n  try: what()\n  except OSError: return True\n"
        f"spoil = {str(tmp_path / 'spoil')!r}\n"
        "print(refused(lambda: open(spoil)), refused(lambda: open(spoil, 'w')),\n"
        "  refused(lambda: os.truncate(spoil, 0)), refused(lambda: os.link(spoil, 'x')),\n"
        "  refused(lambda: os.open(spoil, os.O_TRUNC)), refused(lambda: os.rename(spoil, 'x')),\n"
        "  refused(lambda: os.open(os.__file__, os.O_TRUNC)), refused(socket.socket),\n"
        "  refused(lambda: os.kill(os.getppid(), 0)), refused(lambda: open(os.__file__)))"
    )
    (tmp_path / "spoil").write_text("whole")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    done = run(replace(kind, landlock=abi), scratch, code)
    assert done.stdout == f"{'True ' * 9}None\n", done.stderr
    assert (tmp_path / "spoil").read_text() == "whole"


def test_without_isolation_there_are_limits_still(tmp_path: Path) -> None:
    code = f"{LOCKED}import resource as r; print(r.getrlimit(r.RLIMIT_CORE)); open('/etc/passwd')"
    done = run(UNSAFE, tmp_path, code)
    assert (done.returncode, done.stdout) == (0, "(0, 0)\n")


@IN_EACH_KIND
def test_nothing_of_the_hosts_environment_reaches_the_worker(
    kind_name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "planted")
    done = run(isolation(kind_name), tmp_path, f"{LOCKED}import os; print(sorted(os.environ))")
    assert done.returncode == 0
    # Bubblewrap sets PWD to the folder that it changes to.
    assert set(eval(done.stdout)) - {"PWD", "LC_CTYPE"} == set(environment(tmp_path))


def test_the_worker_needs_nothing_heavy_to_lock_itself() -> None:
    code = f"{START}print(json.dumps(sorted(sys.modules)))"
    argv = [sys.executable, "-I", "-S", "-c", code]
    loaded = json.loads(subprocess.run(argv, capture_output=True, check=True).stdout)
    assert "lock" in loaded
    assert not {"subprocess", "pathlib", "platform", "dataclasses", "rlmflow"} & set(loaded)


def test_what_may_be_read_is_the_interpreters_and_the_systems() -> None:
    readable = places.readable()
    assert os.path.realpath(os.__file__).startswith(tuple(map(os.path.realpath, readable)))
    assert not any(str(Path.cwd()) == path or str(Path.home()) == path for path in readable)
    assert not any(one.startswith(f"{other}/") for one in readable for other in readable)


def test_a_project_on_the_import_path_may_not_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = tmp_path / "lib/python3/site-packages"
    packages.mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [str(tmp_path / "project"), str(packages), ""])
    (tmp_path / "project").mkdir()
    readable = places.readable.__wrapped__()
    assert str(packages) in readable
    assert str(tmp_path / "project") not in readable
    assert "" not in readable


def test_the_machine_is_one_that_was_tried() -> None:
    if platform.machine() not in ("x86_64", "aarch64"):
        pytest.skip(f"no filter was made for {platform.machine()}")
    assert landlock().name == "landlock + seccomp + limits"
