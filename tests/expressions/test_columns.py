"""A field of a list is that field of each of its items, with its provenance."""

from __future__ import annotations

from typing import Any

import pytest

from rlmflow.diagnostics.model import StrategyError
from rlmflow.models.scripted import ScriptedModel
from rlmflow.runtime.outcome import Outcome
from rlmflow.testing import compiled, items_of, run_text

TYPES = """
type Line { who: text  what: text  note: text? }
type Copy { text: text }
"""
ROWS = 'rows = records(docs, by: r"(?P<who>\\w+): (?P<what>.*)") -> Line'
TEXT = "ann: one\nbob: two\nann: three\n"


def outcome_of(body: str, returns: str, clauses: str = "", replies: Any = None) -> Outcome:
    text = f"{TYPES}strategy tried(docs: corpus) -> {returns} {clauses} {{ {body} }}"
    return run_text(text, TEXT, replies or (lambda request: "said"))


def test_each_keeps_its_place() -> None:
    outcome = outcome_of(f"{ROWS} answer rows.what", "list[text]", "ensures keeps(rows.what)")
    assert outcome.answer is not None
    assert outcome.answer.value == ["one", "two", "three"]
    assert outcome.answer.places == ("input.txt:1", "input.txt:2", "input.txt:3")
    assert [verdict.holds for verdict in outcome.verdicts] == [True]


def test_a_field_of_what_a_model_made_of_each() -> None:
    body = f"""{ROWS}
      copies = map(rows, as: copy, pack: 1) -> Copy "Copy."
      answer join(copies.copy.text, "|")"""
    clauses = "ensures covers(rows), keeps(copies.copy.text), once(copies.copy.text)"

    def reply(request: Any) -> Any:
        return {"text": items_of(request)[1].upper()}

    outcome = outcome_of(body, "text", clauses, reply)
    assert outcome.status == "complete"
    assert outcome.answer is not None
    assert outcome.answer.value == "ANN: ONE|BOB: TWO|ANN: THREE"


def test_what_is_shown_of_a_group_is_read() -> None:
    body = f"""{ROWS}
      told = map(group(rows, by: item.who), show: item.items.what, pack: 1) -> text "Sum up."
      answer told"""
    model = ScriptedModel(lambda request: items_of(request)[1])
    outcome = outcome_of(body, "list[text]", "ensures covers(rows.what)", model)
    assert outcome.status == "complete", [v.words for v in outcome.verdicts]
    assert outcome.answer is not None
    assert outcome.answer.value == ["one\nthree", "two"]


def test_the_text_of_each_document() -> None:
    outcome = outcome_of('answer join(docs.text, "")', "text")
    assert outcome.answer is not None
    assert outcome.answer.value == TEXT


@pytest.mark.parametrize("answer", ["rows.whom", "rows.who.size", "rows.source"])
def test_a_field_that_none_of_them_has(answer: str) -> None:
    with pytest.raises(StrategyError) as caught:
        compiled(f"{TYPES}strategy t(docs: corpus) -> list[text] {{ {ROWS} answer {answer} }}")
    assert [finding.code for finding in caught.value.diagnostics] == ["RF204"]
