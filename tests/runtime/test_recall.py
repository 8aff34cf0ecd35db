"""What a run with a journal does not ask: what is known, whatever it is called now."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlmflow.api import Strategy
from rlmflow.models._protocol import ModelFailure, Request
from rlmflow.models.scripted import ScriptedModel
from rlmflow.runtime.events import CallDone, CallRecalled
from rlmflow.runtime.outcome import Outcome
from rlmflow.runtime.run import forecast
from rlmflow.testing import compiled, items_of
from rlmflow.values import Corpus, Document

Run = Callable[..., tuple[Outcome, int]]

LABELLED = """
type Line { text: text }
strategy labelled(docs: corpus) -> list[text] {
  lines = records(docs, by: line) -> Line
  answer map(lines KNOBS) -> text "Label it."
}
"""


def labelled(knobs: str = "") -> str:
    return LABELLED.replace("KNOBS", knobs)


def echo(request: Request) -> Any:
    """Each item in capitals: by its number, where there are several."""
    items = items_of(request)
    if request.schema is None:
        return " ".join(items.values()).upper()
    return {str(number): text.upper() for number, text in items.items()}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a strategy over texts with one journal; gives the outcome and the calls it took."""
    return runner(tmp_path / "journal.sqlite")


def runner(journal: Path) -> Run:
    def go(
        text: str, docs: str | dict[str, str], script: Any = echo, **options: Any
    ) -> tuple[Outcome, int]:
        model = script if isinstance(script, ScriptedModel) else ScriptedModel(script)
        named = {"in.txt": docs} if isinstance(docs, str) else docs
        corpus = Corpus(tuple(Document(name, held) for name, held in named.items()))
        options.setdefault("journal", journal)
        outcome = Strategy(compiled(text)).run(corpus, sub=model, **options)
        return outcome, len(model.requests)

    return go


LINES = "\n".join(f"line {number}" for number in range(50))


def test_a_second_run_asks_nothing(run: Run) -> None:
    first, calls = run(labelled(), LINES)
    again, none = run(labelled(), LINES)
    assert (calls, none) == (3, 0)
    assert again.answer == first.answer
    assert (again.calls, again.recalled, again.spent.tokens) == (0, 50, 0)
    assert again.coverage.read == first.coverage.read > 0


def test_packs_may_change(run: Run) -> None:
    run(labelled(), LINES)
    for knobs in (", pack: 1", ", pack: 7"):
        again, calls = run(labelled(knobs), LINES)
        assert calls == 0
        assert again.answer.value == [line.upper() for line in LINES.splitlines()]


def test_what_was_asked_alone_is_known_in_a_pack(run: Run) -> None:
    run(labelled(", pack: 1"), LINES)
    assert run(labelled(), LINES)[1] == 0


@pytest.mark.parametrize(("knobs", "written"), [("", 53), (", pack: 1", 50)])
def test_an_item_stands_in_the_journal_once(
    knobs: str, written: int, run: Run, tmp_path: Path
) -> None:
    """In place of the calls that it took; one that was asked alone is known by its call."""
    run(labelled(knobs), LINES)
    with contextlib.closing(sqlite3.connect(tmp_path / "journal.sqlite")) as journal:
        entries = journal.execute("SELECT count(*), max(id) FROM replies").fetchone()
    assert entries == (50, written)


def test_an_item_more_is_one_item_asked(run: Run) -> None:
    asked: list[str] = []

    def listening(request: Request) -> Any:
        asked.extend(items_of(request).values())
        return echo(request)

    run(labelled(), LINES)
    outcome, calls = run(labelled(), f"new\n{LINES}\nlast", listening)
    assert (calls, asked) == (1, ["new", "last"])
    assert outcome.answer.value[:2] == ["NEW", "LINE 0"]


