"""The folder that a run leaves behind: its plan, every event, and how it ended."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any
from uuid import uuid4

from rlmflow.runtime.events import Event, as_line
from rlmflow.runtime.outcome import Outcome

_AS_ESCAPE = "backslashreplace"
RUNS = Path(".rlmflow") / "runs"


class RunFolder(AbstractContextManager["RunFolder"]):
    """`plan.json` and `run.json` as JSON, `events.jsonl` one event a line, `answer.json`.

    Nothing that a model was sent is written here, and no key of an endpoint. Half of a
    surrogate pair is written as the escape that JSON has for it.
    """

    def __init__(self, root: Path) -> None:
        name = f"{datetime.now():%Y%m%d-%H%M%S}-{uuid4().hex[:6]}"
        self.path = root / RUNS / name
        self._events: IO[str] | None = None

    def __enter__(self) -> RunFolder:
        self.path.mkdir(parents=True)
        self._events = (self.path / "events.jsonl").open("w", encoding="utf-8", errors=_AS_ESCAPE)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._events is not None:
            self._events.close()

    def hear(self, event: Event) -> None:
        """Write an event down."""
        if self._events is not None:
            self._events.write(as_line(event) + "\n")

    def write(self, name: str, data: object) -> None:
        """Write `data` as JSON into the file `name`."""
        text = json.dumps(data, ensure_ascii=False, indent=2, default=str)
        (self.path / name).write_text(text + "\n", encoding="utf-8", errors=_AS_ESCAPE)

    def finish(self, outcome: Outcome) -> None:
        """Write the answer, and how the run ended. An incomplete answer is marked as one."""
        self.write("run.json", as_record(outcome))
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
        "tokens_in": outcome.spent.tokens_in,
        "tokens_out": outcome.spent.tokens_out,
        "usd": str(outcome.spent.usd),
        "seconds": round(outcome.seconds, 3),
        "read": {"characters": outcome.coverage.read, "of": outcome.coverage.total},
        "failures": [_slots(failure) for failure in outcome.failures],
        "skipped": [_slots(failure) for failure in outcome.skipped],
        "rejected": [_slots(rejected) for rejected in outcome.rejected],
        "notes": [_slots(note) for note in outcome.notes],
        "unread": [asdict(unread) for unread in outcome.unread],
    }


def _slots(event: Event) -> dict[str, Any]:
    return {name: getattr(event, name) for name in event.__slots__}
