"""The one folder that a worker may write in, seen from outside: nothing in it is trusted.

It may be nested deeper than a path can say, and hold folders that may not be listed.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

_OWN = 0o700


def entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """All that lies in `folder`, at any depth, as far as it can be seen."""
    folders = [os.fspath(folder)]
    while folders:
        with suppress(OSError), os.scandir(folders.pop()) as found:
            for entry in found:
                yield entry
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)


def remove(folder: Path) -> None:
    """Remove `folder` and all that is in it. Raises `OSError` if something stays.

    What lies in a folder inside it is moved up before that is removed: so no path is
    long, whatever the depth.
    """
    unused = secrets.token_hex(8)
    names = (folder / f".{unused}-{number}" for number in count())
    while inner := _emptied(folder):
        for path in inner:
            path.chmod(_OWN)
            for deeper in _emptied(path):
                deeper.chmod(_OWN)
                deeper.rename(next(names))
            path.rmdir()
    folder.rmdir()


def _emptied(folder: Path) -> list[Path]:
    """The folders in `folder`; everything else in it is removed."""
    folders = []
    with os.scandir(folder) as found:
        for entry in found:
            if entry.is_dir(follow_symlinks=False):
                folders.append(Path(entry.path))
            else:
                os.unlink(entry.path)
    return folders
