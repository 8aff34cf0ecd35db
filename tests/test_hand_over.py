"""A strategy whose root another program plays: its steps run here, its contract holds there."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import rlmflow
from rlmflow.api import Strategy
from rlmflow.hand_over import HandedOver, NotBegun
from rlmflow.models.scripted import ScriptedModel
from rlmflow.operators._frame import Question, read_items
from rlmflow.runtime.repl.answering import Refused
from rlmflow.targets.dialects import DIALECTS
from rlmflow.targets.program import program_blocks
from rlmflow.testing import compiled
from rlmflow.values import Document

TEXT = """
"The animals in some lines."
type Seen { animal: text  quote: quote }
strategy animals(docs: corpus, least: int = 2) -> list[Seen]
  ensures covers(docs), grounded(docs)
  within 50 calls
{
  parts = chunk(docs, size: 60 chars, at: line)
  seen = extract(parts) -> Seen "Which animals are there?"
  answer filter(seen, where: len(item.animal) >= least)
}
"""
LINES = [f"{n}: the {animal} sleeps" for n, animal in enumerate(["cat", "ox", "eel", "dog"])]
DOCS = [Document("a.txt", "\n".join(LINES[:2])), Document("b.txt", "\n".join(LINES[2:]))]


def reads(request: rlmflow.models.scripted.Request) -> object:
    """Finds what sleeps in each line that it is shown."""
    system, user = (message.content for message in request.messages[:2])
    shown = "\n".join(read_items(Question(system, user)).values())
    lines = [line for line in shown.splitlines() if "sleeps" in line]
    return {"items": [{"animal": line.split()[2], "quote": line} for line in lines]}


def strategy(text: str = TEXT) -> Strategy:
    return Strategy(compiled(text))


def handed(text: str = TEXT, docs: object = DOCS, **options: object) -> HandedOver:
    return strategy(text).hand_over(docs, sub=ScriptedModel(reads), **options)  # type: ignore[arg-type]


def play(work: HandedOver, dialect: str, names: dict[str, object]) -> None:
    """Run the program of a dialect as its runtime would: block after block, in one namespace."""
    for block in program_blocks(work.job.program, DIALECTS[dialect]):
        exec(block, names)


def test_a_program_of_rlms_gives_the_answer_and_its_places() -> None:
    answer: dict[str, object] = {"content": "", "ready": False}
    with handed() as work:
        assert work.context == {"a.txt": DOCS[0].text, "b.txt": DOCS[1].text}
        play(work, "rlms", {"context": work.context, "answer": answer, **work.names})
    outcome = work.outcome
    assert outcome.status == "complete"
    assert outcome.answer is not None
    assert [one["animal"] for one in outcome.answer.value] == ["cat", "ox", "eel", "dog"]
    assert outcome.answer.places == ("a.txt:1", "a.txt:2", "b.txt:1", "b.txt:2")
    assert outcome.answer.quotes == 4
    assert answer["ready"] is True
    assert json.loads(str(answer["content"])) == outcome.answer.value


def test_a_program_of_dspy_calls_plain_functions() -> None:
    submitted: list[str] = []
    with handed() as work:
        functions: dict[str, object] = {one.__name__: one for one in work.functions}
        crossed = {name: across(one) for name, one in functions.items()}  # type: ignore[arg-type]
        play(work, "dspy", {"context": work.context, "SUBMIT": submitted.append, **crossed})
    assert work.outcome.status == "complete"
    assert json.loads(submitted[0])[3]["animal"] == "dog"
    assert work.outcome.answer is not None
    assert work.outcome.answer.places == ("a.txt:1", "a.txt:2", "b.txt:1", "b.txt:2")


def across(function: Callable[..., object]) -> Callable[..., object]:
    """The same where arguments and results cross as JSON."""
    return lambda **given: json.loads(json.dumps(function(**json.loads(json.dumps(given)))))


def test_what_is_missing_is_said_and_the_root_can_go_on() -> None:
    with handed() as work:
        with pytest.raises(Refused, match=r"no answer\. It must be list"):
            work.accept("four animals")
        some = work.steps.seen(work.steps.parts()[:1])
        with pytest.raises(Refused, match=r"breaks the contract.\ncovers\(docs\)"):
            work.accept(some)
        work.accept(work.steps.answer())
    assert work.outcome.status == "complete"


def test_a_root_that_never_finishes_has_no_answer() -> None:
    with handed() as work:
        work.steps.seen()
    assert work.outcome.status == "incomplete"
    assert [one.reason for one in work.outcome.failures] == [
        "the root was done before an answer of its was accepted"
    ]


def test_what_is_accepted_last_counts_and_errors_of_the_other_program_pass() -> None:
    work = handed()

    def fails() -> None:
        with work:
            work.accept(work.steps.answer())
            _ = 1 / 0

    with pytest.raises(ZeroDivisionError):
        fails()
    assert work.outcome.status == "complete"


def test_a_run_that_breaks_off_says_why() -> None:
    def hears(event: object) -> None:
        raise LookupError("this listener fails")

    def steps_of_a_broken_run() -> None:
        with handed(on_event=hears) as work:
            work.steps.seen()

    with pytest.raises(ExceptionGroup) as raised:
        steps_of_a_broken_run()
    assert "this listener fails" in repr(raised.value)


def test_parameters_are_names_and_limits_hold() -> None:
    with handed(least=3, max_calls=1) as work:
        assert work.names["least"] == 3
        assert "within" not in work.prompt("rlms")
        assert "at most 1 call;" in work.prompt("rlms")
        assert len(work.steps.seen()) == 2
        with pytest.raises(Refused, match="covers"):
            work.accept(work.steps.answer())
    assert work.outcome.calls == 1
    assert work.outcome.status == "incomplete"


def test_steps_are_known_again_from_the_journal(tmp_path: Path) -> None:
    for calls in (2, 0):
        with handed(journal=tmp_path / "journal.sqlite") as work:
            work.accept(work.steps.answer())
        assert work.outcome.calls == calls


def test_a_run_that_can_not_begin_says_why() -> None:
    one = TEXT.replace("docs: corpus", "docs: document").replace("covers(docs), ", "")
    with pytest.raises(NotBegun, match="`docs` is one document, and the input has 2"):
        handed(one).__enter__()
    with pytest.raises(RuntimeError, match="`with` block"):
        _ = handed().context


def test_a_prompt_for_rlms_survives_being_formatted() -> None:
    with handed() as work:
        prompt = work.prompt("rlms")
    formatted = prompt.format(custom_tools_section="")
    assert 'answer = {"content": "", "ready": False}' in formatted
    assert "llm_batch" not in formatted
    assert "`seen = steps.seen()`" in formatted
