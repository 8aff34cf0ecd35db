"""Prompts that an endpoint cut are noticed; none that was read whole is taken for cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlmflow.models._protocol import Message, ModelFailure, Reply, Request, Usage
from rlmflow.models.token_bounds import o200k_count
from rlmflow.models.truncation import Bound, exactly, whole, words_bound

BOUNDS = {"known": exactly(o200k_count), "unknown": words_bound}
LONG = "The tenant pays the rent on the first day of each month. " * 300


def read(text: str, usage: Usage, bound: Bound, *before: Message) -> Reply:
    request = Request((Message("system", "Be brief."), *before, Message("user", text)))
    return whole(request, Reply("yes", usage), bound)


@pytest.mark.parametrize("bound", BOUNDS.values(), ids=BOUNDS)
def test_a_prompt_of_which_a_third_was_read_is_noticed(bound: Bound) -> None:
    with pytest.raises(ModelFailure, match="it read 1,000 tokens of a prompt of at least") as said:
        read(LONG, Usage(1000, 3), bound)
    assert (said.value.kind, said.value.again) == ("truncated", False)
    assert said.value.usage == Usage(1000, 3)


@pytest.mark.parametrize("bound", BOUNDS.values(), ids=BOUNDS)
def test_what_came_from_a_cache_was_read(bound: Bound) -> None:
    assert read(LONG, Usage(100, 3, cached=4000), bound).text == "yes"


@pytest.mark.parametrize("bound", BOUNDS.values(), ids=BOUNDS)
def test_no_usage_and_a_later_turn_say_nothing(bound: Bound) -> None:
    assert read(LONG, Usage(), bound).text == "yes"
    assert read(LONG, Usage(10, 3), bound, Message("assistant", "What?")).text == "yes"


@given(st.text(max_size=400), st.integers(1, 30))
def test_a_count_that_is_right_is_no_alarm(text: str, times: int) -> None:
    """Whatever the text is: spaces and indentation, say, are far fewer tokens than words."""
    for each in (text * times, " " * 40 * times + text):
        right = o200k_count([Message("system", "Be brief."), Message("user", each)])
        for bound in BOUNDS.values():
            assert read(each, Usage(right, 3), bound).text == "yes"
