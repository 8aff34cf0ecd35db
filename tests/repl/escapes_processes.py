"""Escapes by processes: new ones, and what can be done to those of the host."""

from __future__ import annotations

import os
import signal

from repl.escaping import escape
from repl.in_the_worker import call, libc, read, write


@escape()
def read_the_environment_of_a_process(there):
    return read(f"/proc/{there.decoy}/environ")


@escape(reaching=True)
def read_the_environment_of_the_host(there):
    return read(f"/proc/{there.host}/environ")


@escape(also=("LookupError",), alone="the host passes nothing on, isolated or not")
def read_its_own_environment(there):
    import ctypes

    values = [value for value in os.environ.values() if len(value) == 32]
    own = ctypes.CDLL(None)
    own.getenv.restype = ctypes.c_char_p
    values += [value for name in ("ESCAPE_SECRET",) if (value := own.getenv(name.encode()))]
    if not values:
        raise LookupError("no secret")
    return values


@escape()
def read_the_arguments_of_a_process(there):
    return read(f"/proc/{there.decoy}/cmdline")


@escape(reaching=True)
def read_the_arguments_of_the_host(there):
    return read(f"/proc/{there.host}/cmdline")


@escape(reaching=True)
def read_where_a_process_has_its_memory(there):
    return open(f"/proc/{there.decoy}/maps").readline()


@escape()
def read_the_memory_of_a_process(there):
    with open(f"/proc/{there.decoy}/mem", "rb", buffering=0) as memory:
        memory.seek(there.address)
        return memory.read(there.size)


@escape()
def read_the_memory_by_a_call(there):
    import ctypes
    import struct

    here = ctypes.create_string_buffer(there.size)
    mine = struct.pack("QQ", ctypes.addressof(here), there.size)
    other = struct.pack("QQ", there.address, there.size)
    libc("process_vm_readv", there.decoy, mine, 1, other, 1, 0)
    return here.raw


@escape()
def read_an_open_file_of_a_process(there):
    return read(f"/proc/{there.decoy}/fd/9")


@escape()
def take_a_descriptor_of_a_process(there):
    process = call(434, 434, there.decoy, 0)
    return os.read(call(438, 438, process, 9, 0), 100)


@escape(reaching=True)
def trace_a_process(there):
    attach, detach = 16, 17
    libc("ptrace", attach, there.decoy, 0, 0)
    os.waitpid(there.decoy, 0x40000000)
    return libc("ptrace", detach, there.decoy, 0, 0)


@escape(reaching=True)
def compare_with_a_process(there):
    return call(312, 272, there.decoy, there.decoy, 1, 0, 0)


@escape()
def kill_a_process(there):
    os.kill(there.decoy, signal.SIGKILL)


@escape()
def kill_a_group_of_processes(there):
    os.killpg(there.decoy, signal.SIGKILL)


@escape(reaching=True)
def signal_the_parent(there):
    os.kill(os.getppid(), 0)


@escape(reaching=True)
def signal_everyone(there):
    os.kill(-1, 0)


@escape()
def signal_a_thread_of_a_process(there):
    libc("tgkill", there.decoy, there.decoy, 9)


@escape()
def signal_by_a_descriptor(there):
    signal.pidfd_send_signal(os.pidfd_open(there.decoy), signal.SIGKILL)


@escape()
def queue_a_signal(there):
    information = (signal.SIGKILL).to_bytes(4, "little") + bytes(4) + b"\xff\xff\xff\xff"
    call(129, 138, there.decoy, signal.SIGKILL, information + bytes(116))


@escape()
def let_the_kernel_signal_a_process(there):
    import fcntl

    end, other = os.pipe()
    fcntl.fcntl(end, fcntl.F_SETOWN, there.decoy)
    fcntl.fcntl(end, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    os.write(other, b"x")


@escape()
def slow_a_process_down(there):
    os.setpriority(os.PRIO_PROCESS, there.decoy, 19)


@escape()
def schedule_a_process(there):
    os.sched_setscheduler(there.decoy, os.SCHED_IDLE, os.sched_param(0))


@escape()
def bind_a_process_to_a_processor(there):
    os.sched_setaffinity(there.decoy, {0})


@escape()
def limit_a_process(there):
    import resource

    resource.prlimit(there.decoy, resource.RLIMIT_CORE, (0, 0))
    resource.prlimit(there.decoy, resource.RLIMIT_NOFILE, (12, 12))


@escape(reaching=True)
def read_the_limits_of_the_host(there):
    import resource

    return resource.prlimit(there.host, resource.RLIMIT_NOFILE)


@escape()
def have_a_process_killed_when_memory_is_short(there):
    write(f"/proc/{there.decoy}/oom_score_adj", "1000")


@escape(reaching=True)
def set_the_disk_priority_of_a_process(there):
    return call(251, 30, 1, there.decoy, 3 << 13)


@escape(reaching=True)
def move_the_pages_of_a_process(there):
    return call(279, 239, there.decoy, 0, 0, 0, 0, 0)


@escape(reaching=True)
def fork(there):
    child = os.fork()
    if child == 0:
        os._exit(0)
    return child


@escape(reaching=True, alone="two threads would use one stack")
def fork_sharing_memory(there):
    vfork_and_vm = 0x4100
    return call(56, 220, vfork_and_vm | 17, 0, 0, 0, 0)


@escape(reaching=True)
def fork_by_clone3(there):
    import struct

    child = call(435, 435, struct.pack("QQQQQQQQ", 0, 0, 0, 0, 17, 0, 0, 0), 64)
    if child == 0:
        os._exit(0)
    return child


@escape(reaching=True)
def spawn(there):
    return os.posix_spawn("/bin/true", ["true"], {})


@escape(reaching=True)
def run_a_program(there):
    import subprocess

    return subprocess.run(["/bin/echo", "ran"], capture_output=True).stdout


@escape(reaching=True)
def run_a_shell(there):
    if os.system("exit 3") != 3 << 8:
        raise PermissionError("no shell ran")


@escape(reaching=True, alone="it would replace the worker")
def become_a_program(there):
    os.execv("/bin/true", ["true"])


@escape(reaching=True, alone="it would replace the worker")
def become_a_program_from_memory(there):
    program = os.memfd_create("program", 0)
    with open("/bin/true", "rb") as file:
        os.write(program, file.read())
    os.execve(program, ["true"], {})


@escape(reaching=True, alone="it would replace the worker")
def become_a_script_of_its_own(there):
    import sys

    with open("script", "w", opener=lambda path, flags: os.open(path, flags, 0o700)) as file:
        file.write(f"#!{sys.executable}\n")
    os.execv("./script", ["script"])


@escape(reaching=True)
def run_a_pool_of_processes(there):
    import multiprocessing

    process = multiprocessing.get_context("fork").Process(target=os._exit, args=(0,))
    process.start()
    return process.pid


@escape(reaching=True)
def have_a_terminal(there):
    import pty

    return pty.openpty()


@escape(reaching=True)
def type_into_a_terminal(there):
    import fcntl
    import termios

    try:
        fcntl.ioctl(0, termios.TIOCSTI, b"x")
    except PermissionError:
        raise
    except OSError as error:
        return error
