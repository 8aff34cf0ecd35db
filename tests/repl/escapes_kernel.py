"""Escapes by what the kernel offers to few: privileges, namespaces, other interfaces."""

from __future__ import annotations

import os

from repl.escaping import escape
from repl.in_the_worker import call, libc


@escape(reaching=True)
def mount(there):
    # A kind of file system that there is not: so nothing is mounted, whoever asks.
    return libc("mount", b"none", there.folder.encode(), b"escapefs", 0, None)


@escape(reaching=True)
def unmount(there):
    return libc("umount2", f"{there.folder}/no such folder".encode(), 2)


@escape(reaching=True)
def unshare_the_user(there):
    # Flags that exclude each other: refused by the kernel as wrong, if it is asked.
    clone_newuser, clone_fs, clone_sighand = 0x10000000, 0x200, 0x800
    return libc("unshare", clone_newuser | clone_fs | clone_sighand)


@escape(reaching=True)
def clone_into_a_new_user(there):
    # Threads can't have a user namespace of their own: the kernel says that it is wrong.
    return call(56, 220, 0x10000000 | 0x10000, 0, 0, 0, 0)


@escape(reaching=True)
def enter_the_namespace_of_a_process(there):
    return libc("setns", os.open(f"/proc/{there.decoy}/ns/net", os.O_RDONLY), 0)


@escape(reaching=True)
def read_the_keys_of_the_session(there):
    get_id, session = 0, -3
    return call(250, 219, get_id, session, 0)


@escape(reaching=True)
def add_a_key(there):
    process = -2
    return call(248, 217, b"user", b"escape", b"x", 1, process)


@escape(reaching=True)
def load_a_program_into_the_kernel(there):
    return call(321, 280, 0, bytes(72), 72)


@escape(reaching=True)
def watch_the_processor(there):
    attributes = (0).to_bytes(4, "little") + (64).to_bytes(4, "little") + bytes(56)
    return call(298, 241, attributes, 0, -1, -1, 0)


@escape(reaching=True)
def ring(there):
    return call(425, 425, 4, bytes(120))


@escape(reaching=True)
def handle_page_faults(there):
    return call(323, 282, 1)


@escape(reaching=True)
def make_a_file_in_memory(there):
    return os.memfd_create("escape")


@escape(reaching=True)
def load_a_kernel(there):
    return call(246, 104, 0, 1 << 20, 0, 0xFFFF)


@escape(reaching=True)
def load_a_module(there):
    return call(175, 105, 0, 0, 0)


@escape(reaching=True, alone="a wrong number must not restart the machine")
def restart_the_machine(there):
    return call(169, 142, 0, 0, 0, 0)


@escape(reaching=True)
def set_the_clock(there):
    import time

    clock_that_there_is_not = 99
    try:
        time.clock_settime(clock_that_there_is_not, 0)
    except PermissionError:
        raise
    except OSError as error:
        return error


@escape(reaching=True)
def tune_the_clock(there):
    import ctypes

    return libc("clock_adjtime", 0, ctypes.create_string_buffer(256))


@escape(reaching=True)
def name_the_host(there):
    return libc("sethostname", b"escape", 10_000)


@escape(reaching=True)
def swap(there):
    return libc("swapon", f"{there.folder}/no such file".encode(), 0)


@escape(reaching=True)
def read_the_log_of_the_kernel(there):
    import ctypes

    read_all = 3
    return libc("klogctl", read_all, ctypes.create_string_buffer(100), 100)


@escape(reaching=True)
def change_its_personality(there):
    no_randomisation = 0x0040000
    return libc("personality", no_randomisation)


@escape(reaching=True)
def become_root(there):
    return libc("setresuid", 0, 0, 0)


@escape(reaching=True)
def take_a_capability(there):
    import ctypes
    import struct

    header, sys_admin = struct.pack("Ii", 0x20080522, 0), 1 << 21
    sets = ctypes.create_string_buffer(24)
    libc("capget", header, sets)
    effective, permitted, *rest = struct.unpack("6I", sets.raw)
    both = effective | sys_admin, permitted | sys_admin
    return libc("capset", header, struct.pack("6I", *both, *rest))


@escape(reaching=True)
def lift_its_own_limits(there):
    import resource

    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (1 << 19, 1 << 19))
    except ValueError as error:
        raise PermissionError(str(error)) from None


@escape(reaching=True)
def be_seen_by_others(there):
    pr_set_dumpable = 4
    return libc("prctl", pr_set_dumpable, 1, 0, 0, 0)


@escape(reaching=True)
def read_the_messages_of_the_kernel(there):
    return os.read(os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK), 8192)


@escape(reaching=True)
def touch_the_ports_of_the_machine(there):
    return call(172, -1, 0)


@escape(reaching=True)
def lock_memory(there):
    import ctypes

    return libc("mlock", ctypes.create_string_buffer(4096), 4096)


@escape(reaching=True)
def write_everything_to_disk(there):
    return call(162, 81)
