"""The page of a run: what it tells, that what was said stays text, and that it stays small."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

import rlmflow
from rlmflow.models._protocol import ModelFailure
from rlmflow.models.scripted import Script, ScriptedModel
from rlmflow.report.run_page.left import what_is_left
from rlmflow.report.run_page.page import page_of
from rlmflow.report.run_page.pictures import COLUMNS, in_flight, skyline, stripes
from rlmflow.runtime.intervals import joined
from rlmflow.runtime.past_runs import PastRun, past_runs

HOSTILE = """<script>alert("1")</script><img src=x onerror=alert(2)>'"&amp;"""

STRATEGY = """
type Found { what: text  quote: quote }
strategy find(docs: corpus) -> list[Found] ensures covers(docs) {
  lines = records(docs, by: line)
  answer extract(lines) -> Found "What is there?"
}
"""


def parsed(written: str) -> BeautifulSoup:
    return BeautifulSoup(written, "html.parser")


def page(run: PastRun) -> BeautifulSoup:
    return parsed(page_of(what_is_left(run)))


def text_of(html: BeautifulSoup, selector: str = "body") -> str:
    return " ".join(" ".join(node.get_text() for node in html.select(selector)).split())


def ran(folder: Path, script: Script, **limits: object) -> PastRun:
    """A run over a document with markup in its name and its text, and a file that is no text."""
    docs = folder / "docs"
    docs.mkdir()
    (docs / "<i>a.txt").write_text("one <b>line</b>\nanother line\n")
    (docs / "b.bin").write_bytes(b"caf\xe9\xff\x00")
    (folder / "find.rlm").write_text(STRATEGY)
    strategy = rlmflow.load(folder / "find.rlm")
    strategy.run(docs, sub=ScriptedModel(script), folder=folder, **limits)
    return past_runs(folder)[0]


def found(what: str) -> Script:
    return lambda _: {"items": [{"what": what, "quote": "line"}]}


def test_what_was_said_and_named_is_text_and_never_markup(tmp_path: Path) -> None:
    html = page(ran(tmp_path, found(HOSTILE)))
    assert not html.select("script, img, i:not(.key), td b, link, iframe, [onerror], [style]")
    said = text_of(html)
    assert HOSTILE in said
    assert "<i>a.txt" in said
    (policy,) = html.select("meta[http-equiv=Content-Security-Policy]")
    assert "default-src 'none'" in policy["content"]


def test_it_says_what_the_run_s_own_files_say(tmp_path: Path) -> None:
    run = ran(tmp_path, found("a"), max_calls=1)
    record = json.loads((run.folder / "run.json").read_text())
    html = page(run)
    figures = text_of(html, ".figures li")
    assert f"{record['calls']} call " in figures
    assert f"{record['tokens_in']:,} tokens in" in figures
    assert text_of(html, ".status") == "incomplete"
    said = text_of(html)
    assert "another line" not in said, "the input itself is not on the page"
    for words in ("not asked by `answer`: over the budget", "b.bin", "What failed", "not held"):
        assert words in said
    assert "the answer is not to be relied on" in said


def test_of_calls_that_failed_it_says_with_what_and_how_often(tmp_path: Path) -> None:
    failure = ModelFailure("other", "it went <b>wrong</b>", again=False)
    html = page(ran(tmp_path, lambda _: failure))
    (failed,) = html.select("section:-soup-contains('Calls that brought no reply') tr:has(td)")
    assert [cell.get_text() for cell in failed.select("td")] == [
        "answer",
        "2 calls",
        f"other: {failure}",
    ]


def test_a_run_that_was_killed_is_told_as_far_as_it_came(tmp_path: Path) -> None:
    run = ran(tmp_path, found("a"))
    for name in ("ledger.json", "answer.json"):
        (run.folder / name).unlink()
    (run.folder / "run.json").write_text(
        '{"status": "running", "strategy": "find", "pid": 4194305}'
    )
    events = run.folder / "events.jsonl"
    whole = events.read_bytes()
    events.write_bytes(whole[: whole.rindex(b'{"event": "CallDone"') + 40])
    (killed,) = past_runs(tmp_path)
    html = page(killed)
    assert text_of(html, ".status") == "killed"
    assert "1 call" in text_of(html, ".figures li")
    assert "The answer" not in text_of(html)


