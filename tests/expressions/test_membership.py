"""`in` gives what going through the list would give, and goes through a constant list once."""

from __future__ import annotations

import datetime

from hypothesis import given
from hypothesis import strategies as st

from rlmflow.expressions.membership import Among

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from([1.0, 0.5, "a", "1"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.just("k"), inner, max_size=1),
    max_leaves=3,
) | st.just(datetime.date(2025, 1, 31))


@given(plain, st.lists(plain, max_size=6))
def test_as_one_by_one(value: object, values: list[object]) -> None:
    assert (value in Among(values)) is any(each == value for each in values)


def test_a_part_of_a_text() -> None:
    assert "oa" in Among("boat")
    assert "ao" not in Among("boat")


def test_what_can_be_hashed_is_not_gone_through() -> None:
    compared = 0

    class Counted(str):
        __slots__ = ()

        def __eq__(self, other: object) -> bool:
            nonlocal compared
            compared += 1
            return str.__eq__(self, other) is True

        __hash__ = str.__hash__

    def values() -> list[str]:
        return [Counted(number) for number in range(1000)]

    among = Among(values())
    assert all(str(number) in among for number in range(1000))
    assert compared < 5000