def test_names_decide_nothing(run: Run) -> None:
    long = {f"{name}.txt": f"{name} " * 300 for name in ("alpha", "beta")}
    text = labelled().replace("by: line", "by: paragraph")
    run(text, long, lambda request: "seen" if request.schema is None else {"1": "x", "2": "y"})
    moved = {f"elsewhere/{name}": held for name, held in long.items()}
    other = text.replace("lines", "pieces").replace("labelled", "named")
    assert (
        run(
            other.replace("answer map", "marks = map").replace('it."', 'it."\n  answer marks'),
            moved,
        )[1]
        == 0
    )


def test_a_reply_that_names_its_place_is_of_that_place(run: Run) -> None:
    text = labelled(", pack: 1").replace("by: line", "by: paragraph")
    held = "some words " * 100
    answers = {"old.txt": "found in old.txt", "new.txt": "found in new.txt"}

    def names_it(request: Request) -> str:
        return next(a for name, a in answers.items() if name in request.messages[1].content)

    run(text, {"old.txt": held}, names_it)
    outcome, calls = run(text, {"new.txt": held}, names_it)
    assert (outcome.answer.value, calls) == (["found in new.txt"], 1)
    assert run(text, {"old.txt": held}, names_it)[1] == 0


@pytest.mark.parametrize(
    "changed",
    [
        labelled().replace("Label it.", "Label it, please."),
        labelled().replace("-> text", "-> bool").replace("list[text]", "list[bool]"),
        labelled(", max_output: 7 tokens"),
        labelled(", votes: 3"),
    ],
    ids=["prompt", "type", "max_output", "votes"],
)
def test_what_decides_a_reply_is_asked_again(changed: str, run: Run) -> None:
    def yes(request: Request) -> Any:
        return {str(number): "yes" for number in items_of(request)}

    run(labelled(), LINES)
    assert run(changed, LINES, yes)[1] >= 3


def test_another_model_is_asked_anew(run: Run) -> None:
    run(labelled(), LINES)
    assert run(labelled(), LINES, ScriptedModel(echo, name="other"))[1] == 3
    assert run(labelled(), LINES, ScriptedModel(echo, identity="scripted, hotter"))[1] == 3


def test_equal_items_are_asked_about_once(run: Run) -> None:
    outcome, calls = run(labelled(", pack: 1"), "a\nb\na\na\nb\n")
    assert (outcome.answer.value, calls) == (["A", "B", "A", "A", "B"], 2)
    outcome, calls = run(labelled(), "c\nd\nc\n")
    assert (outcome.answer.value, calls) == (["C", "D", "C"], 1)


TWICE = """
type Line { text: text }
strategy twice(docs: corpus) -> list[text] {
  lines = records(docs, by: line) -> Line
  one = map(lines, pack: 1) -> text "Say it."
  two = map(lines, pack: 1) -> text "Say it."
  answer one + two
}
"""


def test_two_steps_that_ask_the_same_are_two_samples(run: Run) -> None:
    replies = iter("abcdefgh")
    first, calls = run(TWICE, "x\ny", lambda _: next(replies))
    assert calls == 4
    assert len(set(first.answer.value)) == 4
    again, none = run(TWICE.replace("one", "first"), "x\ny", lambda _: next(replies))
    assert (again.answer.value, none) == (first.answer.value, 0)


def test_a_strategy_that_is_called_twice_samples_twice(run: Run) -> None:
    text = """
    type Line { text: text }
    strategy inner(docs: corpus) -> list[text] {
      lines = records(docs, by: line) -> Line
      answer map(lines, pack: 1) -> text "Say it."
    }
    strategy outer(docs: corpus) -> list[text] {
      a = inner(docs)
      b = inner(docs)
      answer a + b
    }
    """
    replies = iter("abcdefgh")
    first, calls = run(
        text,
        "x\ny",
        lambda _: next(replies),
    )
    assert (calls, len(set(first.answer.value))) == (4, 4)
    assert run(text, "x\ny", lambda _: next(replies))[1] == 0


