"""The system calls that code in the REPL may make: all others are refused.

Which files it may open is not decided here: a filter can't see a path. So what
Landlock and a mount namespace leave open is refused here for every file: mode, owner,
times and attributes, links. And what reaches another process: signals, priorities,
limits, sockets, shared memory.
"""

from __future__ import annotations

import errno
import os
from functools import cache
from types import ModuleType
from typing import NamedTuple

from rlmflow._lazy import MissingPackage, heavy

_FILES = """
    read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 lseek
    close close_range dup dup2 dup3 pipe pipe2 sendfile copy_file_range
    stat fstat lstat newfstatat statx statfs fstatfs access faccessat faccessat2
    readlink readlinkat getcwd chdir fchdir getdents64 umask
    mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2
    ftruncate fallocate fsync fdatasync fadvise64
"""
_MEMORY = "mmap munmap mprotect mremap madvise brk msync membarrier"
_THREADS = """
    futex futex_waitv set_robust_list rseq set_tid_address gettid exit sched_yield getcpu
    arch_prctl
"""
_PROCESS = """
    exit_group getpid getppid getpgrp getuid geteuid getgid getegid getresuid getresgid getgroups
    getrusage getrlimit setrlimit times sysinfo uname getrandom
    restart_syscall rt_sigreturn rt_sigaction rt_sigprocmask rt_sigpending rt_sigtimedwait
    rt_sigsuspend sigaltstack pause
"""
_TIME = """
    nanosleep clock_nanosleep clock_gettime clock_getres gettimeofday time
    setitimer getitimer alarm
"""
_WAITING = """
    poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait
    epoll_pwait2 eventfd eventfd2
"""
# On the one connection that the worker was given, and on pairs that it makes itself.
_CHANNEL = "recvfrom shutdown getsockopt getsockname getpeername"
ALLOWED = tuple(" ".join((_FILES, _MEMORY, _THREADS, _PROCESS, _TIME, _WAITING, _CHANNEL)).split())

# glibc tries these first, and does without them if the kernel does not know them. Their
# arguments lie in memory, where a filter can't see them.
UNKNOWN = ("clone3", "openat2")


class Argument(NamedTuple):
    """Argument `place` of a call, from 0, must be `value` where `mask` has bits."""

    place: int
    value: int
    mask: int = 0xFFFF_FFFF_FFFF_FFFF


_CLONE_THREAD = 0x10000
_CLONE_NAMESPACES = 0x7E020080
_PR_SET_NAME, _PR_GET_NAME, _PR_SET_VMA = 15, 16, 0x53564D41
_FIONBIO, _FIOCLEX, _FIONCLEX, _FIONREAD = 0x5421, 0x5451, 0x5450, 0x541B
_TCGETS, _TCGETS2, _TIOCGWINSZ = 0x5401, 0x802C542A, 0x5413
_AF_UNIX, _SOCK_STREAM, _SOCK_TYPES = 1, 1, 0xF
# Duplicate; get and set flags of descriptor and file; locks of a file that is open; seals.
# F_SETOWN is not among them: by it the kernel sends signals to any process of the user.
_FCNTL = (0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030, 1034)


def _opening(flags: int) -> tuple[tuple[str, Argument], ...]:
    """Ways to open a file: not to truncate what is opened for reading.

    Landlock knows truncation only since its third version.
    """
    ways = ((os.O_TRUNC, 0), (os.O_ACCMODE, os.O_WRONLY), (os.O_ACCMODE, os.O_RDWR))
    call = "openat" if flags == 2 else "open"
    return tuple((call, Argument(flags, value, mask)) for mask, value in ways)


ALLOWED_WITH: tuple[tuple[str, Argument], ...] = (
    *_opening(flags=2),
    *_opening(flags=1),
    ("clone", Argument(0, _CLONE_THREAD, _CLONE_THREAD | _CLONE_NAMESPACES)),
    ("prlimit64", Argument(0, 0)),
    ("sched_getaffinity", Argument(0, 0)),
    ("sendto", Argument(4, 0)),
    *(("prctl", Argument(0, option)) for option in (_PR_SET_NAME, _PR_GET_NAME, _PR_SET_VMA)),
    *(("fcntl", Argument(1, command)) for command in _FCNTL),
    *(
        ("ioctl", Argument(1, request))
        for request in (_FIONBIO, _FIOCLEX, _FIONCLEX, _FIONREAD, _TCGETS, _TCGETS2, _TIOCGWINSZ)
    ),
)
"""Calls that are allowed if one of their arguments is as it must be."""

PAIR = (Argument(0, _AF_UNIX), Argument(1, _SOCK_STREAM, _SOCK_TYPES))
"""`socketpair`, which asyncio wakes itself by. A pair of datagram sockets could be sent
from to any address."""


class NoFilter(Exception):
    """Why no filter can be made here."""


@cache
def program(machine: str) -> bytes:
    """The filter for `machine` (x86_64 or aarch64), as the kernel takes it (classic BPF).

    Raises `NoFilter`.
    """
    try:
        pyseccomp = heavy("pyseccomp")
    except MissingPackage as missing:
        raise NoFilter(str(missing)) from None
    except RuntimeError:
        raise NoFilter("libseccomp is not installed") from None
    architectures = {"x86_64": pyseccomp.Arch.X86_64, "aarch64": pyseccomp.Arch.AARCH64}
    if machine not in architectures:
        raise NoFilter(f"no filter of system calls was made for {machine}")
    return _compile(pyseccomp, architectures[machine])


def _compile(pyseccomp: ModuleType, architecture: int) -> bytes:
    rules = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.EPERM))
    rules.set_attr(pyseccomp.Attr.ACT_BADARCH, pyseccomp.KILL_PROCESS)
    if architecture != pyseccomp.system_arch():
        rules.add_arch(architecture)
        rules.remove_arch(pyseccomp.system_arch())

    def add(action: int, name: str, *arguments: Argument) -> None:
        # A library older than a call does not know it; the call is then refused.
        if (number := pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name)) != -1:
            compared = [pyseccomp.Arg(i, pyseccomp.MASKED_EQ, m, v) for i, v, m in arguments]
            rules.add_rule(action, number, *compared)

    for name in UNKNOWN:
        add(pyseccomp.ERRNO(errno.ENOSYS), name)
    for name in ALLOWED:
        add(pyseccomp.ALLOW, name)
    for name, argument in ALLOWED_WITH:
        add(pyseccomp.ALLOW, name, argument)
    add(pyseccomp.ALLOW, "socketpair", *PAIR)
    with os.fdopen(os.memfd_create("filter"), "w+b") as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()
