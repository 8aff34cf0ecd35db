"""The page of a run: one file of HTML, which needs no other and runs no script."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from msgspec.json import decode

from rlmflow._lazy import heavy
from rlmflow.report.figures import counted, dollars
from rlmflow.report.run_page.left import ReadDocument, RunLeft, StepTally, Turn
from rlmflow.report.run_page.pictures import bar, in_flight, skyline, stripes
from rlmflow.report.unread import percent
from rlmflow.runtime.intervals import joined

if TYPE_CHECKING:
    import jinja2

# What bounds a page, whatever the run was; the folder has the rest.
MOST_ROWS = 200
_MOST_WHOLE = 20
_MOST_TURNS = _MOST_RECORDS = 50
_MOST_COLUMNS = _MOST_BLOCKS = 20
_LONGEST_ANSWER = 20_000
_LONGEST = 2_000

_BAR_HEIGHT, _SKY_HEIGHT = 10, 24
_TEMPLATES = Path(__file__).parent / "templates"
Row = TypeVar("Row")


class Rows(NamedTuple):
    """The first rows of a table, and how many more there are."""

    first: Sequence[Any]
    more: int


def page_of(left: RunLeft) -> str:
    """The page of a run. What models, files and authors said is text in it, never markup."""
    record = left.record
    return (
        _environment()
        .get_template("run.html.j2")
        .render(
            run=left.run,
            record=record,
            figures=list(_figures(left)),
            documents=_documents(left),
            unread=_first(record.unread, record.unread_in_all),
            steps=_first(list(_steps(left))),
            problems=_first(list(_problems(left.steps))),
            troubles=[
                ("What failed", _first(record.failures)),
                ("What was skipped, as the strategy allows", _first(record.skipped)),
                ("What was not accepted", _first(record.rejected)),
            ],
            answer=_answer(left),
            turns=_first([_turn(turn) for turn in left.turns[:_MOST_TURNS]], len(left.turns)),
            bar_height=_BAR_HEIGHT,
            sky_height=_SKY_HEIGHT,
        )
    )


@cache
def _environment() -> jinja2.Environment:
    engine = heavy("jinja2")
    made: jinja2.Environment = engine.Environment(
        loader=engine.FileSystemLoader(_TEMPLATES),
        undefined=engine.StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["percent"] = lambda share: percent(share.characters, share.of)
    made.filters["number"] = lambda number: f"{number:,}"
    return made


def _first(rows: Sequence[Row], count: int | None = None) -> Rows:
    shown = rows[:MOST_ROWS]
    return Rows(shown, (len(rows) if count is None else count) - len(shown))


def _figures(left: RunLeft) -> Iterator[tuple[str, str]]:
    """What stands at the top: a figure, and what it is of."""
    record, calls = left.record, sum(step.calls for step in left.steps)
    if record.read.of:
        yield percent(record.read.characters, record.read.of), "of the input read"
    yield f"{calls:,}", "call" if calls == 1 else "calls"
    if recalled := sum(step.recalled for step in left.steps):
        yield f"{recalled:,}", "from the journal"
    yield f"{sum(step.tokens_in for step in left.steps):,}", "tokens in"
    yield f"{sum(step.tokens_out for step in left.steps):,}", "tokens out"
    if usd := sum((step.usd for step in left.steps), Decimal(0)):
        yield dollars(usd), "paid"
    if record.quotes:
        yield f"{record.quotes:,}", "quotes verified"
    if left.turns:
        yield f"{len(left.turns):,}", "turn of a root" if len(left.turns) == 1 else "turns of roots"
    seconds = left.seconds
    yield f"{seconds:,.{1 if seconds >= 10 else 2}f} s", "from start to end"


class _Document(NamedTuple):
    """`whole`: how much of it was shown, from 0 to 1. `read` and `missed`: paths of SVG."""

    name: str
    characters: int
    whole: float
    share: str
    read: str
    missed: str
    by_step: str


def _documents(left: RunLeft) -> Rows:
    """The documents, those of which least was read first; of those read whole a few."""
    missed: dict[str, list[tuple[int, int]]] = {}
    for gap in left.record.unread:
        if gap.start is not None:
            missed.setdefault(gap.name, []).append((gap.start, gap.end))
    all_told = left.record.unread_in_all <= len(left.record.unread)
    every = [_document(d, missed.get(d.name, ()), all_told) for d in left.ledger.documents]
    every.sort(key=lambda document: document.whole)
    partly = sum(document.whole < 1 for document in every)
    shown = every[: min(max(partly, _MOST_WHOLE), MOST_ROWS)]
    return Rows(shown, len(every) - len(shown))


def _document(document: ReadDocument, gaps: Sequence[tuple[int, int]], all_told: bool) -> _Document:
    """`all_told`: what is neither read nor in `gaps` is white space, and counts for nothing."""
    read = joined(pair for pairs in document.read.values() for pair in pairs)
    done = _size(read)
    meant = _size([*read, *gaps]) if all_told else document.characters
    length = max(document.characters, 1)
    return _Document(
        document.name,
        document.characters,
        done / meant if meant else 1.0,
        percent(done, meant),
        bar(stripes(read, length, wholly=True), _BAR_HEIGHT),
        bar(stripes(gaps, length, wholly=False), _BAR_HEIGHT),
        ", ".join(
            f"{step} {percent(_size(pairs), meant)}" for step, pairs in document.read.items()
        ),
    )


def _size(pairs: Sequence[tuple[int, int]]) -> int:
    return sum(end - start for start, end in joined(pairs))


class _Step(NamedTuple):
    tally: StepTally
    sky: str
    most: str


def _steps(left: RunLeft) -> Iterator[_Step]:
    """The steps in the order in which they began, each with its calls over the time of the run."""
    seconds = left.seconds
    busy = [in_flight(step.began, step.lasted, seconds) for step in left.steps[:MOST_ROWS]]
    highest = max((max(each) for each in busy), default=0.0)
    for step, each in zip(left.steps, busy, strict=False):
        most = f"at most {max(each):.1f} calls at a time" if step.calls else ""
        yield _Step(step, skyline(each, highest, _SKY_HEIGHT), most)


class _Problem(NamedTuple):
    step: str
    calls: str
    words: str


def _problems(steps: Sequence[StepTally]) -> Iterator[_Problem]:
    """What calls ended with instead of a reply, the most frequent of a step first."""
    for step in steps:
        for words, count in step.problems.most_common():
            yield _Problem(step.name, counted(count, "call"), _clipped(words))


class _Answer(NamedTuple):
    """`columns`: of a list, whose `rows` are a table; else `text` has the answer."""

    type: str
    columns: Sequence[str]
    rows: Rows
    text: str


def _answer(left: RunLeft) -> _Answer | None:
    if left.answer is None:
        return None
    type_, value = left.answer.type, decode(left.answer.value)
    listed = value if isinstance(value, list) else []
    records = [each if isinstance(each, dict) else {"": each} for each in listed]
    if records and all(map(_is_flat, records)):
        names = list(dict.fromkeys(name for each in records for name in each))[:_MOST_COLUMNS]
        places = [*left.answer.places, *[None] * len(records)]
        rows = [
            [*(_cell(record.get(name)) for name in names), place or ""]
            for record, place in zip(records[:_MOST_RECORDS], places, strict=False)
        ]
        return _Answer(type_, [*names, "place"], _first(rows, len(records)), "")
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
    return _Answer(type_, (), Rows((), 0), _clipped(text, _LONGEST_ANSWER))


def _is_flat(record: Mapping[str, object]) -> bool:
    return not any(isinstance(value, dict | list) for value in record.values())


def _cell(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return _clipped(text)


def _clipped(text: str, longest: int = _LONGEST) -> str:
    if len(text) <= longest:
        return text
    return f"{text[:longest]}\n… and {len(text) - longest:,} more characters"


def _turn(turn: Turn) -> dict[str, object]:
    return {
        "step": turn.step,
        "level": turn.level,
        "number": turn.turn,
        "reply": _clipped(turn.reply),
        "told": _clipped(turn.told),
        "blocks": [
            {"code": _clipped(b.code), "output": _clipped(b.output), "status": b.status}
            for b in turn.blocks[:_MOST_BLOCKS]
        ],
    }
