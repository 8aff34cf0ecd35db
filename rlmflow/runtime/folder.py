"""The folder that a run leaves behind: its plan, every event, and how it ended."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from rlmflow.diagnostics.codes import JOURNAL_UNUSABLE
from rlmflow.diagnostics.model import StrategyError
from rlmflow.journal.journal import run_name
from rlmflow.runtime.events import Event, Noted, TurnDone, as_line
from rlmflow.runtime.outcome import Outcome
from rlmflow.runtime.stopping import Stopping

_AS_ESCAPE = "backslashreplace"
_EVENTS = "events.jsonl"
_TURNS = "turns.jsonl"
RUNS = Path(".rlmflow") / "runs"


class RunFolder(AbstractContextManager["RunFolder"]):
    """`plan.json`, `run.json`, `ledger.json`, `answer.json`; `events.jsonl` one event a line.

    Where roots worked, `turns.jsonl` has one turn a line: what the root said, the code that
    ran, and what it was shown. Nothing else that a model was sent is written here, and no
    key of an endpoint. Half of a surrogate pair is written as the escape that JSON has for it.
    Where there is no room any more, the run is stopped by way of `stopping`, and goes without.
    """

    def __init__(self, root: Path, strategy: str, stopping: Stopping) -> None:
        self.path = root / RUNS / run_name()
        self._stopping = stopping
        self._problem: str | None = None
        self._begun = {
            "strategy": strategy,
            "began": datetime.now().astimezone().isoformat(timespec="seconds"),
            "pid": os.getpid(),
        }
        self._files = ExitStack()
        self._lines: dict[str, IO[str]] = {}

    def __enter__(self) -> RunFolder:
        try:
            self.path.mkdir(parents=True)
            self._write_line(_EVENTS, "")
            self.write("run.json", {"status": "running", **self._begun})
        except OSError as error:
            message = (
                f"the run's folder {self.path} can't be made: {(error.strerror or '?').lower()}"
            )
            hint = "start it in a folder that can be written"
            raise StrategyError([JOURNAL_UNUSABLE.at(None, message, hint=hint)]) from None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._held():
            if isinstance(error, Exception):
                self.write("run.json", {"status": "stopped", "why": str(error), **self._begun})
            self._files.close()

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Keeps what can't be written from ending a run that is paid for."""
        try:
            yield
        except OSError as error:
            self._problem = self._problem or f"can't be written: {(error.strerror or '?').lower()}"
            self._stopping.stop(f"{self.path} {self._problem}")

    def hear(self, event: Event) -> None:
        """Write an event down."""
        name = _TURNS if isinstance(event, TurnDone) else _EVENTS
        if self._problem is None:
            with self._held():
                self._write_line(name, as_line(event) + "\n")

    def _write_line(self, name: str, line: str) -> None:
        """Add to a file, which is made when it is first written to."""
        if name not in self._lines:
            opened = (self.path / name).open("w", encoding="utf-8", errors=_AS_ESCAPE)
            self._lines[name] = self._files.enter_context(opened)
        self._lines[name].write(line)

    def write(self, name: str, data: object) -> None:
        """Write `data` as JSON into the file `name`."""
        text = json.dumps(data, ensure_ascii=False, indent=2, default=str)
        path = self.path / name
        try:
            path.write_text(text + "\n", encoding="utf-8", errors=_AS_ESCAPE)
        except OSError as error:
            error.filename = str(path)  # Python does not say which file had no room
            raise

    def finish(self, outcome: Outcome) -> Outcome:
        """Write the answer, and how the run ended. An incomplete answer is marked as one.

        Gives the outcome, which says so where the folder is not whole.
        """
        with self._held():
            self._write_end(outcome)
            self._files.close()
        if self._problem is None:
            return outcome
        note = Noted(str(self.path), self._problem)
        return replace(outcome, folder=None, notes=(*outcome.notes, note))

    def _write_end(self, outcome: Outcome) -> None:
        self.write("run.json", {**as_record(outcome), **self._begun})
        self.write("ledger.json", ledger_record(outcome))
        if outcome.answer is not None:
            answer = {
                "status": outcome.status,
                "type": str(outcome.answer.type),
                "value": outcome.answer.value,
                "places": outcome.answer.places,
            }
            self.write("answer.json", answer)


def as_record(outcome: Outcome) -> dict[str, Any]:
    """How a run ended, without its answer, for `run.json`."""
    return {
        "status": outcome.status,
        "calls": outcome.calls,
        "from_journal": outcome.recalled,
        "tokens_in": outcome.spent.tokens_in,
        "tokens_out": outcome.spent.tokens_out,
        "usd": str(outcome.spent.usd),
        "seconds": round(outcome.seconds, 3),
        "read": {"characters": outcome.coverage.read, "of": outcome.coverage.total},
        "quotes": outcome.answer.quotes if outcome.answer else 0,
        "verdicts": [verdict.as_record() for verdict in outcome.verdicts],
        "failures": [_slots(failure) for failure in outcome.failures],
        "skipped": [_slots(failure) for failure in outcome.skipped],
        "rejected": [_slots(rejected) for rejected in outcome.rejected],
        "notes": [_slots(note) for note in outcome.notes],
        "unread": outcome.unread_records(),
        "unread_in_all": outcome.coverage.gaps + len(outcome.unread),
        "providers": [asdict(use) for use in outcome.providers],
        "root": outcome.root.as_record() if outcome.root else None,
    }


def ledger_record(outcome: Outcome) -> dict[str, Any]:
    """What the steps had shown of each document, in offsets of characters, for `ledger.json`.

    Stretches with nothing but white space between them are one.
    """
    return {
        "documents": [
            {
                "name": document.name,
                "characters": document.length,
                "read": {step or "pasted": pairs for step, pairs in read.items()},
            }
            for document, read in outcome.read_by.items()
        ]
    }


def _slots(event: Event) -> dict[str, Any]:
    return {name: getattr(event, name) for name in event.__slots__}
