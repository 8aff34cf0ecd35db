"""Which texts are alike: the best by score, and of equal ones the first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rlmflow.operators._similarity import WordIndex

texts = st.lists(st.lists(st.sampled_from("abcde"), max_size=4).map(" ".join), max_size=12)


def ranked(index: WordIndex, words: list[str]) -> list[int]:
    """All texts by score, sorted whole."""
    return [int(number) for number in (-index._scores(words)).argsort(kind="stable")]


@given(texts, st.sampled_from(["a", "b c", "a a e", "z", ""]), st.integers(0, 14))
def test_the_first_few_are_those_of_a_whole_sort(some: list[str], query: str, most: int) -> None:
    index = WordIndex(some)
    whole, scores = ranked(index, query.split()), index._scores(query.split())
    assert index.matching(query, most) == whole[:most]
    assert index.like(query, most) == [n for n in whole if scores[n] > 0][:most]
    for number, text in enumerate(some):
        others = [n for n in ranked(index, text.split()) if n != number]
        alike = index._scores(text.split())
        assert index.near(number, most) == [n for n in others if alike[n] > 0][:most]
