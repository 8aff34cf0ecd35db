"""A model on this machine: a server process of our own, and the direct endpoint to it."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import cached_property
from hashlib import blake2b
from pathlib import Path

from rlmflow.diagnostics.codes import NO_MODEL
from rlmflow.diagnostics.model import StrategyError
from rlmflow.models._protocol import Message, Price, Rate, Reply, Request
from rlmflow.models.config import LocalTable
from rlmflow.models.local.catalogue import CATALOGUE
from rlmflow.models.local.tokenizer import counter
from rlmflow.models.openai_endpoint import OpenAIEndpoint
from rlmflow.models.token_bounds import byte_bound

CLOSING_SECONDS = 5.0
# What the chat templates of the named models add: to a message, to one without a
# system message (they put one in), and to open the reply.
MESSAGE_TOKENS = 6
SYSTEM_TOKENS = 24
REPLY_TOKENS = 3
_SAMPLES = 64
_SAMPLE_BYTES = 4096
SERVER = Path(__file__).with_name("serve.py")


def default_threads() -> int:
    """All cores but one, at least one: a thread that has to wait for a core stalls the others."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, (usable or 1) - 1)


def _sampled(path: Path) -> str:
    """Tells weights apart without reading gigabytes: by size, and pieces from all over them."""
    size = path.stat().st_size
    digest = blake2b(str(size).encode(), digest_size=16)
    with path.open("rb") as file:
        for number in range(_SAMPLES):
            file.seek(size * number // _SAMPLES)
            digest.update(file.read(_SAMPLE_BYTES))
    return digest.hexdigest()


class LocalModel:
    """A GGUF file, served on loopback while the model is open.

    `window` is the context of one request, in tokens. `count_tokens` goes by the
    file's own vocabulary where its family is known, else it is the bytes of the messages.
    """

    price: Price | None = Price(0.0, 0.0)

    def __init__(self, name: str, path: Path, settings: LocalTable, timeout: float = 600.0) -> None:
        self.name = name
        self._rate = next((w.rate for w in CATALOGUE.values() if w.sha256 == path.stem), None)
        self.window: int | None = settings.context
        self._path = path
        self._settings = settings
        self._timeout = timeout
        self._slots = asyncio.Semaphore(settings.parallel)
        self._process: asyncio.subprocess.Process | None = None
        self._endpoint: OpenAIEndpoint | None = None

    def __repr__(self) -> str:
        return f"LocalModel({self.name!r})"

    @cached_property
    def identity(self) -> str:
        return f"{self.name} {self._path.name} {_sampled(self._path)}"

    @property
    def structured(self) -> bool:
        return self._endpoint is None or self._endpoint.structured

    @property
    def tools(self) -> bool:
        """No: under a schema the server lets nothing but the reply through, and without
        one the small models that were tried write calls that are none.
        """
        return False

    @property
    def small(self) -> bool:
        return True

    @property
    def rate(self) -> Rate | None:
        return self._rate

    def count_tokens(self, messages: Sequence[Message]) -> int:
        if self._count is None:
            return byte_bound(messages)
        framed = sum(self._count(message.content) + MESSAGE_TOKENS for message in messages)
        has_system = any(message.role == "system" for message in messages)
        return framed + (0 if has_system else SYSTEM_TOKENS) + REPLY_TOKENS

    @cached_property
    def _count(self) -> Callable[[str], int] | None:
        return counter(self._path)

    async def complete(self, request: Request) -> Reply:
        if self._endpoint is None:
            raise RuntimeError(f"{self.name} was not opened")
        # What waits for a slot waits here, where no time-out runs against it.
        async with self._slots:
            return await self._endpoint.complete(request)

    async def open(self) -> None:
        """Start the server and wait until the weights are loaded.

        Raises `StrategyError` if they can't be.
        """
        key = secrets.token_urlsafe()
        url = await self._start(key)
        self._endpoint = OpenAIEndpoint(
            f"{url}/v1", self._path.stem, key=key, name=self.name, timeout=self._timeout
        )
        await self._endpoint.open()
        # A semaphore belongs to the event loop that first waits for it, as the session does.
        self._slots = asyncio.Semaphore(self._settings.parallel)

    async def close(self) -> None:
        if self._endpoint is not None:
            await self._endpoint.close()
            self._endpoint = None
        if self._process is not None:
            await _end(self._process)
            self._process = None

    async def _start(self, key: str) -> str:
        settings = {
            "path": str(self._path),
            "threads": self._settings.threads or default_threads(),
            "context": self._settings.context,
            "parallel": self._settings.parallel,
            "key": key,
        }
        with tempfile.TemporaryFile() as log:
            # -P: the folder of the file must not come before the packages it imports.
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", str(SERVER)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
            try:
                return await self._address(self._process, settings)
            except _NotServing as reason:
                log.seek(0)
                said = str(reason) or _last_line(log.read().decode("utf-8", "replace"))
                await self.close()
                message = f"{self.name} could not be started from {self._path}: {said}"
                raise StrategyError([NO_MODEL.at(None, message)]) from None
            except BaseException:
                await self.close()
                raise

    async def _address(
        self, process: asyncio.subprocess.Process, settings: dict[str, object]
    ) -> str:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(settings).encode() + b"\n")
            await process.stdin.drain()
            answer = json.loads(await process.stdout.readline())
        except (OSError, ValueError):
            raise _NotServing from None
        if "url" not in answer:
            raise _NotServing(answer["error"])
        return str(answer["url"])


class _NotServing(Exception):
    """The server process ended, or said why it can't serve."""


def _last_line(log: str) -> str:
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    return lines[-1] if lines else "its server ended without a word"


async def _end(process: asyncio.subprocess.Process) -> None:
    """End the server: by its standard input, else by force."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), CLOSING_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
