"""Days as logs write them."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlmflow.text.dates import day_in

LEAP = datetime.date(2024, 2, 29)


@pytest.mark.parametrize(
    "written",
    [
        "2024-02-29",
        "2024/2/29",
        "2024.02.29",
        " 2024-02-29T23:59:59Z ",
        "2024-02-29 09:30",
        "29 February 2024",
        "29-Feb-2024",
        "Feb 29, 2024",
        "FEB. 29 2024",
        "february 29, 2024",
    ],
)
def test_a_day_is_read(written: str) -> None:
    assert day_in(written) == LEAP


@pytest.mark.parametrize(
    "written",
    ["", "29/02/2024", "2024-02/29", "2023-02-29", "Febr 29 2024x", "Fabruary 29 2024", "24-02-29",
     "2024-02-299", "2024-02", "Mayor 1, 2024"],
)  # fmt: skip
def test_what_is_no_day_or_may_be_several_is_not_read(written: str) -> None:
    assert day_in(written) is None


@given(st.dates())
def test_every_day_is_read_as_it_is_written(day: datetime.date) -> None:
    month = f"{day:%B}"
    for written in (day.isoformat(), f"{day.day} {month} {day.year:04}",
                    f"{month[:3]} {day.day}, {day.year:04}"):  # fmt: skip
        assert day_in(written) == day
