"""The worker's process as the host holds it: started, spoken with, ended without a trace."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from msgspec import DecodeError

from rlmflow.runtime.repl.isolation.kinds import Isolation, environment
from rlmflow.runtime.repl.isolation.scratch import remove
from rlmflow.runtime.repl.isolation.watch import overrun
from rlmflow.runtime.repl.messages import (
    LENGTH,
    FrameTooLong,
    Ready,
    ToHost,
    ToWorker,
    framed,
    read_for_host,
    read_length,
)
from rlmflow.runtime.repl.ring import SIZE, read_ring

_BOOT = Path(__file__).parent / "worker" / "boot.py"
_PACKAGE = Path(__file__).parents[2]
_SECONDS_TO_START = 30.0
_MOST_TOLD = 2000
_PERHAPS = {"SIGKILL": " (out of memory, perhaps)", "SIGXCPU": " (out of processor time)"}


class ReplNotStarted(Exception):
    """No worker could be started. The message says why."""


class WorkerGone(Exception):
    """The worker ended, or said what makes no sense and was ended. The message says which."""


class Process:
    """A worker in a process group of its own, with its own scratch folder."""

    def __init__(self, isolation: Isolation, given: int) -> None:
        """Start it. Raises `ReplNotStarted`."""
        self.scratch = Path(tempfile.mkdtemp(prefix="rlmflow-repl-"))
        self._told = tempfile.TemporaryFile()  # noqa: SIM115  # closed by `end`
        self._ring = tempfile.TemporaryFile()  # noqa: SIM115  # the same
        self._ring.truncate(SIZE)
        self._end, theirs = socket.socketpair()
        self._writer: asyncio.StreamWriter | None = None
        try:
            self._process = self._started(isolation, theirs.fileno(), given)
        except OSError as error:
            self._end.close()
            self._told.close()
            self._ring.close()
            self.scratch.rmdir()
            raise ReplNotStarted(str(error)) from None
        finally:
            theirs.close()

    def _started(self, isolation: Isolation, channel: int, given: int) -> subprocess.Popen[bytes]:
        """Started from this very thread: a worker may be bound to die with it."""
        worker = [sys.executable, "-s", "-P", "-S", str(_BOOT), str(_PACKAGE)]
        ring = self._ring.fileno()
        worker += [str(channel), str(given), str(ring), *(entry for entry in sys.path if entry)]
        return subprocess.Popen(
            isolation.command(worker, scratch=self.scratch),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._told,
            cwd=self.scratch,
            env=environment(self.scratch) | {"PYTHONHASHSEED": "0"},
            pass_fds=(channel, given, ring),
            start_new_session=True,
        )

    async def ready(self, start: ToWorker, frame: int) -> None:
        """Wait until it can run blocks. Raises `ReplNotStarted`."""
        self._frame = frame
        self._reader, self._writer = await asyncio.open_unix_connection(sock=self._end)
        try:
            async with asyncio.timeout(_SECONDS_TO_START):
                await self.send(start)
                said = await self.receive()
        except TimeoutError:
            raise ReplNotStarted(f"it was not ready after {_SECONDS_TO_START:g} s") from None
        except WorkerGone as gone:
            raise ReplNotStarted(f"{gone}{self._last_words()}") from None
        if not isinstance(said, Ready) or said.problem:
            raise ReplNotStarted(str(said.problem if isinstance(said, Ready) else said))

    async def send(self, message: ToWorker) -> None:
        """Send a message. Raises `FrameTooLong`; a worker that is gone is noticed by `receive`."""
        frame = framed(message, self._frame)
        assert self._writer is not None
        self._writer.write(frame)
        with suppress(ConnectionError):
            await self._writer.drain()

    async def receive(self) -> ToHost:
        """The next message. Raises `WorkerGone`."""
        try:
            length = read_length(await self._reader.readexactly(LENGTH), self._frame)
            return read_for_host(await self._reader.readexactly(length))
        except (asyncio.IncompleteReadError, ConnectionError):
            raise WorkerGone(await self._how_it_ended()) from None
        except FrameTooLong as error:
            raise WorkerGone(f"it sent {error}") from None
        except DecodeError as error:
            raise WorkerGone(f"it sent a message that makes no sense: {error}") from None

    def overrun(self) -> str | None:
        """Why it must be ended, if it takes more of the machine than it may."""
        return overrun(self._process.pid, self.scratch)

    def printed(self) -> str:
        """The last that the block printed which ran when the worker ended."""
        return read_ring(self._ring.fileno())

    def kill(self) -> None:
        """Kill the worker and all that it started."""
        # Once it was waited for, its number may be another's.
        if self._process.returncode is None:
            self._kill_group()

    def _kill_group(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    async def end(self) -> None:
        """Leave nothing of it: no process, no descriptor, no folder."""
        self.kill()
        if self._writer is None:
            self._end.close()
        else:
            self._writer.transport.abort()
        self._told.close()
        self._ring.close()
        await asyncio.shield(asyncio.to_thread(self._sweep))

    def _sweep(self) -> None:
        self._process.wait()
        if self.scratch.exists():
            remove(self.scratch)

    async def _how_it_ended(self) -> str:
        """It closed the channel: why its process ended, which it does at once or is made to."""
        for _ in range(100):
            if (code := self._process.poll()) is not None:
                self._kill_group()
                return _told(code)
            await asyncio.sleep(0.01)
        return "it closed its channel"

    def _last_words(self) -> str:
        """What a worker that could not start wrote."""
        self._told.seek(0)
        told = self._told.read().decode("utf-8", "replace").strip()
        return f": {told[-_MOST_TOLD:]}" if told else ""


def _told(code: int) -> str:
    """How a process ended. Bubblewrap ends with 128 and the number of a signal."""
    if 0 <= code <= 128:
        return f"its process ended with status {code}"
    name = signal.Signals(-code if code < 0 else code - 128).name
    return f"it was killed by {name}{_PERHAPS.get(name, '')}"
