"""The processes of a comparison: the endpoint, and one driver for each system, started once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

SERVER = Path(__file__).parent / "server.py"


class Failed(Exception):
    """A driver ended. The message is the last that it wrote."""


class Driver:
    """A system that waits in its own process, all its imports done, to be run once more."""

    def __init__(self, process: subprocess.Popen[bytes], told: IO[bytes]) -> None:
        self._process = process
        self._told = told
        self.pid = process.pid

    def run(self) -> Mapping[str, float]:
        """One run; what it took, as its driver prints it. Raises `Failed`."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise Failed(self._last_words()) from None
        line = self._process.stdout.readline()
        if not line:
            raise Failed(self._last_words())
        took: Mapping[str, float] = json.loads(line)
        return took

    def _last_words(self) -> str:
        self._process.wait()
        self._told.seek(0)
        lines = self._told.read().decode("utf-8", "replace").split("\n")
        return next((line for line in reversed(lines) if line.strip()), "it said nothing")


@contextmanager
def started(command: Sequence[str]) -> Iterator[Driver]:
    """A driver, which ends after the block."""
    pipe = subprocess.PIPE
    # The peers were compiled when they were installed; our files are when they are first used.
    inherited = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    with (
        tempfile.TemporaryFile() as told,
        subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=told, env=inherited) as process,
    ):
        yield Driver(process, told)


@contextmanager
def serving(replies: Mapping[str, Sequence[str]], latency: float) -> Iterator[str]:
    """The endpoint's URL, while it runs. `replies`: what each root says, turn by turn."""
    command = [sys.executable, str(SERVER), "--latency", str(latency)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(replies) + "\n")
        process.stdin.flush()
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()


def log_of(url: str) -> Mapping[str, Any]:
    """What the endpoint has seen since the last time."""
    with urllib.request.urlopen(f"{url}/log") as response:
        seen: Mapping[str, Any] = json.load(response)
    return seen
