"""What a user names as input, read."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from rlmflow.diagnostics.codes import INPUT_EMPTY, INPUT_NOT_FOUND
from rlmflow.diagnostics.model import Diagnostic, StrategyError
from rlmflow.diagnostics.suggest import did_you_mean_path
from rlmflow.readers._find import Found, find_files, is_pattern, why
from rlmflow.readers._on_disk import OnDisk, Shelf
from rlmflow.readers._reader import Reading, reader_for, unread
from rlmflow.values import Corpus, Unread

STDIN = "-"
_FIRST = 3
_READ = "what is read: text, Markdown, code, HTML, PDF with a text layer, DOCX, JSONL, CSV"
_OF_FOLDERS = "files that are hidden, empty or named in a .gitignore are no input"
_RIGHTS = "make it readable, or leave it out"
_FROM_STDIN = "pipe a text into it, or name a file"


def read_corpus(
    given: Sequence[str | Path], stdin: BinaryIO | None = None, shelf: Shelf | None = None
) -> Corpus:
    """The documents that paths, patterns and `-` (standard input) name.

    They are in the order in which they are named, and the files of a folder sorted by
    the parts of their paths. A file that is named twice is read once. Documents are
    named by their paths as they were given, with forward slashes. What can't be
    read is in `unread`, by file and page. Bytes of a path that are no UTF-8 are written
    as `\\xff`, so that a name can be shown and stored anywhere. Where the files are more
    than `shelf` holds, texts that are not on it are read again when they are asked for.

    Raises `StrategyError`: RF601 for each name that stands for nothing, RF602 if there
    is no text in all of it.
    """
    names = list(dict.fromkeys(str(name) for name in given))
    found = {name: list(find_files(name)) for name in names if name != STDIN}
    missing = [_not_found(name) for name in found if not found[name] and not os.path.isdir(name)]
    if missing:
        raise StrategyError(missing)
    shelf = shelf or Shelf()
    holds_all = sum(map(_size, chain.from_iterable(found.values()))) <= shelf.most
    readings = []
    seen: set[str] = set()
    for name in names:
        if name == STDIN:
            data = (stdin or sys.stdin.buffer).read()
            readings.append(reader_for("<stdin>", data).read("<stdin>", data))
        else:
            readings += _read_unseen(found[name], seen, None if holds_all else shelf)
    corpus = _joined(readings)
    if not any(document.length for document in corpus.documents):
        raise StrategyError([_empty(names, corpus)])
    return corpus


def _size(file: Found | Unread) -> int:
    try:
        return file.path.stat().st_size if isinstance(file, Found) else 0
    except OSError:
        return 0


def _read_unseen(
    files: Iterable[Found | Unread], seen: set[str], shelf: Shelf | None
) -> Iterator[Reading]:
    for file in files:
        place = os.path.realpath(file.name)
        if place not in seen:
            seen.add(place)
            yield _read(file, shelf) if isinstance(file, Found) else Reading(None, (file,))


def _read(file: Found, shelf: Shelf | None) -> Reading:
    try:
        data = file.path.read_bytes()
    except OSError as error:
        return unread(file.name, why(error))
    reading = reader_for(file.name, data).read(_writable(file.name), data)
    document = reading.document
    if not shelf or not document or not document.encoding or len(data) > shelf.longest:
        return reading
    return replace(reading, document=OnDisk(document, file.path, data, shelf))


def _joined(readings: list[Reading]) -> Corpus:
    documents = tuple(reading.document for reading in readings if reading.document)
    unread = (one for reading in readings for one in reading.unread)
    return Corpus(
        documents,
        tuple(replace(one, name=_writable(one.name)) for one in unread),
    )


def _writable(name: str) -> str:
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _not_found(name: str) -> Diagnostic:
    path = Path(name)
    if is_pattern(name):
        return INPUT_NOT_FOUND.at(None, f"no file matches `{name}`", hint=_beside(path))
    hint = did_you_mean_path(path) or _beside(path)
    return INPUT_NOT_FOUND.at(None, f"there is no file or folder `{name}`", hint=hint)


def _beside(pattern: Path) -> str | None:
    """The first names in the folder in which a path or a pattern found nothing, as a hint."""
    try:
        names = sorted(name for name in os.listdir(pattern.parent) if not name.startswith("."))
    except OSError:
        return did_you_mean_path(pattern.parent)
    if not names:
        return f"`{pattern.parent}` is empty"
    more = f" and {len(names) - _FIRST:,} more" if len(names) > _FIRST else ""
    return f"`{pattern.parent}` has {', '.join(names[:_FIRST])}{more}"


def _empty(names: list[str], corpus: Corpus) -> Diagnostic:
    where = ", ".join(f"`{name}`" for name in names)
    message = f"there is no text in {where}"
    if not corpus.unread:
        return INPUT_EMPTY.at(None, message, hint=_FROM_STDIN if names == ["-"] else _OF_FOLDERS)
    count, first = len(corpus.unread), corpus.unread[0]
    files = f"; of {count:,} that can't be read the first is" if count > 1 else ":"
    hint = _RIGHTS if first.reason == why(PermissionError()) else _READ
    return INPUT_EMPTY.at(None, f"{message}{files} {first.name}: {first.reason}", hint=hint)
