"""The journal of a project while a run uses it."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from rlmflow.journal.entry import Damaged, Entry, of_reply, packed, to_reply, unpacked
from rlmflow.journal.opening import connect
from rlmflow.journal.writer import Work, Writer
from rlmflow.models._protocol import Reply

FILE = Path(".rlmflow") / "journal.sqlite"

_FIND = "SELECT key, value, size, crc FROM replies WHERE key"
_KEEP = """
INSERT INTO replies (key, parts, step, model, place, value, size, crc, made, run)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE SET
  value = excluded.value, size = excluded.size, crc = excluded.crc,
  made = excluded.made, run = excluded.run
"""


def run_name() -> str:
    """A name for a run that begins now; later runs have names that sort behind it."""
    return f"{datetime.now():%Y%m%d-%H%M%S-%f}{uuid4().hex[:2]}"


class NotKept(Exception):
    """A reply that could not be written; the message says why."""


@dataclass(frozen=True)
class JournalUse:
    """Where a run's journal lies, and how it is used. `fresh`: written, and not read."""

    path: Path
    fresh: bool = False


class Journal:
    """Replies by key, on disk. Use it as an async context.

    `run`: the name of the run that uses it, empty for one that only reads. What is read
    and written counts as used by it.
    """

    def __init__(self, path: Path, run: str) -> None:
        self._path = path
        self._run_name = run
        self._run = 0
        self._waiting: list[tuple[Work, asyncio.Future[object] | None]] = []

    async def __aenter__(self) -> Self:
        """Open it. Raises what sqlite3 raises."""
        self._loop = asyncio.get_running_loop()
        self._reading = connect(self._path)
        self._writer = Writer(lambda: connect(self._path))
        try:
            if self._run_name:
                self._run = int(await self._done(self._begin))
        except BaseException:
            self._end()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def known(self, keys: Sequence[bytes]) -> dict[bytes, Reply]:
        """The replies to requests with these keys; one that is damaged counts as none."""
        places = ", ".join("?" * len(keys))
        try:
            rows = self._reading.execute(f"{_FIND} IN ({places})", tuple(keys)).fetchall()
        except sqlite3.DatabaseError:
            return {}
        found = ((key, _whole(*stored)) for key, *stored in rows)
        return {key: reply for key, reply in found if reply is not None}

    @property
    def is_empty(self) -> bool:
        """Whether there is no reply in it, or none that can be read."""
        try:
            return self._reading.execute("SELECT 1 FROM replies LIMIT 1").fetchone() is None
        except sqlite3.DatabaseError:
            return True

    def parts(self) -> list[tuple[bytes, str | None, str]]:
        """What each entry's key is made of, the place that it is about, and who asked."""
        try:
            return self._reading.execute("SELECT parts, place, step FROM replies").fetchall()
        except sqlite3.DatabaseError:
            return []

    async def keep(
        self, entries: Sequence[Entry], *, anew: bool = False, instead_of: Collection[bytes] = ()
    ) -> list[Reply]:
        """Write replies down; returns once they are on disk.

        Gives those that now stand there: where another run was first, its own. `anew`: what
        stood there before is replaced. `instead_of`: keys of entries that they make needless.
        Raises `NotKept`.
        """
        rows = [(*_row(entry), int(time.time()), self._run) for entry in entries]

        def write(connection: sqlite3.Connection) -> list[Reply]:
            stood = [None if anew else _stored(connection, entry.key) for entry in entries]
            new = [row for row, reply in zip(rows, stood, strict=True) if reply is None]
            connection.executemany(_KEEP, new)
            connection.executemany("DELETE FROM replies WHERE key = ?", [(k,) for k in instead_of])
            pairs = zip(stood, entries, strict=True)
            return [entry.reply if reply is None else reply for reply, entry in pairs]

        try:
            stored: list[Reply] = await self._done(write)
        except sqlite3.Error as error:
            raise NotKept(f"the journal {self._path} can't be written: {error}") from None
        return stored

    def use(self, key: bytes) -> None:
        """Note that the run used an entry, so that it is not cleared away."""
        self._later("UPDATE replies SET run = ? WHERE key = ?", (self._run, key))

    def forget(self, keys: Iterable[bytes]) -> None:
        """Remove entries that led to nothing, so that they are asked for again."""
        for key in keys:
            self._later("DELETE FROM replies WHERE key = ?", (key,))

    def _begin(self, connection: sqlite3.Connection) -> int:
        row = (self._run_name, int(time.time()))
        return int(
            connection.execute("INSERT INTO runs (name, began) VALUES (?, ?)", row).lastrowid or 0
        )

    def _later(self, statement: str, values: tuple[object, ...]) -> None:
        """Have something written that nothing waits for, and that may fail.

        It says only how old an entry is, or removes one.
        """
        self._submit(lambda connection: connection.execute(statement, values), None)

    async def _done(self, work: Work) -> Any:
        """What work on the writer's connection gave, once it is committed."""
        future: asyncio.Future[object] = self._loop.create_future()
        self._submit(work, future)
        return await future

    def _submit(self, work: Work, future: asyncio.Future[object] | None) -> None:
        """Hand work over to the writer, with all that comes until the loop gets to it."""
        if not self._waiting:
            self._loop.call_soon(self._hand_over)
        self._waiting.append((work, future))

    def _hand_over(self) -> None:
        if not self._waiting:
            return
        works, futures = zip(*self._waiting, strict=True)
        self._waiting = []

        def done(results: Sequence[object]) -> None:
            if not self._loop.is_closed():
                self._loop.call_soon_threadsafe(_settle, futures, results)

        self._writer.submit(works, done)

    def _end(self) -> None:
        self._hand_over()
        self._writer.close()
        self._reading.close()


def _settle(futures: Sequence[asyncio.Future[object] | None], results: Sequence[object]) -> None:
    for future, result in zip(futures, results, strict=True):
        if future is None or future.cancelled():
            continue
        if isinstance(result, BaseException):
            future.set_exception(result)
        else:
            future.set_result(result)


def _row(entry: Entry) -> tuple[object, ...]:
    value = packed(of_reply(entry.reply))
    return (entry.key, entry.parts, entry.step, entry.model, entry.place, *value)


def _stored(connection: sqlite3.Connection, key: bytes) -> Reply | None:
    """The reply that stands under a key; one that is damaged counts as none."""
    row = connection.execute(f"{_FIND} = ?", (key,)).fetchone()
    return None if row is None else _whole(*row[1:])


def _whole(value: bytes, size: int, crc: int) -> Reply | None:
    try:
        return to_reply(unpacked(value, size, crc))
    except Damaged:
        return None
