"""The messages between the host and the worker, and the frames that they travel in.

A frame is four bytes of length, the highest first, then one message in msgpack. Both
sides use this file. Values inside a message are bytes of `wire`, read by who needs them.
"""

from __future__ import annotations

from typing import Literal

from msgspec import DecodeError, Raw, Struct, ValidationError
from msgspec.msgpack import Decoder, encode

from rlmflow.runtime.repl.isolation.lock import Lock

LENGTH = 4
NOT_COUNTED = "not counting what it waited for models"
NOTHING = Raw(b"\xc0")

Reading = int | float
Readings = dict[str, list[Reading]]


class FrameTooLong(ValueError):
    """A message that is longer than the channel takes."""


class Start(Struct, array_like=True, tag="start", frozen=True):
    """Host to worker, first of all. `lock` is what `isolation.lock` takes; see `ReplLimits`."""

    lock: Lock
    seconds: float
    output: int
    frame: int


class Run(Struct, array_like=True, tag="run", frozen=True):
    """Host to worker: run this block, which has this number.

    With a `seed`, randomness starts anew. `readings` are for a replay: what the block read
    of clocks.
    """

    number: int
    code: str
    seed: int | None = None
    readings: Readings | None = None


class Reply(Struct, array_like=True, tag="reply", frozen=True):
    """Host to worker: what came of a call: a value, or why it was refused."""

    call: int
    value: Raw = NOTHING
    refused: str | None = None


class Ready(Struct, array_like=True, tag="ready", frozen=True):
    """Worker to host: locked, and ready for blocks; or why not."""

    problem: str | None = None


class Call(Struct, array_like=True, tag="call", frozen=True):
    """Worker to host: code calls `name`. `body` is `[arguments, keywords]`."""

    number: int
    name: str
    body: Raw


Ended = Literal["ok", "error", "timeout"]


class Done(Struct, array_like=True, tag="done", frozen=True):
    """Worker to host: a block ended, and what `answer` then was.

    `readings`: what it read of clocks. `threads`: how many of code's own still run.
    """

    number: int
    status: Ended
    output: str
    content: Raw
    ready: bool
    problem: str | None
    readings: Readings
    threads: int


ToWorker = Start | Run | Reply
ToHost = Ready | Call | Done

_to_worker: Decoder[ToWorker] = Decoder(ToWorker)
_to_host: Decoder[ToHost] = Decoder(ToHost)


def framed(message: ToWorker | ToHost, most: int) -> bytes:
    """A message as it is sent. Raises `FrameTooLong`."""
    body = encode(message)
    if len(body) > most:
        raise FrameTooLong(f"a message of {len(body):,} bytes; at most {most:,} can be sent")
    return len(body).to_bytes(LENGTH, "big") + body


def read_length(head: bytes, most: int) -> int:
    """The length that a frame begins with. Raises `FrameTooLong`."""
    length = int.from_bytes(head, "big")
    if length > most:
        raise FrameTooLong(f"a message of {length:,} bytes; at most {most:,} can be sent")
    return length


def read_for_worker(body: bytes) -> ToWorker:
    """The message in a frame. Raises msgspec's `DecodeError`."""
    return _to_worker.decode(body)


def read_for_host(body: bytes) -> ToHost:
    """The message in a frame that the worker sent, and perhaps forged. Raises `DecodeError`."""
    try:
        return _to_host.decode(body)
    except ValidationError as error:
        raise DecodeError(str(error)) from None
    except (RecursionError, UnicodeDecodeError) as error:
        raise DecodeError(type(error).__name__) from None
