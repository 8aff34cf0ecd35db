"""What a reader is: a file of this folder that turns the bytes of one format into text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rlmflow._lazy import heavy
from rlmflow.values import Document, Unread


@dataclass(frozen=True)
class Reading:
    """What became of one file: a document, or none, and what of it can't be read."""

    document: Document | None
    unread: tuple[Unread, ...] = ()


@dataclass(frozen=True)
class Reader:
    """`read` takes a file's shown name and its bytes; it raises nothing for bad input.

    A file goes to the reader whose `signature` it begins with, else to the one that
    has its suffix (lower case, with the dot), else to the one that declares neither.
    """

    read: Callable[[str, bytes], Reading]
    suffixes: tuple[str, ...] = ()
    signature: bytes | None = None


@cache
def all_readers() -> tuple[Reader, ...]:
    """The reader of every file of this folder that does not begin with `_`."""
    files = sorted(Path(__file__).parent.glob("[!_]*.py"))
    modules = [heavy(f"rlmflow.readers.{file.stem}") for file in files]
    return tuple(v for module in modules for v in vars(module).values() if isinstance(v, Reader))


def reader_for(name: str, data: bytes) -> Reader:
    """The reader of a file, by how its bytes begin and by its name."""
    readers = all_readers()
    suffix = Path(name).suffix.lower()
    by_signature = (r for r in readers if r.signature and data.startswith(r.signature))
    by_suffix = (r for r in readers if suffix in r.suffixes)
    fallback = next(r for r in readers if not r.signature and not r.suffixes)
    return next(by_signature, None) or next(by_suffix, fallback)


def unread(name: str, reason: str) -> Reading:
    """A file of which nothing can be read."""
    return Reading(None, (Unread(name, reason),))
