"""Pairs: a join is a filter of all pairs, and what is in none is left over."""

from itertools import combinations, product

import pytest
from expressions.test_functions import parsed
from hypothesis import given, settings
from hypothesis import strategies as st
from operators.table import ROWS, ids, made, no_model, outcome_of

from rlmflow.expressions import equalities
from rlmflow.testing import run_text

few = settings(max_examples=30)

# A condition, and what it means for two rows: (id, n, who).
CONDITIONS = {
    "left.who == right.who": lambda a, b: a[2] == b[2],
    "right.n == left.n": lambda a, b: a[1] == b[1],
    "left.who == right.who and left.id < right.id": lambda a, b: a[2] == b[2] and a[0] < b[0],
    "left.who == right.who and right.n == left.n": lambda a, b: a[1:] == b[1:],
    "left.who == right.who or left.n == right.n": lambda a, b: a[2] == b[2] or a[1] == b[1],
    "not (left.who == right.who)": lambda a, b: a[2] != b[2],
    "left.id + 1 == right.id": lambda a, b: a[0] + 1 == b[0],
    "left.id + right.id == 4": lambda a, b: a[0] + b[0] == 4,
    'left.who == "a"': lambda a, b: a[2] == "a",
    "[left.who, text(left.n)] == [right.who, text(right.n)]": lambda a, b: a[1:] == b[1:],
}
conditions = st.sampled_from(sorted(CONDITIONS))


def numbers(body, rows):
    pairs = made(body, rows, "list[Pair]")
    return [(pair["left"]["id"], pair["right"]["id"]) for pair in pairs]


def triples(rows):
    return [(at, *row) for at, row in enumerate(rows)]


def ready(condition):
    """A field that may be `none` is compared as text."""
    return condition.replace("right.n == left.n", "text(right.n) == text(left.n)").replace(
        "left.n == right.n", "text(left.n) == text(right.n)"
    )


@given(ROWS, conditions)
@few
def test_pairs_of_one_list_are_the_combinations_that_fit(rows, condition):
    fits = CONDITIONS[condition]
    expected = [(a[0], b[0]) for a, b in combinations(triples(rows), 2) if fits(a, b)]
    body = f"ps = pairs(rows, where: {ready(condition)})\nanswer "
    assert numbers(body + "ps", rows) == expected
    paired = {number for pair in expected for number in pair}
    assert ids(body + "ps.dropped", rows) == [n for n in range(len(rows)) if n not in paired]


@given(ROWS, conditions, st.integers(0, 12))
@few
def test_pairs_of_two_lists_are_a_filter_of_their_product(rows, condition, cut):
    fits, all_rows = CONDITIONS[condition], triples(rows)
    others = all_rows[:cut]
    expected = [(a[0], b[0]) for a, b in product(all_rows, others) if fits(a, b)]
    body = f"""
    others = filter(rows, where: item.id < {cut})
    ps = pairs(rows, others, where: {ready(condition)})
    answer """
    assert numbers(body + "ps", rows) == expected
    lefts, rights = {a for a, _ in expected}, {b for _, b in expected}
    assert ids(body + "ps.dropped.left", rows) == [a for a, *_ in all_rows if a not in lefts]
    assert ids(body + "ps.dropped.right", rows) == [b for b, *_ in others if b not in rights]


@given(ROWS)
@few
def test_without_a_condition_all_are_paired(rows):
    count = len(rows)
    assert len(numbers("answer pairs(rows)", rows)) == count * (count - 1) // 2
    assert ids("ps = pairs(rows)\nanswer ps.dropped", rows) == ([0] if count == 1 else [])
    assert len(numbers("answer pairs(rows, rows)", rows)) == count * count


def test_against_an_empty_list_all_are_left_over():
    body = "ps = pairs(rows, filter(rows, where: false))\nanswer "
    assert ids(body + "ps.dropped.left", [(1, "a"), (2, "b")]) == [0, 1]
    assert ids(body + "ps.dropped.right", [(1, "a"), (2, "b")]) == []


