"""Which texts are alike: the best by score, and of equal ones the first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlmflow.operators import _similarity
from rlmflow.operators._similarity import WordIndex

texts = st.lists(st.lists(st.sampled_from("abcde"), max_size=4).map(" ".join), max_size=12)


def ranked(index: WordIndex, words: list[str]) -> list[int]:
    """All texts by score, sorted whole."""
    return [int(number) for number in (-index._scores(words)).argsort(kind="stable")]


@given(texts, st.sampled_from(["a", "b c", "a a e", "z", ""]), st.sampled_from([*range(15), 99]))
def test_the_first_few_are_those_of_a_whole_sort(some: list[str], query: str, most: int) -> None:
    index = WordIndex(some)
    whole, scores = ranked(index, query.split()), index._scores(query.split())
    assert index.matching(query, most) == whole[:most]
    asked = WordIndex([query])
    assert index.near_other(asked, 0, most) == [n for n in whole if scores[n] > 0][:most]
    for number, text in enumerate(some):
        others = [n for n in ranked(index, text.split()) if n != number]
        alike = index._scores(text.split())
        assert index.near(number, most) == [n for n in others if alike[n] > 0][:most]


def test_of_many_texts_a_rare_word_tells_and_where_there_is_none_a_common_one() -> None:
    many = [f"it was said of {n}" for n in range(2_000)]
    index = WordIndex([*many, "the pier was said of 7", "it was of"])
    assert index.near(7, 3) == [2_000]
    assert len(index.near(8, 3)) == len(index.near(2_001, 3)) == 3


@given(st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=6), min_size=1, max_size=40))
def test_common_words_are_left_out_and_nothing_else(some: list[list[str]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_similarity, "_FEW", 3)
        index = WordIndex([" ".join(words) for words in some])
        for number, words in enumerate(some):
            having = {word: sum(word in each for each in some) for word in words}
            shared = [count for count in having.values() if count > 1]
            most = max(3, len(some) / 2, min(shared, default=0))
            told = [word for word in words if 1 < having[word] <= most]
            alike = index._scores(told)
            best = [n for n in ranked(index, told) if n != number and alike[n] > 0]
            assert index.near(number, 5) == best[:5]
