"""Functions of Python files in real runs: what goes in, what comes out, and where it is from."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

import rlmflow
from rlmflow.diagnostics.model import StrategyError
from rlmflow.graph.model import Limits
from rlmflow.models.scripted import ScriptedModel
from rlmflow.runtime.execute import Execution
from rlmflow.runtime.limits import Budget
from rlmflow.runtime.outcome import Outcome
from rlmflow.runtime.running import Running
from rlmflow.testing import items_of
from rlmflow.values import Document, Item, Stream

HEAD = """
from __future__ import annotations
import asyncio, dataclasses, datetime, time, typing
import pydantic
import rlmflow
from rlmflow import Document

class Row(typing.TypedDict):
    name: str
    size: int

@dataclasses.dataclass
class Page:
    number: int
    text: str
    day: datetime.date | None = None

class Line(pydantic.BaseModel):
    user: str
    size: int
"""
PAGES = """
@rlmflow.function(keeps="all", once=True, text="same")
def pages(docs: list[Document]) -> list[str]:
    return [page for doc in docs for page in doc.text.split("|")]
"""


def strategy(folder: Path, python: str, body: str, returns: str = "list[text]") -> rlmflow.Strategy:
    """A strategy `main(docs)` with that body, which uses all of a Python file."""
    (folder / "tools.py").write_text(HEAD + python)
    head = f'use python "./tools.py"\nstrategy main(docs: corpus) -> {returns}'
    (folder / "main.rlm").write_text(f"{head} {{ {body} }}")
    return rlmflow.load(folder / "main.rlm")


def run(made: rlmflow.Strategy, *texts: str, **options: Any) -> Outcome:
    """Run over documents of these texts; the model repeats what it is shown."""
    docs = [Document(f"{number}.txt", text) for number, text in enumerate(texts)]
    echo = ScriptedModel(lambda request: items_of(request)[1])
    return made.run(docs, **{"sub": echo, "trust": True, **options})


def items_of_answer(made: rlmflow.Strategy, text: str) -> list[Item]:
    """The items of a strategy's answer, with all their provenance."""

    async def answered() -> list[Item]:
        job = made.prepare([Document("0.txt", text)], trust=True)
        async with asyncio.TaskGroup() as tasks:
            running = Running(
                program=job.program,
                model_of=job.model_of,
                tell=lambda _: None,
                width=4,
                surroundings=job.surroundings,
                tasks=tasks,
                files=job.files,
            )
            stream = await Execution(running, job.main, Budget(Limits())).answer(job.arguments())
            assert isinstance(stream, Stream)
            return await stream.all()

    return asyncio.run(answered())


def reasons(outcome: Outcome) -> list[str]:
    return [failure.reason for failure in outcome.failures]


# Where results are from


def test_a_list_goes_in_whole_and_its_pieces_know_where_they_stand(tmp_path: Path) -> None:
    made = strategy(tmp_path, PAGES, 'answer map(pages(docs), pack: 1) -> text "Say it."')
    outcome = run(made, "one|two|one", "one\n|two")
    assert outcome.status == "complete"
    assert outcome.answer is not None
    assert outcome.answer.value == ["one", "two", "one", "one", "two"]
    assert outcome.answer.places == ("0.txt:1", "0.txt:1", "0.txt:1", "1.txt:1", "1.txt:2")
    # Everything but the three bars was shown.
    assert (outcome.coverage.read, outcome.coverage.total) == (15, 18)


def test_what_an_undeclared_function_may_have_made_up_has_no_place_of_its_own(
    tmp_path: Path,
) -> None:
    sentence = "a sentence that is long enough to tell"
    python = f"""
def pages(docs: list[Document]) -> list[str]:
    return ["one", {sentence!r}, "nowhere at all in any of the documents"]
"""
    made = strategy(tmp_path, python, 'answer map(pages(docs), pack: 1) -> text "Say it."')
    outcome = run(made, "one", f"\n{sentence}")
    assert outcome.answer is not None
    assert outcome.answer.places == ("0.txt:1", "1.txt:2", "0.txt:1")
    assert outcome.coverage.read == len(sentence.replace(" ", ""))