@pytest.mark.parametrize(
    ("condition", "sides"),
    [
        ("left.a == right.b", [("left.a", "right.b")]),
        ("lower(right.b) == lower(left.a)", [("lower(left.a)", "lower(right.b)")]),
        (
            "left.a == right.b and x and left.c == right.d",
            [("left.a", "right.b"), ("left.c", "right.d")],
        ),
        ("left.a == right.b or x", []),
        ("not (left.a == right.b)", []),
        ("left.a != right.b", []),
        ("left.a == left.b", []),
        ("left.a + right.a == right.b", []),
        ('left.a == "x"', []),
    ],
)
def test_what_a_condition_asks_to_be_equal(condition, sides):
    found = [(one.span.text, other.span.text) for one, other in equalities(parsed(condition))]
    assert found == sides


def test_only_pairs_with_equal_keys_are_tried():
    """Each test of the rest of this condition is a division by zero, and so is listed."""
    rows = [(1, "a"), (2, "b"), (3, "a"), (4, "c")]
    body = "answer pairs(rows, where: left.who == right.who and 1 / (left.id * 0) > 1)"
    outcome = outcome_of(body, rows, "list[Pair]")
    assert [failure.reason for failure in outcome.failures] == ["division by zero"]


def test_a_key_that_can_not_be_computed_is_tried_with_all():
    rows = [(1, "a"), (2, "b"), (1, "c")]
    body = "answer pairs(rows, where: left.id > 0 and 6 / left.id == 6 / (right.id - 0.5 + 0.5))"
    assert numbers(body, rows) == []
    body = "answer pairs(rows, where: left.id < 1 or 6 / left.id == 3)"
    assert numbers(body, rows) == [(0, 1), (0, 2)]
    body = "answer pairs(rows, rows, where: right.id > 0 and 6 / right.id == 3 * (left.id + 1))"
    assert numbers(body, rows) == [(0, 2), (1, 1)]


def test_a_pair_knows_both_places():
    body = "answer pairs(rows, where: left.who == right.who)"
    outcome = outcome_of(body, [(1, "a"), (2, "b"), (3, "a")], "list[Pair]")
    assert outcome.answer.places == ("input.txt:1",)


SAID = "the mast broke\nwe ate soup\na mast is broken\nsoup is good\nnothing\n"
NEAR = """
type Both {{ left: document  right: document }}
strategy near(docs: corpus) -> {returns} {{
  lines = records(docs, by: line)
  _odd = filter(lines, where: len(item.text) > 12)
  _even = _odd.dropped
  both = pairs({call})
  answer {answer}
}}
"""


def said(call, answer="both", returns="list[Both]"):
    outcome = run_text(NEAR.format(call=call, answer=answer, returns=returns), SAID, no_model)
    assert outcome.status == "complete", outcome.failures
    value = outcome.answer.value
    return value if answer != "both" else [(each["left"], each["right"]) for each in value]


def test_what_is_alike_in_words_is_paired():
    mast, soup = ("the mast broke", "a mast is broken"), ("we ate soup", "soup is good")
    assert said("lines, near: 1") == [mast, soup]
    # With two it is also alike in "is".
    assert said("lines, near: 2") == [mast, soup, ("a mast is broken", "soup is good")]
    assert said("lines, near: 1", "both.dropped", "list[document]") == ["nothing"]
    assert said('lines, near: 2, where: contains(left.text, "we")') == [soup]


def test_what_is_alike_in_words_is_paired_across_two_lists():
    assert said("_odd, _even, near: 1") == [("a mast is broken", "soup is good")]
    assert said("_odd, _even, near: 1", "both.dropped.left", "list[document]") == ["the mast broke"]
    left_out = said("_odd, _even, near: 1", "both.dropped.right", "list[document]")
    assert left_out == ["we ate soup", "nothing"]


def test_each_is_paired_with_what_it_is_most_like_though_that_is_more_like_others():
    text = "red\nred red blue\nblue\n"
    body = NEAR.replace("len(item.text) > 12", 'contains(item.text, "red blue")')
    outcome = run_text(
        body.format(call="_odd, _even, near: 1", answer="both", returns="list[Both]"),
        text,
        no_model,
    )
    assert [each["right"] for each in outcome.answer.value] == ["red", "blue"]