def test_bad_replies_and_what_came_of_them_are_replayed(run: Run) -> None:
    def once_bad(request: Request) -> Any:
        if request.schema is not None and len(request.messages) == 2:
            return "no JSON at all"
        return echo(request)

    first, calls = run(labelled(), LINES, once_bad)
    again, none = run(labelled(), LINES, once_bad)
    assert (calls, none) == (6, 0)
    assert again.answer == first.answer


def test_what_failed_is_asked_again(run: Run) -> None:
    def fails(request: Request) -> Any:
        if "line 7" in items_of(request).values():
            raise ModelFailure("other", "broken", again=False)
        return echo(request)

    first, _ = run(labelled(", pack: 1"), LINES, fails)
    assert (first.status, len(first.failures)) == ("incomplete", 1)
    again, calls = run(labelled(", pack: 1"), LINES)
    assert (again.status, calls) == ("complete", 1)


@pytest.mark.parametrize("said", ["none", "none in in.txt"])
def test_an_item_without_a_usable_reply_is_asked_again(said: str, run: Run) -> None:
    text = labelled(", pack: 1").replace("text]", "int]").replace("-> text", "-> int")
    text = text.replace("by: line", "by: paragraph")
    docs = "\n\n".join(f"{number} words" * 100 for number in (5, 6))
    first, _ = run(text, docs, lambda _: said)
    assert len(first.failures) == 2
    again, calls = run(text, docs, lambda r: {"answer": int(items_of(r)[1][0])})
    assert (again.answer.value, calls) == ([5, 6], 2)


def test_votes_are_samples_each_of_its_own(run: Run) -> None:
    text = labelled(", votes: 3")
    first, calls = run(text, LINES)
    again, none = run(text, LINES)
    assert (calls, none) == (9, 0)
    assert again.answer == first.answer


REFINED = """
strategy refined(docs: corpus) -> text {
  draft = ask(docs) -> text "Write."
  answer refine(draft, until: contains(item, "good"), rounds: 3) "Mend it."
}
"""


def test_rounds_of_refine_are_calls_of_their_own(run: Run) -> None:
    drafts = iter(["bad", "bad", "bad", "good"])
    first, calls = run(REFINED, "text", lambda _: next(drafts))
    assert (first.answer.value, calls) == ("good", 4)
    assert run(REFINED, "text", lambda _: next(drafts))[1] == 0


def test_without_a_journal_all_is_asked(run: Run) -> None:
    run(labelled(", pack: 1"), "a\na")
    outcome, calls = run(labelled(", pack: 1"), "a\na", journal=None)
    assert (calls, outcome.recalled) == (2, 0)


def test_a_fresh_run_asks_all_anew_and_keeps_that(run: Run) -> None:
    run(labelled(), LINES, lambda r: {str(n): "old" for n in items_of(r)})
    fresh, calls = run(
        labelled(), LINES, lambda r: {str(n): "new" for n in items_of(r)}, fresh=True
    )
    assert (set(fresh.answer.value), calls) == ({"new"}, 3)
    later, none = run(labelled(), LINES)
    assert (set(later.answer.value), none) == ({"new"}, 0)


def test_a_run_that_ended_in_the_middle_goes_on_there(run: Run) -> None:
    class Killed(BaseException):
        pass

    seen: list[Request] = []

    def dies(request: Request) -> Any:
        seen.append(request)
        if len(seen) == 20:
            raise Killed
        return echo(request)

    with pytest.raises(BaseException):  # noqa: B017, PT011  what a task group makes of it
        run(labelled(", pack: 1"), LINES, dies, width=4)
    outcome, calls = run(labelled(", pack: 1"), LINES)
    assert outcome.status == "complete"
    assert 50 <= len(seen) + calls <= 50 + 4


