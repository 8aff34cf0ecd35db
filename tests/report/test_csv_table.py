"""Answers as tables."""

from __future__ import annotations

import csv
import io
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from rlmflow.report.csv_table import as_csv
from rlmflow.runtime.outcome import Answer
from rlmflow.types import ANY


def table(value: object, *places: str | None) -> list[list[str]]:
    return list(csv.reader(io.StringIO(as_csv(Answer(value, ANY, places)))))


def test_a_record_is_a_row_with_its_place() -> None:
    rows = [
        {"day": date(2024, 1, 2), "what": 'It said "no", twice\nover'},
        {"day": None, "what": "It rained"},
    ]
    assert table(rows, "a.md:1", None) == [
        ["day", "what", "source"],
        ["2024-01-02", 'It said "no", twice\nover', "a.md:1"],
        ["", "It rained", ""],
    ]


def test_what_is_in_a_record_is_columns_too() -> None:
    rows = [
        {"cells": {"who": "Ann", "sum": "5"}, "quote": "q"},
        {"cells": {"who": "Bo", "when": "May"}, "quote": "r"},
    ]
    assert table(rows) == [
        ["who", "sum", "quote", "when"],
        ["Ann", "5", "q", ""],
        ["Bo", "", "r", "May"],
    ]
    pair = {"left": {"key": "a"}, "right": {"key": "b"}, "tags": ["x", 1]}
    assert table([pair]) == [["key", "right.key", "tags"], ["a", "b", '["x", 1]']]


def test_counts_are_a_row_for_each_key() -> None:
    assert table({"bug": 3, "praise": 0}) == [["key", "value"], ["bug", "3"], ["praise", "0"]]
    apart = {"ann": {"bug": 1, "praise": 0}, "bo": {"bug": 0, "praise": 2}}
    assert table(apart) == [["key", "bug", "praise"], ["ann", "1", "0"], ["bo", "0", "2"]]


def test_one_value_is_one_row() -> None:
    assert table("It rained, so we left.", "a.md:1") == [["value"], ["It rained, so we left."]]
    assert table(["a", "b"], None, None) == [["value"], ["a"], ["b"]]
    assert table([]) == [[]]


@given(st.lists(st.fixed_dictionaries({"a": st.text(), "b": st.text()}), min_size=1))
def test_texts_come_back_as_they_were(rows: list[dict[str, str]]) -> None:
    written = as_csv(Answer(rows, ANY, ()))
    assert list(csv.DictReader(io.StringIO(written, newline=""))) == rows
