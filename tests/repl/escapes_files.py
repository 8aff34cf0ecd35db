"""Escapes by files: reading what is not the worker's, writing where it must not."""

from __future__ import annotations

import os

from repl.escaping import escape
from repl.in_the_worker import call, libc, read, write


@escape()
def read_a_file(there):
    return read(there.secret)


@escape()
def read_a_file_by_climbing(there):
    return open("../" * 30 + there.secret.lstrip("/")).read()


@escape()
def read_a_private_key(there):
    return read(f"{there.folder}/.ssh/id_ed25519")


@escape(reaching=True)
def read_the_list_of_users(there):
    return read("/etc/passwd")


@escape(reaching=True)
def read_the_project(there):
    return read(f"{there.project}/pyproject.toml")


@escape(reaching=True)
def list_a_folder(there):
    return os.listdir(there.folder)


@escape()
def read_through_a_symbolic_link(there):
    os.symlink(there.secret, "link")
    return read("link")


@escape()
def read_through_a_linked_folder(there):
    os.mkdir("d")
    os.symlink(there.folder, "d/link")
    return read("d/link/secret.txt")


@escape()
def read_through_a_hard_link(there):
    os.link(there.secret, "hard")
    return read("hard")


@escape()
def read_through_a_renamed_file(there):
    os.rename(there.secret, "mine")
    return read("mine")


@escape()
def read_from_a_folder_opened_as_a_path(there):
    folder = os.open(there.folder, os.O_PATH)
    return os.read(os.open("secret.txt", os.O_RDONLY, dir_fd=folder), 100)


@escape()
def read_from_another_folder(there):
    os.chdir(there.folder)
    return read("secret.txt")


@escape(also=("StopIteration",), alone="the host passes no descriptor on, isolated or not")
def read_from_a_folder_that_was_left_open(there):
    import contextlib

    def seen():
        for fd in range(3, 1000):
            with contextlib.suppress(OSError):
                yield os.open("secret.txt", os.O_RDONLY, dir_fd=fd)

    return os.read(next(seen()), 100)


@escape(reaching=True)
def list_what_is_open(there):
    return os.listdir("/proc/self/fd")


@escape()
def read_by_openat2(there):
    import ctypes
    import struct

    how = struct.pack("QQQ", os.O_RDONLY, 0, 0)
    fd = call(437, 437, -100, ctypes.c_char_p(there.secret.encode()), how, len(how))
    return os.read(fd, 100)


@escape()
def read_through_the_root_of_a_process(there):
    return read(f"/proc/self/root{there.secret}")


@escape()
def read_through_the_folder_of_a_process(there):
    return read(f"/proc/{there.decoy}/cwd/{'../' * 30}{there.secret}")


@escape()
def read_by_a_file_handle(there):
    import ctypes

    handle, mount = (ctypes.c_uint32 * 64)(128), ctypes.c_int()
    name = there.secret.encode()
    libc("name_to_handle_at", -100, name, handle, ctypes.byref(mount), 0)
    return os.read(libc("open_by_handle_at", -100, handle, os.O_RDONLY), 100)


@escape(reaching=True)
def read_the_disk_itself(there):
    os.mknod("disk", 0o600 | 0o060000, os.stat(there.secret).st_dev)
    return os.read(os.open("disk", os.O_RDONLY), 16)


@escape()
def write_a_new_file(there):
    write(f"{there.folder}/new.txt", "new")


@escape()
def append_to_a_file(there):
    write(there.spoil, "spoilt", "a")


@escape()
def truncate_a_file(there):
    os.truncate(there.spoil, 0)


@escape()
def truncate_a_file_by_opening_it(there):
    os.open(there.spoil, os.O_RDONLY | os.O_TRUNC)


@escape()
def remove_a_file(there):
    os.unlink(there.spoil)


@escape()
def replace_a_file(there):
    write("mine", "spoilt")
    os.replace("mine", there.spoil)


@escape()
def make_a_folder(there):
    os.mkdir(f"{there.folder}/new")


@escape()
def change_the_mode_of_a_file(there):
    os.chmod(there.spoil, 0o777)


@escape()
def change_the_mode_by_a_call_of_its_own(there):
    import ctypes

    call(452, 452, -100, ctypes.c_char_p(there.spoil.encode()), 0o777, 0)


@escape()
def change_the_owner_of_a_file(there):
    os.chown(there.spoil, 12345, 12345)


@escape()
def change_the_times_of_a_file(there):
    os.utime(there.spoil, (5, 5))


@escape()
def change_the_attributes_of_a_file(there):
    os.setxattr(there.spoil, "user.escape", b"spoilt")


@escape()
def link_a_file_out_of_the_scratch_folder(there):
    write("mine", "mine")
    os.link("mine", f"{there.folder}/mine")


@escape(alone="it would change the interpreter of these tests")
def plant_code_that_every_python_runs(there):
    import sysconfig

    folder = sysconfig.get_paths()["purelib"]
    write(f"{folder}/escape.pth", "# nothing\n")


@escape()
def share_memory_by_a_file(there):
    write("/dev/shm/escape", "shared")


@escape(also=("AttributeError",))
def share_memory(there):
    from multiprocessing.shared_memory import SharedMemory

    SharedMemory("escape", create=True, size=100)


@escape(reaching=True)
def change_the_root_folder(there):
    os.chroot("/")


@escape(reaching=True)
def watch_a_folder(there):
    return libc("inotify_init1", 0)
