"""What is bound in a worker before its first block, in memory that every worker maps."""

from __future__ import annotations

import fcntl
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence

from msgspec import Raw
from msgspec.msgpack import encode

from rlmflow.runtime.repl import wire
from rlmflow.runtime.repl.worker.mapped import LENGTH, Bound


def given(
    documents: Sequence[tuple[str, str]], names: Mapping[str, object], steps: Sequence[str]
) -> int:
    """A descriptor of a file that holds all of it and can't be changed. Raises `Unsendable`.

    The file is in memory, and sealed, where the platform has that; else it has no name.
    """
    texts = [text.encode("utf-8", "surrogatepass") for _, text in documents]
    bound = Bound(
        documents=[name for name, _ in documents],
        sizes=[len(text) for text in texts],
        names={name: Raw(wire.to_bytes(value)) for name, value in names.items()},
        steps=list(steps),
    )
    head = encode(bound)
    parts = [len(head).to_bytes(LENGTH, "big"), head, *texts]
    return _sealed(parts) if sys.platform == "linux" else _nameless(parts)


def _sealed(parts: Sequence[bytes]) -> int:
    fd = os.memfd_create("context", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    _write(fd, parts)
    seals = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals)
    return fd


def _nameless(parts: Sequence[bytes]) -> int:
    with tempfile.NamedTemporaryFile() as file:
        _write(file.fileno(), parts)
        return os.open(file.name, os.O_RDONLY | os.O_CLOEXEC)


def _write(fd: int, parts: Sequence[bytes]) -> None:
    for part in parts:
        rest = memoryview(part)
        while rest:
            rest = rest[os.write(fd, rest) :]
