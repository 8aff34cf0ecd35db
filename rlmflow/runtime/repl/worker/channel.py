"""The worker's end of the channel: calls to the host, from any thread, and blocks to run."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from queue import SimpleQueue

from msgspec import Raw

from rlmflow.runtime.repl import wire
from rlmflow.runtime.repl.messages import (
    LENGTH,
    Call,
    FrameTooLong,
    Reply,
    Run,
    ToHost,
    ToWorker,
    framed,
    read_for_worker,
    read_length,
)
from rlmflow.runtime.repl.worker.code_time import CodeTime
from rlmflow.runtime.repl.worker.items import sent_back

_AT_ONCE = 1 << 20


class Refused(Exception):
    """The host refused a call. The message says why."""


Refused.__module__ = "builtins"


class Channel:
    """Calls the host. Each call has a number, so that calls of several threads may be under way."""

    def __init__(self, fd: int, time: CodeTime) -> None:
        self._fd = fd
        self.most = 0
        self._time = time
        self._sending = threading.Lock()
        self._waiting: dict[int, SimpleQueue[Reply]] = {}
        self._calls = 0
        self.blocks: SimpleQueue[Run] = SimpleQueue()

    def listen(self) -> None:
        """Give what the host sends to who waits for it, from now on. Ends with the host."""
        threading.Thread(target=self._listen, daemon=True, name="channel").start()

    def read(self) -> ToWorker:
        """The next message. Ends the process if the host is gone."""
        head = self._exactly(LENGTH)
        return read_for_worker(self._exactly(read_length(head, 2**32)))

    def send(self, message: ToHost) -> None:
        """Send a message. Raises `FrameTooLong`."""
        frame = framed(message, self.most)
        with self._sending:
            self._write(frame)

    def call(self, name: str, arguments: Sequence[object], keywords: Mapping[str, object]) -> bytes:
        """What the host answers, as bytes of `wire`. Raises `Refused`, or `TypeError`.

        Waiting is not code time.
        """
        try:
            body = wire.to_bytes([list(arguments), dict(keywords)], sent_back)
        except wire.Unsendable as error:
            raise TypeError(f"{name}: {error}") from None
        answer: SimpleQueue[Reply] = SimpleQueue()
        with self._time.waiting():
            self._ask(name, body, answer)
            reply = answer.get()
        if reply.refused is not None:
            raise Refused(reply.refused)
        return bytes(reply.value)

    def _ask(self, name: str, body: bytes, answer: SimpleQueue[Reply]) -> None:
        with self._sending:
            number = self._calls + 1
            frame = self._frame(Call(number, name, Raw(body)))
            self._calls = number
            self._waiting[number] = answer
            self._write(frame)

    def _write(self, frame: bytes) -> None:
        rest = memoryview(frame)
        try:
            while rest:
                rest = rest[os.write(self._fd, rest) :]
        except OSError:
            os._exit(0)

    def _frame(self, call: Call) -> bytes:
        try:
            return framed(call, self.most)
        except FrameTooLong as error:
            raise ValueError(f"{call.name}: {error}") from None

    def _listen(self) -> None:
        """Without it nothing goes on: whatever ends it ends the process."""
        try:
            while True:
                message = self.read()
                if isinstance(message, Reply):
                    self._waiting.pop(message.call).put(message)
                elif isinstance(message, Run):
                    self.blocks.put(message)
        finally:
            os._exit(70)

    def _exactly(self, length: int) -> bytes:
        data = bytearray()
        while len(data) < length:
            more = os.read(self._fd, min(length - len(data), _AT_ONCE))
            if not more:
                os._exit(0)
            data += more
        return bytes(data)
