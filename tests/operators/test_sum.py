"""Sums: exact, in any order, or none at all."""

import pytest

from rlmflow.testing import run_text

TEXT = """
type Sale { amount: float }
strategy total(docs: corpus) -> float {
  sales = records(docs, by: csv) -> Sale
  answer sum(sales, by: BY)
}
"""


def summed(numbers, by="item.amount"):
    text = "\n".join(["amount", *map(str, numbers)])
    return run_text(TEXT.replace("BY", by), text, lambda request: None)


@pytest.mark.parametrize("by", ["item.amount", "item.amount * 10.0"])
def test_a_sum_that_no_number_can_hold_is_no_answer(by):
    outcome = summed([1e308, 1e308], by)
    assert (outcome.status, outcome.answer) == ("incomplete", None)
    assert "too large a number" in outcome.failures[0].reason


@pytest.mark.parametrize("numbers", [[1e16, 1, -1e16], [1, 1e16, -1e16], [1e16, -1e16, 1]])
def test_a_sum_does_not_depend_on_the_order(numbers):
    assert summed(numbers).answer.value == 1.0


def test_the_sum_of_nothing_is_zero():
    assert summed([]).answer.value == 0
