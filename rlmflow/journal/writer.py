"""The one writer of a process: what waits is committed together whenever it is idle."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from threading import Thread

Work = Callable[[sqlite3.Connection], object]
Done = Callable[[Sequence[object]], None]
"""Is told what each work gave, or the error that kept it from the disk."""

_MOST_AT_A_TIME = 500


class Writer:
    """Does work on a connection in a thread of its own. `done` is called in that thread.

    A piece of work is done once its transaction is committed. Where that fails, the work of
    the whole transaction is undone, and each is told the error.
    """

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._queue: SimpleQueue[tuple[Sequence[Work], Done] | None] = SimpleQueue()
        self._thread = Thread(target=self._write, name="journal", daemon=True)
        self._thread.start()

    def submit(self, works: Sequence[Work], done: Done) -> None:
        """Have work done together, after all that was submitted before."""
        self._queue.put((works, done))

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
            works = [work for together, _ in jobs for work in together]
            results: list[object] = []
            try:
                connection = connection or self._connect()
                results = _committed(connection, works)
            except sqlite3.Error as error:
                results = [error] * len(works)
            for together, done in jobs:
                done(results[: len(together)])
                del results[: len(together)]
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
