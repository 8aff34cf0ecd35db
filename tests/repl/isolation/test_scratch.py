"""A worker's folder, looked at and removed from outside, whatever code put in it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rlmflow.runtime.repl.isolation.scratch import entries, remove
from rlmflow.runtime.repl.isolation.watch import overrun

# By another process, since a path so deep can't be named, only walked to.
DEEP = """
import os
for n in range(1100):
    os.mkdir("d")
    os.chdir("d")
    open("f", "w").close()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "scratch"
    path.mkdir()
    return path


def test_a_folder_is_removed_that_is_deeper_than_a_path_can_say(folder: Path) -> None:
    subprocess.run([sys.executable, "-I", "-S", "-c", DEEP], cwd=folder, check=True)
    assert sum(1 for _ in entries(folder)) > 1000
    assert overrun(os.getpid(), folder) == "it made folders more than 100 deep"
    remove(folder)
    assert not folder.exists()


def test_a_folder_is_removed_that_may_not_be_listed_or_written_in(folder: Path) -> None:
    inner = folder / "hidden/inner"
    inner.mkdir(parents=True)
    (inner / "file").write_text("x")
    inner.chmod(0)
    inner.parent.chmod(0o300)
    remove(folder)
    assert not folder.exists()


def test_links_are_removed_and_not_followed(folder: Path) -> None:
    outside = folder.parent / "outside"
    outside.mkdir()
    (outside / "kept").write_text("x")
    (folder / "inner").mkdir()
    for at in (folder, folder / "inner"):
        (at / "link").symlink_to(outside)
        (at / "nowhere").symlink_to("nowhere")
        os.mkfifo(at / "pipe")
    assert {entry.name for entry in entries(folder)} == {"inner", "link", "nowhere", "pipe"}
    remove(folder)
    assert not folder.exists()
    assert (outside / "kept").read_text() == "x"


def test_a_folder_is_removed_whose_names_are_odd(folder: Path) -> None:
    odd = [b"\xff\xfe", b" ", b"\n", b"-rf", b"a" * 255, "é".encode()]
    for name in odd:
        os.mkdir(os.fsencode(folder) + b"/" + name)
        os.mkdir(os.fsencode(folder) + b"/" + name + b"/" + name)
    remove(folder)
    assert not folder.exists()


def test_too_many_files_and_too_many_bytes_are_noticed(folder: Path) -> None:
    for name in "abc":
        (folder / name).mkdir()
        (folder / name / "file").write_bytes(os.urandom(1 << 20))
    us = os.getpid()
    assert overrun(us, folder) is None
    assert overrun(us, folder, files=6) is None
    assert overrun(us, folder, files=5) == "it wrote more than 5 files"
    assert overrun(us, folder, size=4 << 20) is None
    assert overrun(us, folder, size=2 << 20) == "it wrote more than 2 MiB"
    assert overrun(us, folder.parent / "not there") is None


def test_threads_are_counted_of_a_process_and_of_those_it_started(folder: Path) -> None:
    """As of bubblewrap, which starts the worker."""
    if not Path("/proc/self/task").exists():
        pytest.skip("no /proc: threads can't be counted here")
    threads = (
        "import threading, time, sys\n"
        "for n in range(5): threading.Thread(target=time.sleep, args=(99,), daemon=True).start()\n"
        "print('ready', flush=True); sys.stdin.read()"
    )
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-I', '-c', {threads!r}])"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-I", "-c", parent], stdin=pipe, stdout=pipe) as process:
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        assert overrun(process.pid, folder, threads=7) is None
        assert overrun(process.pid, folder, threads=6) == "it started 7 threads; 6 are allowed"
    assert overrun(process.pid, folder, threads=0) is None