def test_a_cut_of_a_document_has_its_place_without_being_looked_for(tmp_path: Path) -> None:
    python = """
def halves(docs: list[Document]) -> typing.Iterator[Document]:
    for doc in docs:
        half = len(doc.text) // 2
        yield doc.cut(half, None)
        yield doc.cut(0, half).cut(1, -1)
"""
    body = """
    parts = halves(chunk(docs, size: 8 chars))
    answer map(parts, pack: 1) -> text "Say it."
    """
    outcome = run(strategy(tmp_path, python, body), "aaaaaaaa" * 2)
    assert outcome.answer is not None
    assert outcome.answer.value == ["aaaa", "aa", "aaaa", "aa"]
    gaps = [(gap.span.start, gap.span.end) for gap in outcome.coverage.unread]
    assert gaps == [(0, 1), (3, 4), (8, 9), (11, 12)]


def test_the_texts_of_a_record_are_found_where_they_stand(tmp_path: Path) -> None:
    python = """
@rlmflow.function(keeps="all", once=True, text="same")
def pages(docs: list[Document]) -> list[Page]:
    return [Page(n, t) for d in docs for n, t in enumerate(d.text.split("|"))]
"""
    made = strategy(tmp_path, python, "answer pages(docs)", "list[Page]")
    items = items_of_answer(made, "one|two")
    assert [item.value for item in items] == [
        {"number": 0, "text": "one", "day": None},
        {"number": 1, "text": "two", "day": None},
    ]
    assert [item.fields["text"][1:] for item in items] == [(0, 3), (4, 7)]
    assert [item.id for item in items] == ["docs.0/answer.0", "docs.0/answer.1"]


def test_empty_pieces_come_from_where_the_last_piece_ended(tmp_path: Path) -> None:
    made = strategy(tmp_path, PAGES, "answer pages(docs)")
    assert [item.spans[0][1:] for item in items_of_answer(made, "a||b|")] == [
        (0, 1),
        (1, 1),
        (3, 4),
        (4, 4),
    ]


def test_an_object_that_is_handed_on_is_the_item_that_it_was(tmp_path: Path) -> None:
    python = """
@rlmflow.function(keeps="some", once=True, text="same")
def large(lines: list[Line]) -> list[Line]:
    kept = [line for line in lines if line.size > 1]
    kept[0].size += 10
    return sorted(kept, key=lambda line: line.user, reverse=True)
"""
    body = """
    lines = records(docs, by: r"(?P<user>\\w+) (?P<size>\\d+)") -> Line
    answer large(lines)
    """
    items = items_of_answer(strategy(tmp_path, python, body, "list[Line]"), "b 2\na 1\na 3")
    assert [item.value for item in items] == [{"user": "b", "size": 12}, {"user": "a", "size": 3}]
    assert [[span.text for span in item.spans] for item in items] == [["b"], ["a 3"]]
    assert items[1].id == "docs.0/lines.2/answer.1"


def test_texts_that_are_handed_on_come_from_items_of_that_text_in_any_order(tmp_path: Path) -> None:
    python = """
@rlmflow.function(keeps="all", once=True, text="same")
def sorted_out(texts: list[str]) -> list[str]:
    return sorted(texts, reverse=True)
"""
    body = 'said = map(records(docs, by: line)) -> text "Say it." answer sorted_out(said)'
    made = strategy(tmp_path, python, body)
    replies = ScriptedModel(lambda request: {"1": "b", "2": "a", "3": "b"})
    outcome = run(made, "x\ny\nz", sub=replies)
    assert outcome.answer is not None
    assert outcome.answer.value == ["b", "b", "a"]
    assert outcome.answer.places == ("0.txt:1", "0.txt:3", "0.txt:2")


