"""Where the quotes of a reply stand, and whose they are: the part's own or its neighbour's."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlmflow.operators._places import owns, places_of
from rlmflow.operators._step import Shown
from rlmflow.testing import items_of, run_text
from rlmflow.values import Document, Item, Part, Span

TEXT = "due 10. due 1. due 1. due 1"
#       0       8      15     22


def owned(text, core, quotes):
    """For each quote of a reply where it stands, or None where that is a neighbour's."""
    document = Document("in.txt", text)
    part = Part(Span(document, *core), document.whole)
    shown = Shown(Item(part, "parts"), text, (part.shown,))
    found = places_of(quotes, shown)
    return [place.start if place and owns(shown, place) else None for place in found]


def test_equal_quotes_stand_in_the_order_of_the_reply_where_all_are_reported():
    quotes = ["due 10", "due 1", "due 1", "due 1"]
    assert owned(TEXT, (0, 12), quotes) == [0, 8, None, None]
    assert owned(TEXT, (12, 30), quotes) == [None, None, 15, 22]


def test_where_not_all_are_reported_the_own_ones_come_first():
    assert owned(TEXT, (12, 30), ["due 1", "due 1"]) == [15, 22]
    assert owned(TEXT, (20, 30), ["due 1"]) == [22]


def test_words_that_were_not_reported_are_told_apart_by_what_stands_around_them():
    text = "owed 1. due 1. paid 1. due 1. owed 2. due 1"
    quotes = ["owed 1", "due 1", "owed 2", "due 1"]
    #        only what follows `paid` was not reported, and it is the part's own
    assert owned(text, (15, 30), ["owed 1", "due 1", "paid 1", "owed 2", "due 1"]) == [
        None, None, 15, None, None]  # fmt: skip
    assert owned(text, (36, 43), quotes) == [None, None, None, 38]


def test_a_quote_that_stands_only_in_a_longer_one_is_there():
    assert owned("pay 5 and leave", (0, 9), ["pay 5 and leave", "pay 5"]) == [0, 0]
    assert owned("pay 5 and leave", (0, 9), ["pay 5"]) == [0]


def test_two_findings_in_one_sentence_that_stands_twice_share_its_places():
    text = "pay 5 and leave; pay 5 and leave"
    assert owned(text, (0, 10), ["pay 5 and leave"] * 4) == [0, 0, None, None]
    assert owned(text, (10, 40), ["pay 5 and leave"] * 4) == [None, None, 17, 17]


def test_what_stands_in_no_input_that_is_shown_has_the_place_of_the_first():
    document = Document("in.txt", "some words")
    shown = Shown(Item("other", "made"), "other", (Span(document, 5, 10),))
    assert places_of(["other", "none"], shown) == [Span(document, 5, 10), None]


NUMBERED = """
type Paid { who: int  quote: quote }
strategy paid(docs: corpus) -> list[Paid] {
  parts = chunk(docs, size: 40 chars, margin: 30 chars, at: char)
  answer extract(parts) -> Paid "Who paid what?"
}
"""


@given(st.lists(st.tuples(st.integers(1, 12), st.sampled_from([1, 2, 11, 12, 111])), max_size=12))
@settings(max_examples=40, deadline=None)
def test_findings_with_equal_words_are_not_taken_for_one_another(payments):
    """The quote is a part of what was read: `paid 1` by several, and also in `paid 11`."""
    text = " ".join(f"#{who} paid {sum_}" for who, sum_ in payments) + "."

    def reply(request):
        shown = items_of(request)[1]
        found = re.finditer(r"#(\d+) (paid \d+)(?=[ .])", shown)
        return {"items": [{"who": int(m[1]), "quote": m[2]} for m in found]}

    outcome = run_text(NUMBERED, text, reply)
    expected = [(who, f"paid {sum_}") for who, sum_ in payments]
    assert [(one["who"], one["quote"]) for one in outcome.answer.value] == expected
    assert outcome.status == "complete"


@pytest.mark.parametrize("quotes", [["due 1"] * 9, ["due 1"] * 5])
def test_what_is_reported_too_often_is_still_somewhere(quotes):
    assert None not in owned(TEXT, (0, 30), quotes)
