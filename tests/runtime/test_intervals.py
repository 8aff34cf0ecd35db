"""Intervals against the sets of numbers that they stand for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rlmflow.runtime.intervals import Interval, holds, joined, shared, without
from rlmflow.text.ink import ink

NUMBER = st.integers(0, 30)
PAIRS = st.lists(st.tuples(NUMBER, NUMBER), max_size=12)


def numbers(intervals: list[Interval]) -> set[int]:
    return {number for start, end in intervals for number in range(start, end)}


def are_apart(intervals: list[Interval]) -> bool:
    edges = [edge for pair in intervals for edge in pair]
    return edges == sorted(set(edges))


@given(PAIRS)
def test_the_union_of_pairs(pairs: list[Interval]) -> None:
    union = joined(pairs)
    assert numbers(union) == numbers(pairs)
    assert are_apart(union)


@given(PAIRS, PAIRS)
def test_difference_and_intersection(one: list[Interval], other: list[Interval]) -> None:
    left, right = joined(one), joined(other)
    assert numbers(without(left, right)) == numbers(left) - numbers(right)
    assert numbers(shared(left, right)) == numbers(left) & numbers(right)
    assert are_apart(without(left, right))
    assert are_apart(shared(left, right))


@given(PAIRS, NUMBER, NUMBER)
def test_what_is_held(pairs: list[Interval], start: int, end: int) -> None:
    union = joined(pairs)
    assert holds(union, start, end) == (set(range(start, end)) <= numbers(union))


@given(st.text(), NUMBER, st.none() | NUMBER)
def test_ink_is_what_is_no_white_space(text: str, start: int, end: int | None) -> None:
    assert ink(text, start, end) == sum(not c.isspace() for c in text[start:end])