def test_looking_for_made_up_texts_is_bounded(tmp_path: Path) -> None:
    python = """
@rlmflow.function(text="same")
def invented(docs: list[Document]) -> list[str]:
    return [f"not there {n}" for n in range(20000)]
"""
    made = strategy(tmp_path, python, "answer invented(docs)")
    items = items_of_answer(made, "there\n" * 200_000)
    assert len(items) == 20_000
    assert not any(item.spans for item in items)


# What goes in and comes out


def test_values_come_as_their_annotations_say_and_go_back_as_values(tmp_path: Path) -> None:
    python = """
def seen(row: Row, day: datetime.date, page: Page, lines: list[Line], share: float,
         *, names: dict[str, int], kind: typing.Literal["a", "b"] = "b",
         last: datetime.date | None = None, docs: list[Document] = ()) -> list[str]:
    assert type(row) is dict and isinstance(page, Page) and isinstance(lines[0], Line)
    assert isinstance(docs[0], Document)
    return [str(x) for x in (row, day, page, lines, share, names, kind, last)]

async def page(number: int) -> Page:
    await asyncio.sleep(0)
    return Page(number, "text", datetime.datetime(2024, 1, 2, 3))

def row(size: int) -> Row:
    return {"name": "n", "size": size, "more": 1}
"""
    body = """
    lines = records(docs, by: r"(?P<user>\\w+) (?P<size>\\d+)") -> Line
    one = page(3)
    answer match one.day {
      none => [],
      else => seen(row(2), "2024-12-31", one, lines, 2, names: count(lines, by: item.user),
                   last: one.day, docs: docs)
    }
    """
    outcome = run(strategy(tmp_path, python, body), "a 1\nb 2")
    assert reasons(outcome) == []
    assert outcome.answer is not None
    assert outcome.answer.value == [
        "{'name': 'n', 'size': 2}",
        "2024-12-31",
        "Page(number=3, text='text', day=datetime.date(2024, 1, 2))",
        "[Line(user='a', size=1), Line(user='b', size=2)]",
        "2.0",
        "{'a': 1, 'b': 1}",
        "b",
        "2024-01-02",
    ]


def test_functions_compute_inside_expressions_over_items(tmp_path: Path) -> None:
    python = """
def key(line: Line, length: int = 1) -> str:
    return line.user[:length]

def even(number: int) -> bool:
    return 10 // (number - 3) % 2 == 0
"""
    body = """
    lines = records(docs, by: r"(?P<user>\\w+) (?P<size>\\d+)") -> Line
    even = filter(lines, where: even(item.size) and key(item, 9) != "!")
    answer count(even, by: key(item, length: 2))
    """
    made = strategy(tmp_path, python, body, "dict[text, int]")
    assert run(made, "anna 4\nanno 8\nbob 6\neve 4").answer.value == {"an": 2, "ev": 1}
    outcome = run(made, "anna 4\nbob 3")
    assert outcome.status == "incomplete"
    assert [(f.place, f.reason) for f in outcome.failures] == [
        (
            "0.txt:2",
            "`even` failed: ZeroDivisionError: integer division or modulo by zero "
            f"({tmp_path}/tools.py:26)",
        )
    ]


# What goes wrong

F = "def f(docs: list[Document]) -> list[str]:\n  "


