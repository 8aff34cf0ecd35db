"""Findings in parts: owned by the part whose core holds the quote's first character."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlmflow.diagnostics.model import StrategyError
from rlmflow.testing import compiled, items_of, run_text

MARKS = """
type Mark { quote: quote }
strategy marks(docs: corpus) -> list[Mark] {
  parts = chunk(docs, size: 40 chars, margin: 25 chars, at: word_or_line)
  answer extract(parts) -> Mark "List every mark."
}
""".replace("word_or_line", "line")


def find_marks(request):
    text = "\n".join(items_of(request).values())
    return {"items": [{"quote": mark} for mark in re.findall(r"<m\d+>", text)]}


@given(st.lists(st.sampled_from(["<m1>", "<m2>", "<m3>", "word ", "\n", "  ", "é"]), max_size=60))
@settings(max_examples=40, deadline=None)
def test_overlap_neither_loses_nor_doubles(pieces):
    text = "".join(pieces)
    outcome = run_text(MARKS, text, find_marks)
    whole = re.findall(r"<m\d+>", text)
    # A cut may fall inside a mark; the margin still shows it whole.
    assert [item["quote"] for item in outcome.answer.value] == whole
    assert outcome.status == "complete"


def test_findings_know_their_line():
    text = "nothing here\n" * 5 + "a <m1> at last\n"
    outcome = run_text(MARKS, text, find_marks)
    assert outcome.answer.places == ("input.txt:6",)


def test_a_quote_that_is_not_there_goes_back_once_and_is_then_rejected():
    asked = []

    def script(request):
        asked.append(len(request.messages))
        return {"items": [{"quote": "<m1>"}, {"quote": "<m9>"}]}

    outcome = run_text(MARKS, "one <m1> only", script)
    assert asked == [2, 4]
    assert [item["quote"] for item in outcome.answer.value] == ["<m1>"]
    assert [rejected.reason for rejected in outcome.rejected] == ['not in the text: "<m9>"']
    assert outcome.status == "complete"


def test_a_quote_with_other_white_space_and_quotation_marks_is_found():
    text = "He said:\n  “it is\n  well-known”, and left."
    outcome = run_text(
        MARKS.replace("40 chars", "90 chars"),
        text,
        lambda _: {"items": [{"quote": '"it is well‑known"'}]},
    )
    assert outcome.answer.places == ("input.txt:2",)
    assert not outcome.rejected


def test_a_failing_part_is_listed_and_the_others_are_kept():
    def script(request):
        if "fails" in items_of(request)[1]:
            return "I will not answer in JSON."
        return find_marks(request)

    text = "<m1>" + "x" * 36 + "fails" + "y" * 70 + "<m2>"
    outcome = run_text(
        MARKS.replace("margin: 25 chars, ", "").replace("line", "char"), text, script
    )
    assert outcome.status == "incomplete"
    assert [item["quote"] for item in outcome.answer.value] == ["<m1>", "<m2>"]
    assert len(outcome.failures) == 1
    assert outcome.coverage.read < outcome.coverage.total


def test_half_of_a_reply_is_never_completed():
    outcome = run_text(MARKS, "a <m1> b", lambda _: '{"items": [{"quote": "<m1>"}, {"quo')
    assert outcome.status == "incomplete"
    assert outcome.answer.value == []
    assert "not complete" in outcome.failures[0].reason


def test_a_strategy_that_is_handed_parts_does_not_find_things_in_their_margins():
    text = """
    strategy find(parts: list[document]) -> list[text] { answer extract(parts) -> text "All." }
    strategy marks(docs: corpus) -> list[text] {
      answer find(chunk(docs, size: 10 chars, margin: 5 chars, at: char))
    }
    """

    def find(request):
        return {"items": re.findall(r"<m\d+>", "".join(items_of(request).values()))}

    outcome = run_text(text, "<m1> 67890<m2>", find)
    assert outcome.answer.value == ["<m1>", "<m2>"]


@pytest.mark.parametrize(
    ("returns", "code"), [("int", "RF360"), ("list[int]", None), ("list[int]?", "RF360")]
)
def test_a_strategy_that_extract_runs_returns_a_list(returns, code):
    text = f"""
    strategy sizes(doc: document) -> {returns} {{ answer ask(doc) -> {returns} "All." }}
    strategy every(docs: corpus) -> list[int] {{ answer extract(docs, with: sizes) }}
    """
    found = []
    try:
        compiled(text)
    except StrategyError as error:
        found = [d.code for d in error.diagnostics if d.severity == "error"]
    assert code in found if code else not found


def test_parts_with_a_margin_are_no_items_for_a_strategy():
    text = """
    type Mark { quote: quote }
    strategy find(doc: document) -> list[Mark] { answer ask(doc) -> list[Mark] "All." }
    strategy marks(docs: corpus) -> list[Mark] {
      answer extract(chunk(docs, size: 10 chars, margin: 5 chars), with: find)
    }
    """
    with pytest.raises(StrategyError) as raised:
        compiled(text)
    (only,) = raised.value.diagnostics
    assert only.code == "RF355"
    assert "strategy" in only.message
