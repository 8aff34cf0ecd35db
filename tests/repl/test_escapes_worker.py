"""Code that turns on its own worker, or takes all it can: it costs that block, and no more."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from repl.kinds_here import IN_EACH_KIND, isolation
from repl.repl_host import running

from rlmflow.runtime.repl import conversation
from rlmflow.runtime.repl.block import Block, ReplLimits

SHORT, LONG = 0.25, 30.0


@dataclass(frozen=True)
class Attack:
    """`status`: how its block may end; `said`: what is in the block's output.

    `endless`: it is stopped by its time.
    """

    code: str
    status: str = "died"
    said: str = ""
    endless: bool = False


# Calls of the kernel by way of other architectures, which the filter must not overlook.
MACHINE_CODE = """
import ctypes, mmap
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(bytes.fromhex({!r}))
ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
"""
SOCKETS = """
import os, stat
sockets = []
for n in range(3, 200):
    try:
        if stat.S_ISSOCK(os.fstat(n).st_mode): sockets.append(n)
    except OSError: pass
"""
ATTACKS = {
    "ends its process": Attack("import os; os._exit(3)", said="status 3"),
    "reads where nothing is": Attack("import ctypes; ctypes.string_at(8)", said="SIGSEGV"),
    "aborts": Attack("import os; os.abort()"),
    "recurses without end": Attack(
        "import sys\nsys.setrecursionlimit(10**9)\nclass A:\n  __repr__ = lambda s: repr([s])\n"
        "repr(A())",
        "died or error",
    ),
    "closes the channel": Attack(
        "import os, time; os.closerange(0, 200); time.sleep(99)", endless=True
    ),
    "puts another file in the place of the channel": Attack(
        f"{SOCKETS}null = os.open('/dev/null', 2)\nfor n in sockets: os.dup2(null, n)",
        "died or timeout",
        endless=True,
    ),
    "sends a giant message": Attack(
        f"{SOCKETS}for n in sockets: os.write(n, b'\\xff' * 99)\nimport time; time.sleep(99)",
        said="4,294,967,295 bytes",
    ),
    "calls the kernel as i386": Attack(MACHINE_CODE.format("b814000000cd80c3"), said="SIGSYS"),
    "calls the kernel as x32": Attack(
        "import ctypes; ctypes.CDLL(None).syscall(0x40000000 + 39)", said="SIGSYS"
    ),
    "prints without end": Attack(
        "while True: print('x' * 1000)", "timeout", "characters are not shown", endless=True
    ),
    "writes without end past Python's files": Attack(
        "import os\nwhile True: os.write(1, b'x' * 99999)", "timeout", endless=True
    ),
    "runs without end": Attack("while True: pass", "timeout", endless=True),
    "swallows the interrupt": Attack(
        "while True:\n  try:\n    x = 0\n    while True: x += 1\n  except BaseException: pass",
        "timeout",
        "went on after its time was up",
        endless=True,
    ),
    "turns the alarm off": Attack(
        "import signal\nsignal.setitimer(signal.ITIMER_REAL, 0)\nwhile True: pass",
        "timeout",
        "went on after its time was up",
        endless=True,
    ),
    "ignores the alarm": Attack(
        "import signal\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\nwhile True: pass",
        "timeout",
        "went on after its time was up",
        endless=True,
    ),
    "blocks all signals": Attack(
        "import signal, time\nsignal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())\n"
        "time.sleep(99)",
        "timeout",
        "went on after its time was up",
        endless=True,
    ),
    "stops itself": Attack(
        "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", "error", "PermissionError"
    ),
    "takes all memory": Attack(
        "def f(x):\n  while True: x.append(bytearray(1 << 26))\nf([])", "error", "MemoryError"
    ),
    "takes all memory at once": Attack("bytearray(1 << 40)", "error", "MemoryError"),
    "writes a file without end": Attack(
        "with open('big', 'wb') as f:\n  while True: f.write(bytes(1 << 22))",
        "error",
        "File too large",
    ),
    "opens files without end": Attack(
        "x = []\nwhile True: x.append(open('/dev/null'))", "error", "Too many open files"
    ),
    "forks without end": Attack("import os\nwhile True: os.fork()", "error", "PermissionError"),
    "leaves folders that can't be listed": Attack(
        "import os\nos.mkdir('hidden', 0)\nfor n in range(99):\n  os.mkdir('d'); os.chdir('d')",
        status="ok",
    ),
    "plants modules where it works": Attack(
        "import os, sys\nsite = f'.local/lib/python3.{sys.version_info[1]}/site-packages'\n"
        "os.makedirs(site)\ncode = \"open('run', 'w').close(); raise SystemExit('planted')\"\n"
        "names = ('json', 'numpy', 'msgspec', 'sitecustomize', f'{site}/usercustomize')\n"
        "for name in names:\n  with open(f'{name}.py', 'w') as f: f.write(code)\nos._exit(0)"
    ),
}  # fmt: skip
# What only the host can see to be too much: it looks now and then.
# Without end, memory may run out before the worker is looked at.
THREADS = (
    "import threading, time\nthreading.stack_size(1 << 16)\nfor _ in range(600):\n"
    "  threading.Thread(target=time.sleep, args=(99,), daemon=True).start()\ntime.sleep(99)"
)
FILES = "n = 0\nwhile True:\n  n += 1\n  open(f'f{n}', 'w').close()"
DISK = (
    "for n in range(10**6):\n  with open(f'f{n}', 'wb') as f:\n"
    "    for _ in range(15): f.write(bytes(1 << 22))"
)
# It stays as code left it: the next block can't use what is gone.
VANDALISM = (
    "import sys; sys.modules.clear()",
    "import builtins, sys\ndef no(*a, **k): raise OSError('no')\n"
    "builtins.__import__ = builtins.open = builtins.print = no\nsys.meta_path.clear()",
    "import builtins\nvars(builtins).clear()",
    "import gc, types\nfor x in gc.get_objects():\n"
    "  if type(x) is types.FunctionType and x.__module__ != __name__: x.__defaults__ = ()",
)
ONLY_ON = {"calls the kernel as i386": "x86_64", "calls the kernel as x32": "x86_64"}


@contextmanager
def inside(kind_name: str, seconds: float = LONG) -> Iterator[Callable[[str], Block]]:
    limits = ReplLimits(seconds=seconds, grace=0.25, memory=1 << 29)
    with running(isolation=isolation(kind_name), limits=limits) as run:
        assert run("kept = ['value']").status == "ok"
        yield run


@pytest.mark.parametrize("name", ATTACKS)
@IN_EACH_KIND
def test_an_attack_costs_its_block_alone(kind_name: str, name: str) -> None:
    if ONLY_ON.get(name, platform.machine()) != platform.machine():
        pytest.skip(f"it is code of {ONLY_ON[name]}")
    attack = ATTACKS[name]
    with inside(kind_name, SHORT if attack.endless else LONG) as run:
        block = run(attack.code)
        assert block.status in attack.status.split(" or "), block
        assert attack.said in block.output, block
        assert len(block.output) < 10_000
        after = run("import json; kept + json.loads('[1]')")
        assert after.output.splitlines()[-1] == "['value', 1]", after


@IN_EACH_KIND
def test_nothing_that_code_wrote_is_found_by_the_next_worker(kind_name: str) -> None:
    with inside(kind_name) as run:
        first = run("import os; os.getcwd()").output.strip("'\n")
        assert run(ATTACKS["plants modules where it works"].code).status == "died"
        assert run("os.listdir()").output.endswith("[]\n")
        assert run("os.getcwd()").output.strip("'\n") != first
        assert run("import numpy; numpy.arange(3).sum().item()").output == "3\n"
        assert not Path(first).exists()


def overruns(kind_name: str, code: str, said: str) -> None:
    with inside(kind_name, seconds=120) as run:
        block = run(code)
        assert (block.status, said in block.output) == ("died", True), block
        assert run("1 + 1").output.endswith("2\n")


@IN_EACH_KIND
def test_a_worker_that_starts_too_many_threads_is_ended(kind_name: str) -> None:
    overruns(kind_name, THREADS, "threads; 512 are allowed")


@IN_EACH_KIND
def test_a_worker_is_looked_at_between_blocks_too(
    kind_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "_SECONDS_BETWEEN_LOOKS", 0.01)
    later = f"import threading\nthreading.Timer(0.1, exec, [{THREADS!r}, {{}}]).start()"
    with inside(kind_name) as run:
        assert run(later).status == "ok"
        while "512 are allowed" not in (said := run("1 + 1").output):
            assert said == "2\n"


@pytest.mark.long
@IN_EACH_KIND
def test_a_worker_that_makes_files_without_end_is_ended(kind_name: str) -> None:
    overruns(kind_name, FILES, "more than 10,000 files")


@pytest.mark.long
@IN_EACH_KIND
def test_a_worker_that_fills_the_disk_is_ended(kind_name: str) -> None:
    overruns(kind_name, DISK, "more than 1,024 MiB")


@pytest.mark.parametrize("code", VANDALISM)
@IN_EACH_KIND
def test_a_worker_that_code_has_wrecked_answers_or_is_ended(kind_name: str, code: str) -> None:
    with inside(kind_name, SHORT) as run:
        run(code)
        after = run("1 + 1")
        assert after.status != "ok" or after.output.endswith("2\n")
