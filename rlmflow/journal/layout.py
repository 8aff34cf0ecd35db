"""The tables of a journal, and how those of older versions become those of this one.

`docs/journal.md` says what stands in them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

_FIRST = """
CREATE TABLE runs (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  began INTEGER NOT NULL
);
CREATE TABLE replies (
  id INTEGER PRIMARY KEY,
  key BLOB NOT NULL UNIQUE,
  parts BLOB NOT NULL,
  step TEXT NOT NULL,
  model TEXT NOT NULL,
  place TEXT,
  value BLOB NOT NULL,
  size INTEGER NOT NULL,
  crc INTEGER NOT NULL,
  made INTEGER NOT NULL,
  run INTEGER NOT NULL
);
"""

MIGRATIONS: Sequence[str] = (_FIRST,)
"""What makes of a journal of version n one of version n + 1, where 0 is an empty file."""

VERSION = len(MIGRATIONS)


class FromTheFuture(Exception):
    """A journal of a version that this one does not know."""


def bring_up_to_date(connection: sqlite3.Connection) -> None:
    """Give a journal the tables of this version. What stands in it stays.

    Raises `FromTheFuture` and what sqlite3 raises.
    """
    if version_of(connection) == VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = version_of(connection)
        if version > VERSION:
            raise FromTheFuture(f"it has version {version}, and this rlmflow knows {VERSION}")
        for migration in MIGRATIONS[version:]:
            for statement in migration.split(";"):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def version_of(connection: sqlite3.Connection) -> int:
    """The version that a journal says it has."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
