"""A quote is found where it was taken from, also after what models are known to change."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlmflow.text.quotes import find_quotes

WHITE_SPACE = [chr(code) for code in range(sys.maxunicode + 1) if chr(code).isspace()]
WORDS = st.lists(st.sampled_from(["rent", "due", "é", "漢字", "(a)", "1.5", "x+"]), min_size=1)
GAPS = st.text(st.sampled_from(WHITE_SPACE), min_size=1, max_size=4)


@given(st.lists(st.tuples(WORDS.map("".join), GAPS), min_size=1, max_size=8))
def test_any_white_space_stands_for_any_other(pieces):
    text = "".join(word + gap for word, gap in pieces)
    quote = " ".join(word for word, _ in pieces)
    assert find_quotes(quote, text)[0] == (0, len(text.rstrip()))


@pytest.mark.parametrize("gap", WHITE_SPACE)
def test_white_space_of_each_kind(gap):
    assert find_quotes("the rent", f"Pay the{gap}rent.") == [(4, 12)]


@pytest.mark.parametrize("mark", ["'", '"', "-"])
def test_another_mark_of_the_same_kind_is_found(mark):
    kinds = {"'": "‘’‚‛`´", '"': "“”„‟«»", "-": "‐‑‒–—−\u00ad"}[mark]
    for written in kinds:
        assert find_quotes(f"a{mark}b", f" a{written}b") == [(1, 4)]
        assert find_quotes(f"a{written}b", f" a{mark}b") == [(1, 4)]


def test_what_stands_to_the_letter_comes_before_what_is_like_it():
    assert find_quotes("the rent", "the\nrent, the rent") == [(10, 18)]


@given(st.text(), st.text(), st.text(min_size=1))
def test_a_stretch_of_a_text_is_found(before, after, quote):
    places = find_quotes(quote, before + quote + after)
    assert bool(places) == bool(quote.strip())
    for start, end in places:
        assert (before + quote + after)[start:end] == quote.strip()


@pytest.mark.parametrize("quote", ["the rents", "therent", "the  rent due", ""])
def test_another_word_is_not_found(quote):
    assert find_quotes(quote, "Pay the rent.") == []
