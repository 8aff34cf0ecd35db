"""What a run left in its folder, as data. Of one that was killed that is less, and it counts."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from msgspec import DecodeError, Raw, Struct
from msgspec.json import Decoder, decode

from rlmflow.runtime.coverage import Kind, Reason
from rlmflow.runtime.past_runs import PastRun

Whole = TypeVar("Whole", bound=Struct)


class Share(Struct, frozen=True):
    """Characters that are no white space: those read, of all."""

    characters: int = 0
    of: int = 0


class Verdict(Struct):
    """Whether a clause held. `read`: of what it is about, where it is about reading."""

    clause: str
    holds: bool
    strategy: str = ""
    read: Share | None = None
    missing: tuple[str, ...] = ()


class Trouble(Struct):
    """An item that failed, was skipped, or of which something was not accepted."""

    step: str
    item: str
    reason: str
    place: str | None = None


class Note(Struct):
    step: str
    message: str


class Unread(Struct):
    """A stretch of a document that was not read, or a file with no text."""

    name: str
    reason: str
    place: str = ""
    start: int | None = None
    end: int = 0
    characters: int = 0
    step: str | None = None
    detail: str = ""
    pages: tuple[int, ...] = ()

    @property
    def words(self) -> str:
        """Why."""
        if self.start is None:
            return self.reason
        kind: Kind = self.reason  # type: ignore[assignment]  # as it was written
        return Reason(kind, self.step, self.detail).words


class RunRecord(Struct):
    """What a page tells of `run.json`. Any of it may be missing."""

    why: str = ""
    seconds: float = 0.0
    read: Share = Share()
    quotes: int = 0
    verdicts: tuple[Verdict, ...] = ()
    failures: tuple[Trouble, ...] = ()
    skipped: tuple[Trouble, ...] = ()
    rejected: tuple[Trouble, ...] = ()
    notes: tuple[Note, ...] = ()
    unread: tuple[Unread, ...] = ()
    unread_in_all: int = 0


class ReadDocument(Struct):
    """A document, and the stretches of it that each step had shown to a model."""

    name: str
    characters: int
    read: dict[str, list[tuple[int, int]]] = {}


class Ledger(Struct):
    """`ledger.json`."""

    documents: tuple[ReadDocument, ...] = ()


class AnswerRecord(Struct):
    """`answer.json`."""

    type: str
    value: Raw
    places: list[str | None] = []


class Block(Struct):
    """Code that a root ran."""

    code: str
    output: str
    status: str


class Turn(Struct):
    """A line of `turns.jsonl`."""

    step: str
    turn: int
    reply: str
    told: str
    level: int = 0
    blocks: tuple[Block, ...] = ()


class _Event(Struct):
    """A line of `events.jsonl`, of whatever kind: what a page tells of it."""

    event: str
    step: str = ""
    operator: str = ""
    asks: bool = False
    tokens_in: int = 0
    tokens_out: int = 0
    usd: Decimal = Decimal(0)
    seconds: float = 0.0
    at: float = 0.0
    problem: str | None = None
    turn: int = 0


@dataclass
class StepTally:
    """What a step's events add up to. `began` and `lasted`: of each call, in seconds."""

    name: str
    operator: str = ""
    asks: bool = False
    recalled: int = 0
    again: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    usd: Decimal = Decimal(0)
    problems: Counter[str] = field(default_factory=Counter)
    began: array[float] = field(default_factory=lambda: array("d"))
    lasted: array[float] = field(default_factory=lambda: array("d"))

    @property
    def calls(self) -> int:
        return len(self.began)

    def hear(self, event: _Event) -> None:
        match event.event:
            case "StepBegun":
                self.operator, self.asks = event.operator, event.asks
            case "CallRecalled":
                self.recalled += 1
            case "CallDone":
                self._called(event)

    def _called(self, event: _Event) -> None:
        self.again += event.turn > 0
        self.tokens_in += event.tokens_in
        self.tokens_out += event.tokens_out
        self.usd += event.usd
        self.began.append(event.at)
        self.lasted.append(event.seconds)
        if event.problem:
            self.problems[event.problem] += 1


@dataclass(frozen=True)
class RunLeft:
    """All that is told of a run. `seconds`: until its end, or its last call where it was killed."""

    run: PastRun
    record: RunRecord
    ledger: Ledger
    answer: AnswerRecord | None
    steps: tuple[StepTally, ...]
    turns: tuple[Turn, ...]

    @property
    def seconds(self) -> float:
        ends = (b + s for step in self.steps for b, s in zip(step.began, step.lasted, strict=True))
        return self.record.seconds or max(ends, default=0.0)


def what_is_left(run: PastRun) -> RunLeft:
    """Read a run's folder. A file that is missing or was cut off counts as far as it goes."""
    return RunLeft(
        run,
        _whole(run.folder / "run.json", RunRecord) or RunRecord(),
        _whole(run.folder / "ledger.json", Ledger) or Ledger(),
        _whole(run.folder / "answer.json", AnswerRecord),
        _steps(run.folder / "events.jsonl"),
        tuple(_lines(run.folder / "turns.jsonl", Turn)),
    )


def _whole(path: Path, type_: type[Whole]) -> Whole | None:
    try:
        return decode(path.read_bytes(), type=type_)
    except (OSError, DecodeError):
        return None


def _lines(path: Path, type_: type[Whole]) -> Iterator[Whole]:
    """The lines of a file, one held at a time; the last may have been cut off."""
    decoder = Decoder(type_)
    try:
        with path.open("rb") as file:
            for line in file:
                yield decoder.decode(line)
    except (OSError, DecodeError):
        return


def _steps(path: Path) -> tuple[StepTally, ...]:
    """The tallies, in the order in which the steps began."""
    tallies: dict[str, StepTally] = {}
    for event in _lines(path, _Event):
        if event.step:
            if event.step not in tallies:
                tallies[event.step] = StepTally(event.step)
            tallies[event.step].hear(event)
    return tuple(tallies.values())
