"""UTF-16 and UTF-32 with a byte order mark, as codecs that keep the mark out of the text.

Python has this for UTF-8 (`utf-8-sig`); its `utf-16` writes the order of the machine,
so it can't give a file its own bytes back. `text.encode("utf-16-be-sig")` can.
"""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

# UTF-32 first: its little-endian mark begins with that of UTF-16.
MARKS = {
    "utf-32-le-sig": codecs.BOM_UTF32_LE,
    "utf-32-be-sig": codecs.BOM_UTF32_BE,
    "utf-16-le-sig": codecs.BOM_UTF16_LE,
    "utf-16-be-sig": codecs.BOM_UTF16_BE,
    "utf-8-sig": codecs.BOM_UTF8,
}


def marked_encoding(data: bytes) -> str | None:
    """The codec that the byte order mark of `data` names, if it has one."""
    return next((name for name, mark in MARKS.items() if data.startswith(mark)), None)


def _find(name: str) -> codecs.CodecInfo | None:
    name = name.replace("_", "-")
    if name not in MARKS:
        return None
    mark, plain = MARKS[name], codecs.lookup(name.removesuffix("-sig"))

    def encode(text: str, errors: str = "strict") -> tuple[bytes, int]:
        encoded, length = plain.encode(text, errors)
        return mark + encoded, length

    def decode(data: ReadableBuffer, errors: str = "strict") -> tuple[str, int]:
        view = memoryview(data)
        start = len(mark) if view[: len(mark)] == mark else 0
        text, _ = plain.decode(view[start:], errors)
        return text, len(view)

    return codecs.CodecInfo(encode, decode, name=name)


codecs.register(_find)
