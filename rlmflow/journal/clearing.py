"""What of a journal no recent run has used, and taking it out."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import NamedTuple

from rlmflow.journal.opening import connect

_UNUSED = "run NOT IN (SELECT id FROM runs WHERE name >= ?)"


class Unused(NamedTuple):
    """Replies, and the bytes that they take."""

    replies: int
    bytes: int


def unused(path: Path, oldest: str) -> Unused:
    """What only runs before the one named `oldest` have used. Raises what sqlite3 raises."""
    if not path.exists():
        return Unused(0, 0)
    with contextlib.closing(connect(path)) as journal:
        row = journal.execute(
            f"SELECT COUNT(*), TOTAL(LENGTH(value)) FROM replies WHERE {_UNUSED}", (oldest,)
        ).fetchone()
        return Unused(int(row[0]), int(row[1]))


def clear(path: Path, oldest: str) -> str | None:
    """Take that out, and give the room back; why that could not be done, where it was not.

    Another run may be in the way, or a full disk: what was taken out leaves room in the file
    then. Raises what sqlite3 raises.
    """
    if not path.exists():
        return None
    with contextlib.closing(connect(path)) as journal:
        journal.execute("BEGIN IMMEDIATE")
        journal.execute(f"DELETE FROM replies WHERE {_UNUSED}", (oldest,))
        journal.execute("DELETE FROM runs WHERE name < ?", (oldest,))
        journal.execute("COMMIT")
        try:
            journal.execute("VACUUM")
        except sqlite3.OperationalError as error:
            return str(error)
        return None
