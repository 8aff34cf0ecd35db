"""What a worker does to itself before it runs any code, and can never undo.

Stand-alone: the standard library alone, and little of it, since each worker waits
for it. (Three Landlock calls stand here by hand: the binding that would make them
takes 50 ms to import. The seccomp filter is made by the host, once.)
"""

from __future__ import annotations

import ctypes
import os
import resource
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TypedDict

_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.syscall.restype = ctypes.c_long


class Ruleset(TypedDict):
    """Landlock: folders and files that may be read, folders that may be written in too."""

    abi: int
    read: list[str]
    devices: list[str]
    write: list[str]


class Lock(TypedDict):
    """All that `lock` must know, as plain data. `calls`: a seccomp program, in hex."""

    scratch: str
    limits: dict[str, int]
    ruleset: Ruleset | None
    calls: str | None


def lock(data: Lock) -> None:
    """Lock this process, which must have one thread; with a filter, for good.

    Raises `OSError` that says what could not be done, or what is open in spite of
    it all. The caller must end then, without running anything.
    """
    os.chdir(data["scratch"])
    _die_first()
    for name, most in data["limits"].items():
        _limit(getattr(resource, name), most)
    if data["calls"] is None:
        return
    _one_thread()
    _give_up_privileges()
    if data["ruleset"] is not None:
        _restrict_files(data["ruleset"])
    _restrict_calls(bytes.fromhex(data["calls"]))
    if left := [name for name, is_open in _doors(data["scratch"]) if is_open()]:
        raise OSError(f"it does not hold: code can still {', '.join(left)}")


def _must(result: int, what: str) -> int:
    """`result` of a call to libc; raises `OSError` if it says that the call failed."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def _prctl(option: int, value: int, argument: object = None) -> int:
    none = ctypes.c_ulong(0)
    last = none if argument is None else argument
    result: int = _LIBC.prctl(option, ctypes.c_ulong(value), last, none, none)
    return result


def _die_first() -> None:
    """End with the host, before the host if memory runs out, and without a core dump.

    A core dump would hold the input; RLIMIT_CORE does not stop one that goes to a pipe.
    """
    pr_set_pdeathsig, pr_set_dumpable, sigkill = 1, 4, 9
    if sys.platform == "linux":
        with suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")
        _must(_prctl(pr_set_pdeathsig, sigkill), "prctl(PR_SET_PDEATHSIG)")
        _must(_prctl(pr_set_dumpable, 0), "prctl(PR_SET_DUMPABLE)")


def _limit(kind: int, most: int) -> None:
    hard = resource.getrlimit(kind)[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (most, most))


def _one_thread() -> None:
    """Landlock and capabilities are a thread's own: another thread would keep what it has."""
    clone_thread = 0x10000
    # The kernel refuses to unshare threads when there are any, and else does nothing.
    _must(_LIBC.unshare(clone_thread), "this process has several threads")


def _give_up_privileges() -> None:
    """No capability, even for root, and none to be gained."""
    pr_set_no_new_privs = 38
    version, this_process = 0x20080522, 0
    _must(_prctl(pr_set_no_new_privs, 1), "prctl(PR_SET_NO_NEW_PRIVS)")
    _must(_LIBC.capset(struct.pack("Ii", version, this_process), bytes(24)), "capset")


# Landlock: the same numbers on every architecture (linux/landlock.h).
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 1, 1 << 2, 1 << 3
# Also: remove and make folders and files, move between folders, truncate.
_CHANGE = _WRITE_FILE | 1 << 4 | 1 << 5 | 1 << 7 | 1 << 8 | 1 << 13 | 1 << 14


def landlock_abi() -> int:
    """The version of Landlock that this kernel has. Raises `OSError` if it has none."""
    version = 1
    found = _LIBC.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(version))
    return _must(found, "Landlock")


def _restrict_files(rules: Ruleset) -> None:
    abi = rules["abi"]
    files = (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(abi, 16)) - 1
    tcp = 3 if abi >= 4 else 0
    signals_and_abstract_sockets = 3 if abi >= 6 else 0
    handled = struct.pack("QQQ", files, tcp, signals_and_abstract_sockets)
    made = _LIBC.syscall(_CREATE_RULESET, handled, ctypes.c_size_t(len(handled)), 0)
    ruleset = _must(made, "landlock_create_ruleset")
    for path in rules["read"]:
        _allow(ruleset, path, files & (_READ_FILE | _READ_DIR))
    for path in rules["devices"]:
        _allow(ruleset, path, files & (_READ_FILE | _WRITE_FILE))
    for path in rules["write"]:
        _allow(ruleset, path, files & (_READ_FILE | _READ_DIR | _CHANGE))
    _must(_LIBC.syscall(_RESTRICT_SELF, ruleset, 0), "landlock_restrict_self")
    os.close(ruleset)


def _allow(ruleset: int, path: str, access: int) -> None:
    path_beneath = 1
    with suppress(FileNotFoundError):
        fd = os.open(path, os.O_PATH)
        if not os.path.isdir(path):
            access &= _READ_FILE | _WRITE_FILE
        rule = struct.pack("=Qi", access, fd)
        _must(_LIBC.syscall(_ADD_RULE, ruleset, path_beneath, rule, 0), f"landlock_add_rule {path}")
        os.close(fd)


class _Program(ctypes.Structure):
    """`struct sock_fprog` of linux/filter.h; an instruction has eight bytes."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def _restrict_calls(code: bytes) -> None:
    pr_set_seccomp, seccomp_mode_filter = 22, 2
    program = ctypes.byref(_Program(len(code) // 8, code))
    _must(_prctl(pr_set_seccomp, seccomp_mode_filter, program), "prctl(PR_SET_SECCOMP)")


def _doors(scratch: str) -> Iterator[tuple[str, Callable[[], bool]]]:
    """What code must not be able to do, and how it is tried; nothing is left behind."""
    above = os.path.dirname(scratch)
    yield "read files", lambda: _opens("/etc/passwd", os.O_RDONLY)
    yield "see processes", lambda: _opens("/proc/self/status", os.O_RDONLY)
    yield "write files", lambda: _opens(above, os.O_TMPFILE | os.O_RDWR)
    yield "change the mode of files", lambda: bool(_LIBC.chmod(scratch.encode(), 0o700) == 0)
    yield "open sockets", lambda: bool(_LIBC.socket(2, 1, 0) >= 0)
    yield "send signals", lambda: bool(_LIBC.kill(os.getppid(), 0) == 0)
    yield "start processes", _forks


def _opens(path: str, flags: int) -> bool:
    try:
        os.close(os.open(path, flags))
    except OSError:
        return False
    return True


def _forks() -> bool:
    try:
        if os.fork() == 0:
            os._exit(0)
    except OSError:
        return False
    return True
