"""Sent to the worker as it stands, before escapes that use it.

A refusal is one of three errors; any other means that the kernel began to do what it
was asked to.
"""

import ctypes
import errno
import os
import platform
import signal  # noqa: F401  # for the escapes
import socket  # noqa: F401  # for the escapes
import warnings
from types import SimpleNamespace

warnings.simplefilter("ignore")
_SCRATCH = os.getcwd()
_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.syscall.restype = ctypes.c_long
_REFUSALS = (errno.EPERM, errno.EACCES, errno.ENOSYS)


def told(result):
    """The result of a call, or the number of an error that is no refusal."""
    if result >= 0:
        return result
    number = ctypes.get_errno()
    if number in _REFUSALS:
        raise OSError(number, os.strerror(number))
    return -number


def libc(name, *arguments):
    """Call a function of libc."""
    return told(getattr(_LIBC, name)(*arguments))


def call(x86_64, aarch64, *arguments):
    """Make a system call, by its number on either architecture."""
    number = {"x86_64": x86_64, "aarch64": aarch64}[platform.machine()]
    longs = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return told(_LIBC.syscall(ctypes.c_long(number), *longs))


def read(path):
    """The text of a file."""
    with open(path) as file:
        return file.read()


def write(path, text, mode="w"):
    """Write a text to a file."""
    with open(path, mode) as file:
        file.write(text)


def attempt(escape, **facts):
    """Try an escape, and say what came of it in one line."""
    os.chdir(_SCRATCH)
    try:
        print("GOT", escape(SimpleNamespace(**facts)))
    except Exception as error:
        kinds = [kind.__name__ for kind in type(error).__mro__]
        print("REFUSED", "OSError" if "OSError" in kinds else kinds[0], error)