def test_the_estimate_is_of_what_is_left_to_ask(run: Run, tmp_path: Path) -> None:
    run(labelled(", pack: 1"), LINES)
    docs = Corpus((Document("in.txt", f"{LINES}\nnew\nnew\nnewer"),))
    strategy = Strategy(compiled(labelled(", pack: 1")))
    model = ScriptedModel(echo)
    job = strategy.prepare(docs, sub=model, journal=tmp_path / "journal.sqlite")
    expected = asyncio.run(forecast(job))
    assert (expected.clean.calls, expected.recalled, model.requests) == (2, 51, [])


def test_events_tell_what_was_asked_and_what_was_there(run: Run) -> None:
    run(labelled(", pack: 1"), "a\nb")
    events: list[object] = []
    run(labelled(", pack: 1"), "a\nb\nc", on_event=events.append)
    assert [event.items for event in events if isinstance(event, CallDone)] == [("docs.0/lines.2",)]
    recalled = [event for event in events if isinstance(event, CallRecalled)]
    assert {event.items for event in recalled} == {("docs.0/lines.0",), ("docs.0/lines.1",)}
    assert {(event.step, event.role) for event in recalled} == {("answer", "sub")}


EVERYTHING = """
type Note { text: text }
strategy everything(docs: corpus) -> text {
  lines = records(docs, by: line) -> Note
  notes = map(lines, pack: 3) -> Note "Note it."
  kept = filter(notes, pack: 2) "Keep it?"
  merged = merge(kept, near: 2)
  mended = refine(merged, until: len(item.text) > 4, rounds: 2) "Longer."
  answer reduce(mended, width: 2) -> text "Sum up."
}
"""


def deterministic(request: Request) -> Any:
    """Replies as any model might, each decided by the request alone."""
    items = items_of(request)
    properties: dict[str, Any] = (request.schema or {}).get("properties", {})
    if "groups" in properties:
        return {"groups": [[1, 2]] if len(items) > 1 and len(items[1]) % 2 else []}
    if request.schema is None:
        return f"{len(items)}:{'|'.join(items.values())}"[:30]
    if "text" in properties:
        return {"text": items[1][-5:] + "+"}
    if "1" in properties and "enum" in str(properties["1"]):
        return {str(n): "no" if text.endswith("3+") else "yes" for n, text in items.items()}
    if "answer" in properties:
        return {"answer": "no" if items[1].endswith("3+") else "yes"}
    return {str(number): {"text": text[-3:]} for number, text in items.items()}


def interrupted_at(number: int) -> Callable[[Request], Any]:
    """Replies so often, then the program dies."""
    count: Iterator[int] = iter(range(number))

    def reply(request: Request) -> Any:
        if next(count, None) is None:
            raise KeyboardInterrupt
        return deterministic(request)

    return reply


@settings(max_examples=12)
@given(
    lines=st.lists(st.text("ab 123", min_size=1, max_size=8), min_size=1, max_size=12),
    after=st.lists(st.integers(0, 12), max_size=3),
    width=st.integers(1, 5),
)
def test_a_run_that_is_resumed_answers_as_one_that_was_not(
    lines: list[str], after: list[int], width: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    text = "\n".join(line.strip() or "-" for line in lines)
    whole, calls = runner(tmp_path_factory.mktemp("whole") / "j.sqlite")(
        EVERYTHING, text, deterministic, width=width
    )
    run = runner(tmp_path_factory.mktemp("resumed") / "j.sqlite")
    asked = 0
    for number in after:
        dying = ScriptedModel(interrupted_at(number))
        try:
            run(EVERYTHING, text, dying, width=width)
        except BaseException:
            asked += number
        else:
            asked += len(dying.requests)
    resumed, rest = run(EVERYTHING, text, deterministic, width=width)
    assert (resumed.status, resumed.answer) == (whole.status, whole.answer)
    assert resumed.coverage == whole.coverage
    assert asked + rest <= calls + len(after) * width
