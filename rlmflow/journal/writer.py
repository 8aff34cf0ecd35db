"""The one writer of a process: what waits is committed together whenever it is idle."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread

Work = Callable[[sqlite3.Connection], object]
Done = Callable[[object], None]
"""Is told what the work gave, or the error that kept it from the disk."""

_MOST_AT_A_TIME = 500


class Writer:
    """Does work on a connection in a thread of its own. `done` is called in that thread.

    A piece of work is done once its transaction is committed. Where that fails, the work of
    the whole transaction is undone, and each is told the error.
    """

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._queue: SimpleQueue[tuple[Work, Done] | None] = SimpleQueue()
        self._thread = Thread(target=self._write, name="journal", daemon=True)
        self._thread.start()

    def submit(self, work: Work, done: Done) -> None:
        """Have work done after all that was submitted before."""
        self._queue.put((work, done))

    def close(self) -> None:
        """Return once all that was submitted is done."""
        self._queue.put(None)
        self._thread.join()

    def _write(self) -> None:
        connection: sqlite3.Connection | None = None
        goes_on = True
        while goes_on:
            batch = [self._queue.get()]
            while not self._queue.empty() and len(batch) < _MOST_AT_A_TIME:
                batch.append(self._queue.get())
            goes_on = None not in batch
            jobs = [job for job in batch if job is not None]
            results: list[object] = []
            try:
                connection = connection or self._connect()
                results = _committed(connection, [work for work, _ in jobs])
            except sqlite3.Error as error:
                results = [error] * len(jobs)
            for (_, done), result in zip(jobs, results, strict=True):
                done(result)
        if connection is not None:
            connection.close()


def _committed(connection: sqlite3.Connection, works: list[Work]) -> list[object]:
    if not works:
        return []
    connection.execute("BEGIN IMMEDIATE")
    try:
        results = [work(connection) for work in works]
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return results
