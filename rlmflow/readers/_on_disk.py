"""Documents that are read from their files again, so that a large input is never held whole."""

from __future__ import annotations

import sys
from collections import deque
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from threading import Lock

from rlmflow.diagnostics.codes import INPUT_CHANGED
from rlmflow.diagnostics.model import StrategyError
from rlmflow.readers._find import why
from rlmflow.values import Document

_MOST_HELD = 1 << 25
_LONGEST = 1 << 23


@dataclass
class Shelf:
    """The texts that are in memory, of the documents of one input that are read again.

    most: how many bytes the texts together take at most; the last one that was asked for
    is held in any case. longest: a file of more bytes is held for good, since to read it
    again for a few lines would cost too much.
    """

    most: int = _MOST_HELD
    longest: int = _LONGEST
    _held: deque[tuple[OnDisk, int]] = field(default_factory=deque)
    _bytes: int = 0
    _lock: Lock = field(default_factory=Lock)

    def put(self, document: OnDisk, text: str) -> None:
        """Hold a text, in the place of those that have been held for longest."""
        with self._lock:
            if "text" in document.__dict__:
                return
            document.__dict__["text"] = text
            size = sys.getsizeof(text)
            self._held.append((document, size))
            self._bytes += size
            while self._bytes > self.most and len(self._held) > 1:
                oldest, freed = self._held.popleft()
                self._bytes -= freed
                for name in ("text", "line_starts"):
                    oldest.__dict__.pop(name, None)


class OnDisk(Document):
    """A document whose text is in memory only while its shelf holds it.

    Its text is an attribute that is there or not: to use one that is there costs nothing
    more than with other documents. Raises `StrategyError` (RF606) where the text is asked
    for and the file is no longer what it was when it was first read.
    """

    _path: Path
    _digest: bytes
    _shelf: Shelf

    def __init__(self, document: Document, path: Path, data: bytes, shelf: Shelf) -> None:
        """`document`: what was made of `data`, all bytes of the file, by its encoding alone."""
        # Sets the fields of a frozen class, without a text that would be held for good.
        self.__dict__.update(
            name=document.name,
            known_as=document.known_as,
            marks=document.marks,
            encoding=document.encoding,
            length=document.length,
            utf8_size=document.utf8_size,
            _path=path.absolute(),
            _digest=sha256(data).digest(),
            _shelf=shelf,
        )
        shelf.put(self, document.text)

    def __getattr__(self, name: str) -> str:
        """The text, where the shelf does not hold it."""
        if name != "text":
            raise AttributeError(name)
        text = self._again()
        self._shelf.put(self, text)
        return text

    def _again(self) -> str:
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            raise self._changed("is gone") from None
        except OSError as error:
            raise self._changed(f"can't be read again ({why(error)})") from None
        if sha256(data).digest() != self._digest:
            raise self._changed("was changed since it was read")
        return str(data, self.encoding or "utf-8")

    def _changed(self, how: str) -> StrategyError:
        message = f"`{self.name}` {how}, and the run still needs it"
        hint = "leave the input as it is during a run, or work on a copy of it"
        return StrategyError([INPUT_CHANGED.at(None, message, hint=hint)])
