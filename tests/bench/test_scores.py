"""How right an answer is, and how sure a mean is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from rlmflow.bench.scores import closeness, equal, exact_number, f1, interval, listed, near_number
from rlmflow.bench.tasks import all_tasks
from rlmflow.bench.tasks.math import is_same_value
from rlmflow.bench.tasks.needle import values_in
from rlmflow.bench.tasks.pairs import pairs_in


@pytest.mark.parametrize("said", ["human", " Human.", "**human**", "Answer: human", "`human`"])
def test_marks_and_case_make_no_difference(said: str) -> None:
    assert equal(said, "human") == 1


@pytest.mark.parametrize("said", ["", "humans", "human or location", None])
def test_other_words_do(said: object) -> None:
    assert equal(said, "human") == 0


@pytest.mark.parametrize(("said", "right"), [("There are 1,204.", 1204), (7, 7), ("-3", -3)])
def test_a_number_is_found_in_words(said: object, right: int) -> None:
    assert exact_number(said, right) == 1
    assert exact_number(said, right + 1) == 0


@given(st.integers(-999, 999), st.integers(-20, 20))
def test_a_near_number_loses_a_quarter_for_each_that_it_is_off(gold: int, off: int) -> None:
    assert near_number(f"about {gold + off}", gold) == pytest.approx(0.75 ** abs(off))


words = st.sets(st.sampled_from("abcdefgh"))


@given(words, words)
def test_f1_is_the_mean_of_precision_and_recall(found: set[str], gold: set[str]) -> None:
    right = len(found & gold)
    if not right:
        assert f1(found, gold) == float(not found and not gold)
        return
    precision, recall = right / len(found), right / len(gold)
    assert f1(found, gold) == pytest.approx(2 * precision * recall / (precision + recall))


def distance(a: str, b: str) -> int:
    """The edit distance, by the table of all prefixes."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        last, row[0] = row[0], i
        for j, y in enumerate(b, start=1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (x != y))
    return row[-1]


@given(st.text("ab \n", max_size=12), st.text("ab \n", max_size=12))
def test_closeness_is_by_edit_distance(a: str, b: str) -> None:
    longest = max(len(a), len(b), 1)
    assert closeness(a, b) == pytest.approx(1 - distance(a, b) / longest)


@given(st.integers(1, 400), st.data())
def test_the_interval_is_that_of_wilson(count: int, data: st.DataObject) -> None:
    right = data.draw(st.integers(0, count))
    low, high = interval([1.0] * right + [0.0] * (count - right))
    wanted = binomtest(right, count).proportion_ci(method="wilson")
    assert (low, high) == pytest.approx((wanted.low, wanted.high), abs=1e-9)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_the_mean_of_scores_is_in_its_interval(scores: list[float]) -> None:
    low, high = interval(scores)
    assert low - 1e-9 <= sum(scores) / len(scores) <= high + 1e-9


def test_a_list_is_read_from_json_and_from_lines() -> None:
    assert listed('Here: ["a", "b"]') == listed(["a", "b"]) == listed("- a\n- b\n") == ["a", "b"]


def test_pairs_are_read_in_any_form_and_order() -> None:
    wanted = {("11111", "22222"), ("11111", "33333")}
    assert pairs_in("(22222, 11111)\n(11111, 33333)") == wanted
    assert pairs_in([["11111", "22222"], {"left": "33333", "right": "11111"}]) == wanted
    assert pairs_in('[["11111", "22222"], ["11111", "33333"]]') == wanted
    assert pairs_in("None.") == set()


def test_codes_are_read_from_records_but_not_from_their_quotes() -> None:
    found = [{"answer": "1234567", "quote": "The code for x is 7654321."}]
    assert values_in(found) == {"1234567"}
    assert values_in("They are 1234567, and ABCDE.") == {"1234567", "ABCDE"}


@pytest.mark.parametrize("said", ["29/2", "14.5", "x = 29/2", "58/4", "The value is\n**29/2**"])
def test_a_value_may_have_any_form(said: str) -> None:
    assert is_same_value(said, "29/2")


@pytest.mark.parametrize("said", ["", "29", "29/3", "1/0", "__import__('os')", "9**9**9**9", "("])
def test_what_is_no_such_value_is_wrong(said: str) -> None:
    assert not is_same_value(said, "29/2")


def test_a_copy_is_exact_or_near() -> None:
    task = all_tasks()["verbatim-json"]
    case = task.cases(6, 0)[0]
    assert task.score(case, case.gold) == task.nearness(case, case.gold) == 1
    spoilt = case.gold.replace("0", "1", 1)
    assert task.score(case, spoilt) == 0
    assert 0.9 < task.nearness(case, spoilt) < 1
