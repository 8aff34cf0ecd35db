"""What is bound before the first block: the documents and names, in one file that is mapped."""

from __future__ import annotations

import mmap
import os

from msgspec import Raw, Struct
from msgspec.msgpack import Decoder

LENGTH = 8


class Bound(Struct, array_like=True, frozen=True):
    """The head of the file; the texts of the documents follow it. `sizes` are in bytes."""

    documents: list[str]
    sizes: list[int]
    names: dict[str, Raw]
    steps: list[str]


_bound = Decoder(Bound)


def read_mapped(fd: int) -> tuple[Bound, list[str]]:
    """The head and the texts of the file, which is closed."""
    size = os.fstat(fd).st_size
    with mmap.mmap(fd, size, prot=mmap.PROT_READ) as mapped, memoryview(mapped) as view:
        start = LENGTH + int.from_bytes(view[:LENGTH], "big")
        bound = _bound.decode(bytes(view[LENGTH:start]))
        texts = []
        for length in bound.sizes:
            with view[start : start + length] as part:
                texts.append(str(part, "utf-8", "surrogatepass"))
            start += length
    os.close(fd)
    return bound, texts
