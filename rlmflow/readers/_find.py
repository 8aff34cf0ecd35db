"""From what a user names (a file, a folder, a pattern) to the files that are meant."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from rlmflow.readers._ignore import Ignored
from rlmflow.values import Unread

_WILD = re.compile(r"[*?[]")


@dataclass(frozen=True)
class Found:
    """A file: how to open it, and how to show it."""

    path: Path
    name: str


def is_pattern(given: str) -> bool:
    """Has it a wildcard, and is no file or folder of that very name?"""
    return bool(_WILD.search(given)) and not os.path.lexists(given)


def find_files(given: str) -> Iterator[Found | Unread]:
    """The files that a path or pattern names, sorted by their parts.

    A file that is named itself is always meant. In a folder, hidden files and what
    `.gitignore` leaves out are not, as with ripgrep; `.git` and `.rlmflow` never are.
    A link is followed; what can't be opened is unread. Nothing comes of a path that
    does not exist.
    """
    if is_pattern(given):
        yield from _matching(given)
    elif os.path.lexists(given):
        yield from _named(Path(given))


def _named(path: Path) -> Iterator[Found | Unread]:
    kind = _kind(path)
    if kind == "folder":
        yield from _Walk().files(path, Ignored.above(path.absolute()))
    else:
        yield _file(path, kind)


def _matching(pattern: str) -> Iterator[Found | Unread]:
    """Files whose path, or the path of a folder they are in, matches the pattern.

    A folder that matches is read as one that is named: so a pattern in quotes means
    what it means when the shell expands it.
    """
    parts = Path(pattern).parts
    fixed = next(at for at, part in enumerate(parts) if _WILD.search(part))
    base = Path(*parts[:fixed])
    if not base.is_dir():
        return
    wanted = parts[fixed:]
    for found in _Walk().files(base, Ignored.above(base.absolute())):
        inside = Path(found.name).relative_to(base).parts
        if any(_fits(inside[:depth], wanted) for depth in range(1, len(inside) + 1)):
            yield found


def _fits(parts: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    """Does a path fit a pattern, part by part? `**` stands for any number of folders."""
    if not wanted:
        return not parts
    if wanted[0] == "**":
        return any(_fits(parts[at:], wanted[1:]) for at in range(len(parts) + 1))
    return bool(parts) and fnmatchcase(parts[0], wanted[0]) and _fits(parts[1:], wanted[1:])


@dataclass
class _Walk:
    """A walk through a folder that does not go round in circles."""

    inside: list[tuple[int, int]] = field(default_factory=list)

    def files(self, folder: Path, ignored: Ignored) -> Iterator[Found | Unread]:
        try:
            about = folder.stat()
            with os.scandir(folder) as listing:
                names = sorted(entry.name for entry in listing)
        except OSError as error:
            yield Unread(folder.as_posix(), why(error))
            return
        identity = about.st_dev, about.st_ino
        if identity in self.inside:
            yield Unread(folder.as_posix(), "it is a link to a folder that it is in")
            return
        self.inside.append(identity)
        rules = ignored.within(folder.absolute())
        for name in names:
            if not name.startswith("."):
                yield from self._entry(folder / name, rules)
        self.inside.pop()

    def _entry(self, path: Path, rules: Ignored) -> Iterator[Found | Unread]:
        kind = _kind(path)
        if rules.leaves_out(path.absolute(), kind == "folder"):
            return
        if kind == "folder":
            yield from self.files(path, rules)
        else:
            yield _file(path, kind)


def _file(path: Path, kind: str) -> Found | Unread:
    name = path.as_posix()
    return Found(path, name) if kind == "file" else Unread(name, kind)


def _kind(path: Path) -> str:
    """`file`, `folder`, or why it is neither."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        return why(error)
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISDIR(mode):
        return "folder"
    return "it is a pipe, a socket or a device, which is never opened"


def why(error: OSError) -> str:
    """Why a file can't be opened, in a few words."""
    if isinstance(error, FileNotFoundError):
        return "it is a link to nothing"
    if isinstance(error, PermissionError):
        return "permission denied"
    return (error.strerror or type(error).__name__).lower()
