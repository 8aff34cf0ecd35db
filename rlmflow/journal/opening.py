"""A journal's file before it is used: made, brought up to date, or mended.

What SQLite finds broken is set aside. The replies in it that are still whole are copied
into a new file, so that no more is lost than was damaged.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from os import getpid
from pathlib import Path

from rlmflow.diagnostics.codes import JOURNAL_DAMAGED, JOURNAL_UNUSABLE
from rlmflow.diagnostics.model import Diagnostic, StrategyError
from rlmflow.journal.entry import Damaged, unpacked
from rlmflow.journal.layout import FromTheFuture, bring_up_to_date

_SECONDS_FOR_OTHERS = 60.0
# A larger file is not read through before each run: what is broken in it shows when it is read.
_CHECKED_BYTES = 1 << 28
_WIDEST_GAP = 1 << 20
_LONGEST = 1 << 40
_SIDES = ("", "-wal", "-shm")
_WITHOUT = "`--no-journal` runs without one"
_ELSEWHERE = "start it in a folder that can be written"
_COLUMNS = "key, parts, step, model, place, value, size, crc, made, run"


def connect(path: Path) -> sqlite3.Connection:
    """A connection of this process. Raises what sqlite3 raises.

    What is committed outlives the process; the last commits may be lost with the power.
    """
    connection = sqlite3.connect(
        path, timeout=_SECONDS_FOR_OTHERS, isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def make_ready(path: Path) -> list[Diagnostic]:
    """See to it that a journal can be used; what there is to say about it.

    Raises `StrategyError` where it can't be.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _check(path)
    except FromTheFuture as reason:
        hint = f"update rlmflow; {_WITHOUT}"
        message = f"the journal {path} was written by a newer rlmflow: {reason}"
        raise StrategyError([JOURNAL_UNUSABLE.at(None, message, hint=hint)]) from None
    except sqlite3.Error as error:
        if not is_damage(error):
            raise unusable(path, error) from None
    except OSError as error:
        # Where it can't lie, the run's folder can't either.
        raise unusable(path, error, _ELSEWHERE) from None
    else:
        return []
    return [_mended(path)]


def unusable(path: Path, error: Exception, hint: str = _WITHOUT) -> StrategyError:
    """The error that a journal which can't be read or written ends a run with."""
    said = str(error.strerror or error) if isinstance(error, OSError) else str(error)
    message = f"the journal {path} can't be used: {said.lower()}"
    return StrategyError([JOURNAL_UNUSABLE.at(None, message, hint=hint)])


def is_damage(error: sqlite3.Error) -> bool:
    """Whether a file is not what SQLite wrote, and not just out of reach."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _check(path: Path) -> None:
    with contextlib.closing(connect(path)) as connection:
        if path.stat().st_size <= _CHECKED_BYTES:
            (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if said != "ok":
                raise _broken(said)
        bring_up_to_date(connection)
        connection.execute("SELECT id, began FROM runs LIMIT 1")
        connection.execute(f"SELECT {_COLUMNS} FROM replies LIMIT 1")
        # A file that can't be written is known before anything is paid for.
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")


def _broken(said: str) -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError(said)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


def _mended(path: Path) -> Diagnostic:
    """Set a damaged journal aside, and begin a new one with what is whole in it."""
    aside = path.with_name(f"{path.stem}-damaged-{datetime.now():%Y%m%d-%H%M%S}-{getpid()}.sqlite")
    kept = 0
    try:
        for side in _SIDES:
            # Of two runs that find it at once, the other may have been first.
            with contextlib.suppress(FileNotFoundError):
                path.with_name(path.name + side).rename(aside.with_name(aside.name + side))
        _check(path)
        with contextlib.closing(connect(path)) as new:
            new.execute("BEGIN IMMEDIATE")
            places = ", ".join("?" * len(_COLUMNS.split(",")))
            for row in _whole(aside):
                new.execute(f"INSERT OR IGNORE INTO replies ({_COLUMNS}) VALUES ({places})", row)
                kept += 1
            new.execute("COMMIT")
    except (sqlite3.Error, OSError) as error:
        raise unusable(path, error) from None
    message = f"the journal {path} was damaged: {kept:,} replies in it are whole, and are kept"
    return JOURNAL_DAMAGED.at(
        None, message, hint=f"the damaged file is now {aside}", severity="warning"
    )


def _whole(path: Path) -> Iterator[tuple[object, ...]]:
    """The rows of a damaged file that can be read and have the right check sum."""
    if not path.exists():
        return
    _as_long_as_it_says(path)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as old:
        last, gap = 0, 1
        while gap <= _WIDEST_GAP:
            try:
                rows = old.execute(
                    f"SELECT id, {_COLUMNS} FROM replies WHERE id > ? ORDER BY id", (last,)
                )
                for number, *row in rows:
                    last, gap = number, 1
                    if _is_whole(row):
                        yield tuple(row)
                return
            except sqlite3.Error:
                last, gap = last + gap, gap * 2


def _as_long_as_it_says(path: Path) -> None:
    """Give a file that was cut short its length again: SQLite reads nothing of it otherwise."""
    with path.open("r+b") as file:
        head = file.read(32)
        size = int.from_bytes(head[16:18], "big") * int.from_bytes(head[28:32], "big")
        if head.startswith(b"SQLite format 3") and path.stat().st_size < size <= _LONGEST:
            file.truncate(size)


def _is_whole(row: list[object]) -> bool:
    try:
        unpacked(*row[5:8])  # type: ignore[arg-type]  # what it is shows when it is unpacked
    except (Damaged, TypeError):
        return False
    return True
