"""Operators that ask no model: chunk, records, count, sum, search."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlmflow.diagnostics.model import StrategyError
from rlmflow.testing import compiled, items_of, run_text

NASTY = st.text(st.sampled_from("ab \n\r\t.é\u0301\x00😀\u200d👩#"), max_size=80)


def no_model(request):
    raise AssertionError(f"{request.step} asked a model")


def run(body, text, returns, head="", **values):
    strategy = f"{head}\nstrategy tried(docs: corpus) -> {returns} {{\n{body}\n}}"
    outcome = run_text(strategy, text, no_model, **values)
    assert outcome.status == "complete", outcome.failures
    return outcome.answer.value


@given(NASTY, st.integers(1, 30), st.sampled_from(["paragraph", "line", "sentence", "heading"]))
@settings(max_examples=60, deadline=None)
def test_the_parts_of_a_document_are_the_document(text, size, at):
    parts = run(f"answer chunk(docs, size: {size} chars, at: {at})", text, "list[document]")
    assert "".join(parts) == text
    assert all(len(part) > 0 for part in parts)


@given(NASTY)
@settings(max_examples=30, deadline=None)
def test_chunking_parts_again_sees_cores_only(text):
    parts = run(
        "big = chunk(docs, size: 20 chars, margin: 5 chars)\nanswer chunk(big, size: 7 chars)",
        text,
        "list[document]",
    )
    assert "".join(parts) == text


def test_records_of_parts_with_margins_are_not_doubled():
    body = """
    parts = chunk(docs, size: 12 chars, margin: 8 chars, at: line)
    lines = records(parts, by: line)
    answer count(lines, by: item.text)
    """
    counts = run(body, "one\ntwo\nthree\nfour\nfive\n", "dict[text, int]")
    assert counts == dict.fromkeys(["one", "two", "three", "four", "five"], 1)


@given(NASTY)
@settings(max_examples=40, deadline=None)
def test_records_and_what_is_unmatched_are_all_the_ink(text):
    head = "type Word { word: text }"
    found = 'found = records(docs, by: r"(?P<word>[ab]+)") -> Word\n'
    counted = "answer count(found, by: item.word)"
    words = run(found + counted, text, "dict[text, int]", head)
    rest = run(found + "answer found.unmatched", text, "list[document]", head)
    kept = "".join(word * count for word, count in words.items()) + "".join(rest)
    assert sorted("".join(kept.split())) == sorted("".join(text.split()))


def test_fields_are_typed_and_what_does_not_fit_is_unmatched():
    head = "type Sale { day: date  amount: float  note: text? }"
    text = "day,amount,note\n2024-01-02,3.5,\n2024-13-40,1,bad day\n2024-01-03,2,ok\n"
    body = "sales = records(docs, by: csv) -> Sale\nanswer sum(sales, by: item.amount)"
    assert run(body, text, "float", head) == 5.5
    body = "sales = records(docs, by: csv) -> Sale\nanswer sales.unmatched"
    assert "2024-13-40,1,bad day" in run(body, text, "list[document]", head)


def test_json_records_keep_their_types():
    head = "type Row { id: int  tags: list[text] }"
    text = '{"id": 1, "tags": ["a"]}\n{"id": 2, "tags": []}\n{"id": "x", "tags": []}\n{"id": 4'
    body = "rows = records(docs, by: json) -> Row\nanswer sum(rows, by: item.id)"
    assert run(body, text, "int", head) == 3
    body = "rows = records(docs, by: json) -> Row\nanswer rows.unmatched"
    assert len(run(body, text, "list[document]", head)) == 2


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("records(docs, by: csv)", "RF358"),
        ('records(docs, by: r"(?P<a>.)") -> Row', "RF359"),
        ("chunk(docs, size: 10 chars, margin: 10 chars)", "RF310"),
        ("sum(docs)", "RF351"),
        ("count(docs)", "RF361"),
        ("count(chunk(docs, size: 9 chars), by: [item.text])", "RF361"),
        ("count(chunk(docs, size: 9 chars), by: item.text, per: item)", "RF361"),
        ("records(docs, by: sideways)", "RF301"),
        ("records(docs, by: docs) -> Row", "RF301"),
    ],
)
def test_a_call_that_can_not_work_is_an_error(call, code):
    text = (
        f"type Row {{ id: int }}\nstrategy s(docs: corpus) -> int {{ x = {call}\n answer len(x) }}"
    )
    with pytest.raises(StrategyError) as raised:
        compiled(text)
    assert code in [diagnostic.code for diagnostic in raised.value.diagnostics]


def test_counts_may_be_kept_apart():
    head = 'type Kind = "a" | "b" | "c"\ntype Row { who: text  kind: Kind }'
    text = "who,kind\nann,a\nbo,b\nann,a\n"
    rows = "rows = records(docs, by: csv) -> Row\n"
    counted = "answer count(rows, by: item.kind, per: item.who)"
    assert run(rows + counted, text, "dict[text, dict[text, int]]", head) == {
        "ann": {"a": 2, "b": 0, "c": 0},
        "bo": {"a": 0, "b": 1, "c": 0},
    }
    counted = "answer count(rows, by: item.who, per: item.kind)"
    assert run(rows + counted, text, "dict[text, dict[text, int]]", head) == {
        "a": {"ann": 2},
        "b": {"bo": 1},
        "c": {},
    }


BY_PATTERN = """
type Row { day: date?  who: text }
strategy tried(docs: corpus, how: pattern = r"(?P<day>.*?): (?P<who>.*)") -> list[Row] {
  answer records(docs, by: how) -> Row
}
"""


def test_a_pattern_may_be_given_when_run():
    text = "Mar 1, 2024: ann\nnobody\n2024-03-02 09:30: bo\n03/04/2024: cy"
    outcome = run_text(BY_PATTERN, text, no_model)
    assert [(str(row["day"]), row["who"]) for row in outcome.answer.value] == [
        ("2024-03-01", "ann"),
        ("2024-03-02", "bo"),
    ]
    outcome = run_text(BY_PATTERN, text, no_model, values={"how": "(?P<who>[a-z]+)$"})
    assert [row["who"] for row in outcome.answer.value] == ["ann", "nobody", "bo", "cy"]


def test_a_pattern_that_gives_no_such_field_makes_no_records():
    outcome = run_text(BY_PATTERN, "x: y", no_model, values={"how": "(?P<whom>.*)"})
    assert outcome.status == "incomplete"
    said = "the pattern has no group `(?P<who>…)`; it gives `whom`"
    assert said in outcome.failures[0].reason


def test_sums_of_whole_numbers_are_whole():
    head = "type Row { n: int }"
    text = "n\n1\n2\n39\n"
    body = "rows = records(docs, by: csv) -> Row\nanswer sum(rows, by: item.n)"
    value = run(body, text, "int", head)
    assert value == 42
    assert isinstance(value, int)


def test_search_keeps_the_best_in_order_and_drops_the_rest():
    text = "apples and pears\nthe weather\npears in winter\nnothing\n"
    body = 'lines = records(docs, by: line)\nnear = search(lines, "pears", top: 2)\nanswer near'
    assert run(body, text, "list[document]") == ["apples and pears", "pears in winter"]
    body = body.replace("answer near", "answer near.dropped")
    assert run(body, text, "list[document]") == ["the weather", "nothing"]
    assert run(body, "", "list[document]") == []


def test_a_margin_is_shown_and_counts_as_read():
    text = """
    strategy s(docs: corpus) -> list[text] {
      parts = chunk(docs, size: 5 chars, margin: 2 chars, at: char)
      answer map(parts, pack: 1) -> text "Say it."
    }
    """
    outcome = run_text(text, "abcdefghij", lambda request: items_of(request)[1])
    assert outcome.answer.value == ["abcdefg", "defghij"]
    assert outcome.coverage.read == 10


@pytest.mark.parametrize("choice", ["-> Kind", "-> text"])
def test_each_choice_is_counted_whether_it_came_or_not(choice):
    choices = ", choices: labels" if choice == "-> text" else ""
    text = f"""
    type Kind = "bug" | "praise"
    strategy kinds(docs: corpus, labels: list[text]) -> dict[text, int] {{
      answer count(map(docs{choices}) {choice} "Which?")
    }}
    """
    outcome = run_text(text, {}, no_model, values={"labels": ["bug", "praise"]})
    assert outcome.answer.value == {"bug": 0, "praise": 0}
