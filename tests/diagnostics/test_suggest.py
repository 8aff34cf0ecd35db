"""What an author may have meant."""

from __future__ import annotations

import pytest

from rlmflow.diagnostics.suggest import did_you_mean, did_you_mean_below, suggest


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("marign", "margin"),
        ("Size", "size"),
        ("sze", "size"),
        ("siz", "size"),
        ("elephant", None),
        ("", None),
    ],
)
def test_the_nearest_name(word: str, meant: str | None) -> None:
    assert suggest(word, ["size", "margin", "at"]) == meant


def test_the_order_of_candidates_does_not_matter() -> None:
    assert suggest("part", ["parts", "party"]) == suggest("part", ["party", "parts"])


def test_the_hint() -> None:
    assert did_you_mean("marign", ["margin"]) == "did you mean `margin`?"
    assert did_you_mean("elephant", ["margin"]) is None


def test_between_names_that_differ_in_capitals_the_capitals_count() -> None:
    assert suggest("Fedback", ["feedback", "Feedback"]) == "Feedback"
    assert suggest("fedback", ["feedback", "Feedback"]) == "feedback"


def test_names_are_not_alike_by_the_folder_that_they_share() -> None:
    known = ["std/needle", "std/pairs", "./eleven"]
    assert did_you_mean_below("std/nedle", known) == "did you mean `std/needle`?"
    assert did_you_mean_below("std/elephant", known) is None
    assert did_you_mean_below("/eleven", known) == "did you mean `./eleven`?"
