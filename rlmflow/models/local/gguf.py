"""The head of a GGUF file: what its author says of the model, such as its vocabulary."""

from __future__ import annotations

import mmap
import struct
from pathlib import Path

_MAGIC = b"GGUF"
_STRING, _ARRAY = 8, 9
# The format's number for a type, and how `struct` calls it.
_SCALARS = dict(zip((*range(8), *range(10, 13)), "BbHhIif?Qqd", strict=True))


def read_head(path: Path) -> dict[str, object]:
    """Every key with its value: a number, a bool, a text, or a list of these.

    Raises `ValueError` for a file that is not GGUF 2 or 3, or is cut off.
    """
    with (
        path.open("rb") as stream,
        mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        try:
            return _Head(data).read()
        except (struct.error, KeyError, UnicodeDecodeError, MemoryError):
            raise ValueError(f"{path} is not a whole GGUF file") from None


class _Head:
    """A reader that walks through the bytes."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data = data
        self._at = 0

    def read(self) -> dict[str, object]:
        if self._data[:4] != _MAGIC:
            raise ValueError("not a GGUF file")
        self._at = 4
        version, _tensors, keys = self._take("IQQ")
        if version not in (2, 3):
            raise ValueError(f"GGUF {version} is not known")
        return {self._text(): self._value(self._take("I")[0]) for _ in range(keys)}

    def _take(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from(f"<{layout}", self._data, self._at)
        self._at += struct.calcsize(f"<{layout}")
        return values

    def _text(self) -> str:
        (length,) = self._take("Q")
        start, self._at = self._at, self._at + length
        if self._at > len(self._data):
            raise struct.error
        return self._data[start : self._at].decode("utf-8")

    def _value(self, kind: int) -> object:
        if kind == _STRING:
            return self._text()
        if kind != _ARRAY:
            return self._take(_SCALARS[kind])[0]
        of, length = self._take("IQ")
        if of in _SCALARS:
            return list(self._take(f"{length}{_SCALARS[of]}"))
        return [self._value(of) for _ in range(length)]
