"""Records that an expression makes: what they hold, where it is from, and what it is worth."""

from __future__ import annotations

from rlmflow.models._protocol import Request
from rlmflow.syntax.inline import format_expression
from rlmflow.testing import compiled, items_of, run_text

REPORT = """
type Found { what: text  quote: quote }
type Report { size: int  found: list[Found]  first: Found?  note: text? }
strategy report(docs: corpus) -> Report
  ensures covers(docs), keeps(found)
{
  lines = records(docs, by: line)
  found = extract(lines) -> Found "What is there?"
  made = Report(found: found, size: len(found), first: first(found))
  answer made
}
"""


def reader(request: Request) -> object:
    words = " ".join(items_of(request).values()).split()
    return {"items": [{"what": word.lower(), "quote": word} for word in words if word.isupper()]}


def test_a_record_holds_what_its_fields_are_given() -> None:
    outcome = run_text(REPORT, {"a.txt": "one TWO\nTHREE four\n"}, reader)
    assert outcome.status == "complete"
    assert outcome.answer is not None
    assert list(outcome.answer.value) == ["size", "found", "first", "note"], "as the type has them"
    assert outcome.answer.value["found"] == [
        {"what": "two", "quote": "TWO"},
        {"what": "three", "quote": "THREE"},
    ]
    assert outcome.answer.value["first"] == {"what": "two", "quote": "TWO"}
    assert (outcome.answer.value["size"], outcome.answer.value["note"]) == (2, None)


def test_its_quotes_have_their_places() -> None:
    answer = run_text(REPORT, {"a.txt": "one TWO\nTHREE four\n"}, reader).answer
    assert answer is not None
    assert answer.quotes == 2
    assert [one["source"] for one in answer.cited["found"]] == ["a.txt:1", "a.txt:2"]


def test_its_fields_are_taken_from_it() -> None:
    text = REPORT.replace("-> Report\n", "-> list[text]\n").replace(
        "answer made", "answer made.found.what"
    )
    outcome = run_text(text.replace(", keeps(found)", ""), {"a.txt": "TWO\nTHREE\n"}, reader)
    assert outcome.answer is not None
    assert outcome.answer.value == ["two", "three"]


def test_a_model_is_shown_what_it_holds_and_the_input_in_it_counts_as_read() -> None:
    text = """
    type Sides { left_side: list[document]  words: text }
    strategy told(docs: corpus) -> text ensures covers(docs, 100%) {
      sides = Sides(left_side: docs, words: "compare")
      answer ask([sides]) -> text "What is there?"
    }
    """
    asked: list[str] = []

    def seen(request: Request) -> object:
        asked.extend(items_of(request).values())
        return "It is."

    outcome = run_text(text, {"a.txt": "one two"}, seen)
    assert ["one two" in shown and "compare" in shown for shown in asked] == [True]
    assert (outcome.coverage.read, outcome.coverage.total) == (6, 6)


def test_what_is_in_it_twice_is_there_twice() -> None:
    text = """
    type Twice { one: list[text]  two: list[text] }
    strategy twice(docs: corpus) -> Twice ensures once(said) {
      said = map(docs) -> text "What?"
      answer Twice(one: said, two: said)
    }
    """
    once = text.replace("two: said)", "two: [])")
    assert [clause.kind for clause in compiled(once).strategies["twice"].proved] == ["once"]


def test_it_is_written_as_it_was_read() -> None:
    graph = compiled(REPORT).strategies["report"].graph
    written = format_expression(graph["made"].expression)
    assert written.startswith("Report(size: ")
    assert written.endswith("first: first(found), note: none)")