@pytest.mark.parametrize("broken", ["run.json", "events.jsonl", "ledger.json", "answer.json"])
def test_a_file_that_is_no_longer_whole_takes_nothing_else_with_it(
    tmp_path: Path, broken: str
) -> None:
    run = ran(tmp_path, found("a"))
    (run.folder / broken).write_bytes(b'{"no JSON\xff')
    (again,) = past_runs(tmp_path)
    said = text_of(page(again))
    assert ("The answer" in said) == (broken != "answer.json")
    assert ("What was read" in said) == (broken != "ledger.json")
    assert ("The steps" in said) == (broken != "events.jsonl")
    assert ("What was promised" in said) == (broken != "run.json")


def test_no_run_makes_a_page_that_a_browser_chokes_on(tmp_path: Path) -> None:
    run = ran(tmp_path, found("a"))
    long, many = "x" * 5_000, 1_000
    pairs = [(n * 10, n * 10 + 5) for n in range(many)]
    documents = [
        {"name": f"{n}{long}", "characters": 10 * many, "read": {"answer": pairs}}
        for n in range(300)
    ]
    (run.folder / "ledger.json").write_text(json.dumps({"documents": documents}))
    record = json.loads((run.folder / "run.json").read_text())
    (run.folder / "run.json").write_text(json.dumps({**record, "unread_in_all": 10_000}))
    answer = {"type": "t", "value": [{f"f{n}": long for n in range(25)}] * 250}
    (run.folder / "answer.json").write_text(json.dumps(answer))
    block = {"code": long, "output": long, "status": "ran", "seconds": 1.0}
    turn = {"step": "root", "turn": 1, "reply": long, "told": long, "blocks": [block] * 25}
    (run.folder / "turns.jsonl").write_text(f"{json.dumps(turn)}\n" * 60)
    done = {"event": "CallDone", "seconds": 1.0, "problem": long}
    with (run.folder / "events.jsonl").open("w") as events:
        for n in range(300):
            events.write(json.dumps({**done, "step": f"s{n}", "at": n}) + "\n")
    written = page_of(what_is_left(run))
    assert len(written) < 15_000_000
    said = text_of(parsed(written))
    assert "… and 100 more, in ledger.json" in said
    assert "… and 200 more, in answer.json" in said


def test_of_what_was_read_whole_a_few_are_shown(tmp_path: Path) -> None:
    run = ran(tmp_path, found("a"))
    (document,) = json.loads((run.folder / "ledger.json").read_text())["documents"]
    many = [{**document, "name": f"{n}.txt"} for n in range(40)]
    (run.folder / "ledger.json").write_text(json.dumps({"documents": many}))
    said = text_of(page(run))
    assert "… and 20 more, in ledger.json" in said
    assert "answer 100.0%" in said, "white space at its ends is nothing that was missed"


stretch = st.tuples(st.integers(0, 5_000), st.integers(1, 300)).map(lambda p: (p[0], sum(p)))


@given(st.lists(stretch), st.integers(0, 3_000))
def test_a_bar_paints_over_nothing_that_is_missing(
    given: list[tuple[int, int]], beyond: int
) -> None:
    length = max((end for _, end in given), default=1) + beyond
    read = joined(given)
    inside = {c for s in stripes(given, length, wholly=True) for c in range(s.start, s.end)}
    touched = {c for s in stripes(given, length, wholly=False) for c in range(s.start, s.end)}
    for column in range(COLUMNS):
        left, right = column * length, (column + 1) * length
        under = sum(
            max(0, min(end * COLUMNS, right) - max(start * COLUMNS, left)) for start, end in read
        )
        if column in inside:
            assert under == length
        assert (column in touched) == (under > 0)


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100))), st.floats(0.001, 150))
def test_calls_under_way_add_up_to_the_time_that_they_took(
    calls: list[tuple[float, float]], seconds: float
) -> None:
    busy = in_flight([b for b, _ in calls], [s for _, s in calls], seconds)
    took = sum(max(0.0, min(b + s, seconds) - b) for b, s in calls)
    assert len(busy) == COLUMNS
    assert sum(busy) * seconds / COLUMNS == pytest.approx(took, abs=1e-6)


def test_a_call_is_seen_however_short_it_was() -> None:
    drawn = skyline(in_flight([5.0], [1e-9], 10.0), 100.0, 24)
    assert "V23.0" in drawn
