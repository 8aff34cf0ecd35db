"""The page of a run: one file of HTML, which needs no other and runs no script."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from msgspec.json import decode

from rlmflow._lazy import heavy
from rlmflow.report.figures import counted, dollars
from rlmflow.report.run_page.left import ReadDocument, RunLeft, StepTally, Turn, Unread
from rlmflow.report.run_page.pictures import bar, in_flight, skyline, stripes
from rlmflow.report.unread import percent
from rlmflow.runtime.intervals import joined

if TYPE_CHECKING:
    import jinja2

# What bounds a page, whatever the run was; the folder has the rest.
MOST_ROWS = 200
_MOST_TURNS = 50
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
            documents=_first(_documents(left)),
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
    if usd := sum((step.usd for step in left.steps), record.usd * 0):
        yield dollars(usd), "paid"
    if record.quotes:
        yield f"{record.quotes:,}", "quotes verified"
    if left.turns:
        yield f"{len(left.turns):,}", "turn of a root" if len(left.turns) == 1 else "turns of roots"
    digits = 1 if left.seconds >= 10 else 2
    yield f"{left.seconds:,.{digits}f} s", "from start to end"


class _Document(NamedTuple):
    name: str
    characters: int
    share: str
    read: str
    missed: str
    by_step: str


def _documents(left: RunLeft) -> list[_Document]:
    """The documents, those of which least was read first."""
    missed: dict[str, list[Unread]] = {}
    for gap in left.record.unread:
        if gap.start is not None:
            missed.setdefault(gap.name, []).append(gap)
    drawn = [_document(each, missed.get(each.name, ())) for each in left.ledger.documents]
    return [row for _, row in sorted(drawn, key=lambda pair: pair[0])]


def _document(document: ReadDocument, missed: Sequence[Unread]) -> tuple[float, _Document]:
    length = max(document.characters, 1)
    read = joined(pair for pairs in document.read.values() for pair in pairs)
    done = sum(end - start for start, end in read)
    gaps = [(gap.start or 0, gap.end) for gap in missed]
    return done / length, _Document(
        document.name,
        document.characters,
        percent(done, length),
        bar(stripes(read, length, wholly=True), _BAR_HEIGHT),
        bar(stripes(gaps, length, wholly=False), _BAR_HEIGHT),
        ", ".join(
            f"{step} {percent(sum(end - start for start, end in joined(pairs)), length)}"
            for step, pairs in document.read.items()
        ),
    )


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
    """`columns`: of a list of records, whose `rows` are a table; else `text` has the answer."""

    type: str
    columns: Sequence[str]
    rows: Rows
    text: str


def _answer(left: RunLeft) -> _Answer | None:
    if left.answer is None:
        return None
    type_, value = left.answer.type, decode(left.answer.value)
    records = value if isinstance(value, list) and value else []
    if records and all(isinstance(each, dict) and _is_flat(each) for each in records):
        names = list(dict.fromkeys(name for each in records for name in each))[:_MOST_COLUMNS]
        places = [*left.answer.places, *[None] * len(records)]
        rows = [
            [*(_cell(record.get(name)) for name in names), place or ""]
            for record, place in zip(records[:MOST_ROWS], places, strict=False)
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