@pytest.mark.parametrize(
    ("python", "reason"),
    [
        (
            F + "return docs[9].text",
            "`f` failed: IndexError",
        ),
        (
            F + "raise SystemExit(3)",
            "`f` failed: SystemExit: 3",
        ),
        (
            F + "raise TimeoutError",
            "`f` failed: TimeoutError",
        ),
        (F + "yield 'a'\n  1 / 0", "ZeroDivisionError"),
        ("async " + F + "assert 0, 'so'", "AssertionError: so"),
        (F + "return f(docs)", "RecursionError"),
        (
            F + "return 'abc'",
            "`f` returned `str` where its annotation says `list[text]`",
        ),
        (
            F + "return ['a', 3]",
            "`f` returned `int` where its annotation says `text`",
        ),
        (
            "def f(docs: list[Document]) -> list[Page]:\n  return [Page(None, 'a')]",
            "`f` returned `None` where its annotation says `int` (in `number`)",
        ),
        (
            "def f(docs: list[Document]) -> list[float]:\n  return [float('nan')]",
            "`f` returned `nan` where its annotation says `float`",
        ),
    ],
)
def test_a_function_that_fails_fails_its_step_with_its_own_words(
    tmp_path: Path, python: str, reason: str
) -> None:
    made = strategy(tmp_path, python, "answer len(f(docs))", "int")
    outcome = run(made, "text")
    assert outcome.status == "incomplete"
    assert outcome.answer is None
    (said,) = reasons(outcome)
    assert reason in said
    assert "rlmflow/" not in said.replace(str(tmp_path), "")
    assert ("tools.py:" in said) == ("failed" in said)


def test_a_function_that_hangs_ends_with_the_runs_time(tmp_path: Path) -> None:
    python = """
hanging = __import__("threading").Event()

def f(docs: list[Document]) -> list[str]:
    hanging.wait()
    return []
"""
    made = strategy(tmp_path, python, "answer f(docs)")
    before = set(threading.enumerate())
    outcome = run(made, "text", max_minutes=0.05 / 60)
    assert reasons(outcome) == ["the run's time was up before `f` ended"]
    (hangs,) = set(threading.enumerate()) - before
    assert hangs.daemon


def test_nothing_of_a_file_runs_before_it_is_trusted(tmp_path: Path) -> None:
    python = f"open({str(tmp_path / 'ran')!r}, 'w').close()\n{PAGES}"
    made = strategy(tmp_path, python, "answer pages(docs)")
    with pytest.raises(StrategyError) as refused:
        run(made, "text", trust=False)
    (found,) = refused.value.diagnostics
    assert found.code == "RF540"
    assert found.span is not None
    assert found.span.text == "pages"
    assert not (tmp_path / "ran").exists()
    assert run(made, "a|b").answer.value == ["a", "b"]
    (tmp_path / "ran").unlink()
    assert run(made, "a|b").answer.value == ["a", "b"]
    assert not (tmp_path / "ran").exists(), "imported twice"


def test_what_is_checked_is_what_runs(tmp_path: Path) -> None:
    made = strategy(tmp_path, PAGES, "answer pages(docs)")
    (tmp_path / "tools.py").write_text("raise SystemError")
    assert run(made, "a|b").answer.value == ["a", "b"]


def test_a_file_may_import_its_neighbours(tmp_path: Path) -> None:
    (tmp_path / "neighbour_of_tools.py").write_text("BAR = '|'")
    python = PAGES.replace('"|"', "BAR")
    made = strategy(tmp_path, f"from neighbour_of_tools import BAR\n{python}", "answer pages(docs)")
    assert run(made, "a|b").answer.value == ["a", "b"]


@pytest.mark.parametrize(
    ("python", "said", "line"),
    [
        (f"import no_such_module\n{PAGES}", "ModuleNotFoundError: No module named", 21),
        (f"{PAGES}\nraise SystemExit('no')", "SystemExit: no", 26),
        (f"{PAGES}\npages = 3", "`pages` is no function any more", 23),
    ],
)
def test_a_file_that_can_not_be_imported_says_why(
    tmp_path: Path, python: str, said: str, line: int
) -> None:
    made = strategy(tmp_path, python, "answer pages(docs)")
    with pytest.raises(StrategyError) as failed:
        run(made, "text")
    (found,) = failed.value.diagnostics
    assert found.code == "RF541"
    assert said in found.message
    assert found.span is not None
    assert found.span.place == f"{tmp_path}/tools.py:{line}"
