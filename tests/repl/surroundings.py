"""What an escape would find outside: files, a process, servers; and whether it touched them."""

from __future__ import annotations

import os
import resource
import secrets
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace

VARIABLE = "ESCAPE_SECRET"
ROOT = Path(__file__).parent.parent.parent
_DECOY = """
import ctypes, os, sys, time
secret = ctypes.create_string_buffer(os.environ["SECRET"].encode())
os.dup2(os.open(sys.argv[2], os.O_RDONLY), 9)
print(ctypes.addressof(secret), len(secret.value), flush=True)
time.sleep(600)
"""


class Decoy:
    """A process of the host. Its environment, arguments, memory and descriptor 9 hold a secret."""

    def __init__(self, secret: str, file: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-c", _DECOY, secret, str(file)],
            env={"SECRET": secret},
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        address, size = self._process.stdout.readline().split()
        self.pid, self.address, self.size = self._process.pid, int(address), int(size)

    def state(self) -> object:
        """All that another process could change of it; None if it is no more."""
        if self._process.poll() is not None:
            return None
        pid = self.pid
        limits = [resource.prlimit(pid, kind) for kind in range(16)]
        scheduling = os.sched_getaffinity(pid), os.sched_getscheduler(pid)
        score = Path(f"/proc/{pid}/oom_score_adj").read_text()
        traced = "TracerPid:\t0\n" in Path(f"/proc/{pid}/status").read_text()
        return limits, scheduling, os.getpriority(os.PRIO_PROCESS, pid), score, traced

    def end(self) -> None:
        self._process.kill()
        self._process.wait()


class Listeners:
    """Servers on this machine: whatever comes to one of them is heard."""

    def __init__(self, folder: Path) -> None:
        self.heard: list[str] = []
        self.unix, self.unix_datagrams = str(folder / "stream"), str(folder / "datagrams")
        self.abstract = f"escape-{secrets.token_hex(8)}"
        self._sockets = [
            self._open("tcp", socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
            self._open("udp", socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
            self._open("unix", socket.AF_UNIX, socket.SOCK_STREAM, self.unix),
            self._open("unix datagram", socket.AF_UNIX, socket.SOCK_DGRAM, self.unix_datagrams),
            self._open("abstract", socket.AF_UNIX, socket.SOCK_STREAM, f"\0{self.abstract}"),
        ]
        self.tcp, self.udp = (one.getsockname()[1] for one in self._sockets[:2])

    def _open(self, name: str, family: int, kind: int, address: object) -> socket.socket:
        server = socket.socket(family, kind)
        server.bind(address)  # type: ignore[arg-type]
        if kind == socket.SOCK_STREAM:
            server.listen()
        threading.Thread(target=self._serve, args=(name, server, kind), daemon=True).start()
        return server

    def _serve(self, name: str, server: socket.socket, kind: int) -> None:
        with suppress(OSError):
            while True:
                if kind == socket.SOCK_STREAM:
                    server.accept()[0].close()
                else:
                    server.recv(100)
                self.heard.append(name)

    def close(self) -> None:
        for server in self._sockets:
            with suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            server.close()


class Surroundings:
    """A folder with a secret and a file to spoil, a decoy, servers.

    The secret stands in this process's environment too, and the folder is open in it.
    """

    def __init__(self, folder: Path) -> None:
        self.secret = secrets.token_hex(16)
        self.folder = folder
        (folder / ".ssh").mkdir()
        self._sockets = Path("/tmp") / f"escape-{secrets.token_hex(4)}"
        self._sockets.mkdir()
        self.listeners = Listeners(self._sockets)
        self._plant()
        self.decoy = Decoy(self.secret, folder / "secret.txt")
        os.environ[VARIABLE] = self.secret
        self._open = os.open(folder, os.O_RDONLY)
        os.set_inheritable(self._open, True)

    def _plant(self) -> None:
        for name in ("secret.txt", ".ssh/id_ed25519"):
            (self.folder / name).write_text(self.secret)
        spoil = self.folder / "spoil.txt"
        spoil.write_text("whole")
        spoil.chmod(0o640)
        os.utime(spoil, (1, 1))

    def facts(self) -> SimpleNamespace:
        """What an escape is told: where everything is, and never the secret."""
        return SimpleNamespace(
            folder=str(self.folder),
            secret=str(self.folder / "secret.txt"),
            spoil=str(self.folder / "spoil.txt"),
            project=str(ROOT),
            decoy=self.decoy.pid,
            address=self.decoy.address,
            size=self.decoy.size,
            host=os.getpid(),
            tcp=self.listeners.tcp,
            udp=self.listeners.udp,
            unix=self.listeners.unix,
            unix_datagrams=self.listeners.unix_datagrams,
            abstract=self.listeners.abstract,
        )

    def state(self) -> object:
        """All that an escape could have changed."""
        return self._files(), self.decoy.state(), tuple(self.listeners.heard), _shared()

    def _files(self) -> dict[str, object]:
        found = {}
        for path in sorted(self.folder.rglob("*")):
            facts = path.lstat()
            times = (facts.st_mtime_ns,) if path.is_file() else ()
            text = path.read_bytes() if path.is_file() else b""
            extended = os.listxattr(path, follow_symlinks=False)
            found[path.name] = text, facts.st_mode, facts.st_uid, facts.st_nlink, times, extended
        return found

    def mend(self) -> None:
        """As it was: so that one escape does not help the next."""
        self.decoy.end()
        for path in self.folder.iterdir():
            if path.is_file():
                path.unlink()
            elif path.name != ".ssh":
                path.rmdir()
        for path in _shared():
            path.unlink()
        self._plant()
        self.decoy = Decoy(self.secret, self.folder / "secret.txt")

    def end(self) -> None:
        del os.environ[VARIABLE]
        os.close(self._open)
        self.decoy.end()
        self.listeners.close()
        for path in self._sockets.iterdir():
            path.unlink()
        self._sockets.rmdir()


def _shared() -> list[Path]:
    """Memory that is shared by name, and that escapes make."""
    return list(Path("/dev/shm").glob("escape*"))


@contextmanager
def surroundings(folder: Path) -> Iterator[Surroundings]:
    """Surroundings that are gone afterwards."""
    there = Surroundings(folder)
    try:
        yield there
    finally:
        there.end()
