"""Operators that order or select without a model: sort, top, sample, grep."""

import json
import re

from hypothesis import given, settings
from hypothesis import strategies as st
from operators.table import ROWS, ids, made, no_model, outcome_of

from rlmflow.testing import run_text

few = settings(max_examples=30)


@given(ROWS, st.booleans())
@few
def test_sorting_is_stable_and_puts_those_without_a_value_last(rows, descending):
    order = ids(f"answer sort(rows, by: item.n, descending: {str(descending).lower()})", rows)
    sign = -1 if descending else 1
    keys = [(n is None, 0 if n is None else sign * n, at) for at, (n, _) in enumerate(rows)]
    assert order == [at for _, _, at in sorted(keys)]


def test_texts_and_computed_values_have_an_order():
    rows = [(1, "b"), (2, "a"), (3, "b")]
    assert ids("answer sort(rows, by: item.who)", rows) == [1, 0, 2]
    assert ids("answer sort(rows, by: 0 - item.id)", rows) == [2, 1, 0]


def test_dates_are_ordered_by_the_calendar():
    strategy = """
    type Entry { day: date?  what: text }
    strategy timeline(docs: corpus) -> list[Entry] {
      answer sort(records(docs, by: json) -> Entry, by: item.day)
    }
    """
    days = ["2024-10-01", None, "2024-09-30", "0999-01-01"]
    lines = [json.dumps({"day": day, "what": str(number)}) for number, day in enumerate(days)]
    outcome = run_text(strategy, "\n".join(lines), no_model)
    assert [entry["what"] for entry in outcome.answer.value] == ["3", "2", "0", "1"]


def test_an_item_whose_value_can_not_be_computed_is_listed_and_costs_no_other():
    outcome = outcome_of("answer sort(rows, by: 6 / item.id)", [(1, "a"), (2, "b"), (3, "c")])
    assert [row["id"] for row in outcome.answer.value] == [2, 1]
    assert outcome.status == "incomplete"
    assert [failure.reason for failure in outcome.failures] == ["division by zero"]


@given(ROWS, st.integers(1, 14))
@few
def test_the_top_and_what_is_dropped_are_all(rows, n):
    order = ids("answer sort(rows, by: item.n, descending: true)", rows)
    assert ids(f"answer top(rows, {n}, by: item.n)", rows) == order[:n]
    body = f"best = top(rows, {n}, by: item.n)\nanswer best.dropped"
    assert ids(body, rows) == sorted(order[n:])


def test_an_item_that_is_there_twice_can_be_kept_once():
    rows = [(2, "a"), (1, "b")]
    body = "best = top(rows + rows, 1, by: item.n)\nanswer "
    assert ids(body + "best", rows) == [0]
    assert ids(body + "best.dropped", rows) == [1, 0, 1]
    for some in ("sample(rows + rows, 1)", 'search(rows + rows, "a", top: 1)'):
        body = f"some = {some}\nanswer "
        assert len(ids(body + "some", rows)) == 1
        assert sorted(ids(body + "some", rows) + ids(body + "some.dropped", rows)) == [0, 0, 1, 1]


@given(ROWS, st.integers(1, 14), st.integers(-2, 2))
@few
def test_a_sample_and_what_is_dropped_are_all_in_order(rows, n, seed):
    body = f"some = sample(rows, {n}, seed: {seed})\nanswer "
    kept, dropped = ids(body + "some", rows), ids(body + "some.dropped", rows)
    assert len(kept) == min(n, len(rows))
    assert (kept, dropped) == (sorted(kept), sorted(dropped))
    assert sorted(kept + dropped) == list(range(len(rows)))
    assert ids(body + "some", rows) == kept


def test_another_seed_is_another_sample_and_each_item_has_its_chance():
    rows = [(0, "a")] * 12
    samples = [ids(f"answer sample(rows, 4, seed: {seed})", rows) for seed in range(12)]
    assert len(set(map(tuple, samples))) > 9
    assert {at for sample in samples for at in sample} == set(range(12))


@given(st.lists(st.sampled_from("abcdefgh"), unique=True, min_size=5), st.integers(0, 7))
@few
def test_one_item_less_changes_one_place_of_a_sample(words, gone):
    def sampled(lines):
        strategy = """strategy some(docs: corpus) -> list[document] {
          answer sample(records(docs, by: line), 3)
        }"""
        return run_text(strategy, "\n".join(lines), no_model).answer.value

    before = sampled(words)
    after = sampled([word for at, word in enumerate(words) if at != gone])
    assert len(set(before) - set(after)) <= 1


@given(st.lists(st.text("ab1 ", max_size=6), max_size=8))
@few
def test_grep_parts_the_items_by_a_match_anywhere_in_them(lines):
    strategy = """strategy found(docs: corpus) -> list[list[document]] {
      found = grep(records(docs, by: line), r"^a|1$")
      answer [found, found.dropped]
    }"""
    written = [line for line in lines if line.strip()]
    kept, dropped = run_text(strategy, "\n".join(written), no_model).answer.value
    matches = [line for line in written if re.search(r"^a|1$", line)]
    assert kept == matches
    assert dropped == [line for line in written if line not in matches]


def test_grep_looks_at_a_record_as_it_stands_and_at_no_margin():
    rows = [(1, "a"), (2, "b")]
    assert ids('answer grep(rows, r"\\"n\\": 2")', rows) == [1]
    assert ids('answer grep(rows, r"^..n")', rows) == [0, 1]
    strategy = """strategy found(docs: corpus) -> list[document] {
      parts = chunk(docs, size: 4 chars, margin: 3 chars, at: char)
      answer grep(parts, r"b")
    }"""
    assert run_text(strategy, "aaaabaaaa", no_model).answer.value == ["baaa"]


def test_the_answer_says_where_its_items_come_from():
    outcome = outcome_of("answer top(rows, 2, by: item.n)", [(1, "a"), (3, "b"), (2, "c")])
    assert outcome.answer.places == ("input.txt:2", "input.txt:3")
    assert made("answer len(top(rows, 2, by: item.n))", [], "int") == 0
