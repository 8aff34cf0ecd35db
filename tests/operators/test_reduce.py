"""Reduction: a tree whose groups follow the content, not the positions."""

from hypothesis import given, settings
from hypothesis import strategies as st

from rlmflow.testing import items_of, run_text

JOIN = """
type Line { text: text }
strategy joined(docs: corpus) -> RETURNS {
  lines = records(docs, by: line) -> Line
  answer reduce(lines, width: 4) -> RETURNS "Join them."
}
"""


def joining(asked):
    def script(request):
        texts = list(items_of(request).values())
        asked.append(tuple(texts))
        return " ".join(texts)

    return script


@given(st.lists(st.text("abcd", min_size=1, max_size=3), min_size=1, max_size=60))
@settings(max_examples=40, deadline=None)
def test_nothing_is_lost_and_order_is_kept(lines):
    asked = []
    text = JOIN.replace("RETURNS", "text")
    outcome = run_text(text, "\n".join(lines), joining(asked))
    assert outcome.answer.value == " ".join(lines)
    assert all(len(group) <= 8 for group in asked)
    assert outcome.coverage.share == 1.0


def test_an_edit_asks_again_only_what_lies_above_it():
    lines = [f"line {number}" for number in range(400)]
    before, after = [], []
    text = JOIN.replace("RETURNS", "text")
    run_text(text, "\n".join(lines), joining(before))
    run_text(text, "\n".join([*lines[:200], "a new line", *lines[200:]]), joining(after))
    fresh = [group for group in after if group not in before]
    assert len(fresh) < len(after) / 8


def test_a_single_item_is_asked_about_too():
    asked = []
    outcome = run_text(JOIN.replace("RETURNS", "text"), "only", joining(asked))
    assert asked == [("only",)]
    assert outcome.answer.value == "only"


def test_an_empty_list_has_no_value_unless_the_type_allows_it():
    outcome = run_text(JOIN.replace("RETURNS", "text"), "", joining([]))
    assert outcome.status == "incomplete"
    assert outcome.answer is None
    assert "nothing to combine" in outcome.failures[0].reason
    outcome = run_text(JOIN.replace("RETURNS", "text?"), "", joining([]))
    assert outcome.status == "complete"
    assert outcome.answer.value is None


def test_long_results_are_combined_two_at_a_time_until_one_is_left():
    """Two of them fill more than a call of usual length, which is no reason to go on for ever."""
    asked = []

    def at_length(request):
        texts = list(items_of(request).values())
        asked.append(len(texts))
        return f"{texts[0][:20]} " + "word " * 9000

    text = JOIN.replace("RETURNS", "text").replace("width: 4", "width: 4, max_output: 12k tokens")
    outcome = run_text(text, "a\nb\nc\nd\ne\n" * 8, at_length)
    assert outcome.status == "complete"
    assert asked.count(2) > 2
    assert len(asked) < 60


def test_what_was_combined_is_shown_as_it_is_whatever_is_shown_of_the_items():
    text = """
    type Row { who: text  what: text }
    strategy joined(docs: corpus) -> text ensures covers(rows.what) {
      rows = records(docs, by: r"(?P<who>\\w+): (?P<what>\\w+)") -> Row
      answer reduce(rows, width: 2, show: item.what) -> text "Put them together."
    }
    """
    lines = [f"w{n}: x{n}" for n in range(30)]
    outcome = run_text(text, "\n".join(lines), lambda r: " ".join(items_of(r).values()))
    assert outcome.status == "complete"
    assert outcome.answer.value == " ".join(f"x{n}" for n in range(30))
