"""The filter of system calls, run as the kernel runs it, for both architectures."""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Iterator

import pytest

from rlmflow.runtime.repl.isolation import syscalls

ALLOW, KILL = 0x7FFF0000, 0x80000000
REFUSED, UNKNOWN = 0x50000 | errno.EPERM, 0x50000 | errno.ENOSYS
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
IN_BOTH = pytest.mark.parametrize("machine", AUDIT)


@pytest.fixture(autouse=True)
def _there_is_libseccomp() -> None:
    try:
        syscalls.program("x86_64")
    except syscalls.NoFilter as missing:
        pytest.skip(str(missing))


def verdict(machine: str, number: int, *arguments: int, audit: int | None = None) -> int:
    """What the filter says of a call: the instructions of classic BPF that it has, run."""
    padded = (*arguments, *[0] * (6 - len(arguments)))
    data = struct.pack("<iIQ6Q", number, audit or AUDIT[machine], 0, *padded)
    program = [struct.unpack("=HBBI", one) for one in chunks(syscalls.program(machine), 8)]
    at = accumulator = 0
    while True:
        code, true, false, constant = program[at]
        at += 1
        if code == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, constant)
        elif code == 0x54:
            accumulator &= constant
        elif code == 0x05:
            at += constant
        elif code in (0x15, 0x25, 0x35, 0x45):
            held = {
                0x15: accumulator == constant,
                0x25: accumulator > constant,
                0x35: accumulator >= constant,
                0x45: bool(accumulator & constant),
            }[code]
            at += true if held else false
        else:
            assert code == 0x06, hex(code)
            return int(constant)


def chunks(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def number(machine: str, name: str) -> int:
    """The number of a call; negative if the architecture has no such call."""
    pyseccomp = pytest.importorskip("pyseccomp")
    architecture = {"x86_64": pyseccomp.Arch.X86_64, "aarch64": pyseccomp.Arch.AARCH64}[machine]
    found: int = pyseccomp.resolve_syscall(architecture, name)
    return found


def says(machine: str, name: str, *arguments: int) -> int:
    return verdict(machine, number(machine, name), *arguments)


@IN_BOTH
def test_what_is_listed_is_allowed_and_nothing_else(machine: str) -> None:
    allowed = {number(machine, name) for name in syscalls.ALLOWED}
    partly = {number(machine, name) for name, _ in syscalls.ALLOWED_WITH}
    partly.add(number(machine, "socketpair"))
    unknown = {number(machine, name) for name in syscalls.UNKNOWN}
    assert len([n for n in allowed if n >= 0]) > 90
    # Arguments that no condition wants: -1 in each.
    odd = (2**64 - 1,) * 6
    for call in range(700):
        expected = UNKNOWN if call in unknown else ALLOW if call in allowed else REFUSED
        if call not in partly:
            assert verdict(machine, call, *odd) == expected, call


@IN_BOTH
@pytest.mark.parametrize(
    ("name", "wanted", "unwanted"),
    [
        ("clone", (0x3D0F00,), [(17,), (0x4111,), (0x3D0F00 | 0x10000000,), (0x10000 | 0x80,)]),
        ("prlimit64", (0, 7), [(1, 7), (2**32, 7)]),
        ("sched_getaffinity", (0,), [(1,)]),
        ("sendto", (3, 9, 9, 0, 0, 0), [(3, 9, 9, 0, 4096, 16), (3, 9, 9, 0, 2**32, 16)]),
        ("prctl", (15,), [(4,), (22,), (38,), (0x59616D61,)]),
        ("fcntl", (3, 4, os.O_NONBLOCK), [(3, 8, 1), (3, 10, 9), (3, 15, 1), (3, 1031, 1)]),
        ("ioctl", (0, 0x5401), [(0, 0x5412), (0, 0x541C), (0, 0x8901), (0, 0x5401 | 2**32)]),
        ("socketpair", (1, 0x80801), [(2, 1), (1, 2), (1, 5), (16, 1)]),
        ("openat", (9, 9, os.O_RDONLY), [(9, 9, os.O_TRUNC)]),
        ("openat", (9, 9, os.O_WRONLY | os.O_TRUNC), [(9, 9, os.O_TRUNC | os.O_CREAT)]),
        ("openat", (9, 9, os.O_RDWR | os.O_TRUNC), [(9, 9, os.O_TRUNC | os.O_PATH)]),
    ],
)
def test_a_call_is_allowed_with_some_arguments(
    machine: str, name: str, wanted: tuple[int, ...], unwanted: list[tuple[int, ...]]
) -> None:
    assert says(machine, name, *wanted) == ALLOW
    for arguments in unwanted:
        assert says(machine, name, *arguments) == REFUSED, arguments


def test_another_architecture_ends_the_process() -> None:
    assert verdict("x86_64", 0, audit=0x40000003) == KILL
    assert verdict("aarch64", 0, audit=0x40000028) == KILL
    x32 = 0x40000000
    assert verdict("x86_64", x32 + number("x86_64", "read")) == KILL


def test_no_filter_for_what_was_not_tried() -> None:
    with pytest.raises(syscalls.NoFilter, match="riscv64"):
        syscalls.program("riscv64")
