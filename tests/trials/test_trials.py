"""Tests that strategy files carry: what they script, what they expect, what is told of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from rlmflow.hunt.faults import reader_names
from rlmflow.testing import compiled
from rlmflow.trials.run import Verdict, run_trial

STRATEGIES = '''
type Review { text: text }
type Found { what: text  quote: quote }

strategy reviews(docs: corpus, kinds: list[text] = ["praise", "complaint"]) -> dict[text, int]
  ensures covers(lines), once(lines)
{
  lines = records(docs, by: line) -> Review
  told  = map(lines, as: kind, choices: kinds) -> text """Which?"""
  answer count(told, by: item.kind)
}

strategy findings(docs: corpus) -> list[Found] { answer extract(docs) -> Found """All.""" }

strategy summed(docs: corpus, day: date) -> text {
  late = filter(docs) """Is it late?"""
  answer ask(late, also: late.dropped) -> text """Sum up {{ day }}."""
}
'''
OF_REVIEWS = 'given docs: "good\\nbad\\ngood\\n"'


def verdict(of: str, lines: str) -> Verdict:
    program = compiled(f'{STRATEGIES}\ntest "it" of {of} {{\n{lines}\n}}\n')
    return run_trial(program, program.trials[0])


def told(of: str, lines: str) -> list[str]:
    return [line for unmet in verdict(of, lines).unmet for line in unmet.difference]


def test_a_reply_may_depend_on_the_item() -> None:
    script = 'reply told: match item { "bad" => "complaint", else => "praise" }'
    expect = 'expect text(answer) == "praise: 2\\ncomplaint: 1" and calls == 1 and failed == 0'
    assert verdict("reviews", f"{OF_REVIEWS} {script} {expect}").passed


def test_records_are_scripted_as_json() -> None:
    script = r"""reply answer: ["{\"what\": \"x\", \"quote\": \"bad\"}"]"""
    passed = verdict("findings", f"{OF_REVIEWS} {script} expect first(answer) != none")
    assert passed.passed


def test_yes_or_no_plain_text_and_a_date() -> None:
    lines = """given docs: ["early", "late one", "late two"]  given day: "2026-01-02"
    reply late: startswith(item, "late")
    reply answer: format("of {}", item)
    expect answer == "of late one\\nlate two" and calls == 2"""
    # Two items and a question to sum up: a call for the pack, one for the answer.
    assert verdict("summed", lines).passed


def test_what_differs_is_shown_line_by_line() -> None:
    lines = told("reviews", f'{OF_REVIEWS} reply told: "praise" expect text(answer) == "praise: 2"')
    assert lines == ["- praise: 2", "+ praise: 3", "+ complaint: 0"]


def test_of_what_is_no_equality_the_values_are_shown() -> None:
    assert told("reviews", f'{OF_REVIEWS} reply told: "praise" expect calls > 1 or failed > 0') == [
        "calls is 1",
        "failed is 0",
    ]


def test_an_answer_that_is_not_there_says_why() -> None:
    lines = told("summed", 'given docs: "x" given day: "2026-01-02" expect answer == ""')
    assert lines[0] == "there is no answer"
    assert "no reply for the step `late`" in lines[1]


def test_a_step_without_a_reply_fails() -> None:
    found = verdict("reviews", f'{OF_REVIEWS} expect status == "incomplete" and failed == 3')
    assert found.passed
    assert found.outcome is not None
    assert "the test has no reply for the step `told`" in found.outcome.failures[0].reason


def test_a_reader_that_is_none_is_unmet() -> None:
    lines = told("reviews", f"{OF_REVIEWS} reply trunkating")
    assert lines == ["there is no reader `trunkating`", "did you mean `truncating`?"]


@pytest.mark.parametrize("name", reader_names())
def test_a_named_reader_answers_all_steps(name: str) -> None:
    found = verdict("reviews", f'{OF_REVIEWS} reply {name} expect status == "complete"')
    assert found.outcome is not None
    assert found.outcome.calls >= 1


def test_pytest_collects_them(tmp_path: Path) -> None:
    test = f'test "bad" of reviews {{ {OF_REVIEWS} reply told: "praise" expect calls == 2 }}'
    (tmp_path / "s.rlm").write_text(f"{STRATEGIES}\n{test}\n")
    (tmp_path / "broken.rlm").write_text("strategy s(")
    pytest_here = [sys.executable, "-m", "pytest", "-q", "--continue-on-collection-errors"]
    command = [*pytest_here, "s.rlm", "broken.rlm"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "s.rlm:20: expect calls == 2\n- 2\n+ 1" in ran.stdout
    assert "RF103" in ran.stdout or "RF102" in ran.stdout
    assert "Traceback" not in ran.stdout


EXPLORED = """
type Told { what: text }
strategy task(docs: corpus) -> Told { first = explore(docs) -> Told "What?"  answer first }
test "it" of task {
  given docs: "one"
  reply first: "{\\"what\\": \\"a number\\"}"
  expect answer.what == "a number" and status == "complete"
}
"""


def test_what_a_root_in_a_step_finds_is_scripted_under_its_name() -> None:
    program = compiled(EXPLORED)
    assert run_trial(program, program.trials[0]).passed
    nameless = compiled(EXPLORED.replace("reply first", "reply answer"))
    (reason, *_) = (
        line
        for unmet in run_trial(nameless, nameless.trials[0]).unmet
        for line in unmet.difference
        if "no reply" in line
    )
    assert reason == "other: the test has no reply for the step `first`"
