"""What may be typed after `--set`."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from rlmflow.cli._arguments import pairs
from rlmflow.cli._screen import BadInput
from rlmflow.cli._values import parse_value
from rlmflow.diagnostics.model import StrategyError
from rlmflow.types import (
    BOOL,
    DATE,
    FLOAT,
    INT,
    TEXT,
    DictType,
    EnumType,
    FieldType,
    ListType,
    OptionalType,
    RecordType,
    Type,
)

KIND = EnumType("Kind", ("a", "b"))
LINE = RecordType("Line", (FieldType("user", TEXT), FieldType("at", OptionalType(DATE))))


@pytest.mark.parametrize(
    ("written", "type_", "value"),
    [
        ("3", TEXT, "3"),
        ("none", TEXT, "none"),
        ("none", OptionalType(TEXT), None),
        ("a=b", OptionalType(TEXT), "a=b"),
        ("3", INT, 3),
        ("0.5", FLOAT, 0.5),
        ("2", FLOAT, 2.0),
        ("true", BOOL, True),
        ("2025-01-31", DATE, date(2025, 1, 31)),
        ("b", KIND, "b"),
        ('["x", "y"]', ListType(TEXT), ["x", "y"]),
        ('{"x": 1}', DictType(TEXT, INT), {"x": 1}),
        ('{"user": "u"}', LINE, {"user": "u", "at": None}),
    ],
)
def test_a_value_is_read_as_its_type_says(written: str, type_: Type, value: object) -> None:
    assert parse_value("x", written, type_) == value


@pytest.mark.parametrize(
    ("written", "type_", "hint"),
    [
        ("x", INT, "give a whole number such as 3"),
        ("1.5", INT, "give a whole number such as 3"),
        ("yes", BOOL, "give `true` or `false`"),
        ("yesterday", DATE, "give a date such as 2025-01-31"),
        ("c", KIND, None),
        ("x, y", ListType(TEXT), """give a JSON list such as '["yes", "no"]'"""),
        ("[1]", ListType(TEXT), """give a JSON list such as '["yes", "no"]'"""),
    ],
)
def test_a_value_that_does_not_fit(written: str, type_: Type, hint: str | None) -> None:
    with pytest.raises(StrategyError) as refused:
        parse_value("x", written, type_)
    (finding,) = refused.value.diagnostics
    assert finding.code == "RF605"
    assert finding.message.startswith(f"`x` must be of type {type_}, and is `{written}`: ")
    assert "\n" not in finding.message
    assert finding.hint == hint


def test_a_value_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "question.txt"
    file.write_text("Who pays?\n")
    assert parse_value("x", f"@{file}", TEXT) == "Who pays?"
    with pytest.raises(StrategyError, match="can't be read from"):
        parse_value("x", f"@{tmp_path}/none.txt", TEXT)


def test_pairs() -> None:
    assert pairs("--set", ["a=1", "b=x=y", "c="]) == {"a": "1", "b": "x=y", "c": ""}


@pytest.mark.parametrize("written", [["a"], ["=1"], ["a=1", "a=2"]])
def test_pairs_that_are_none(written: list[str]) -> None:
    with pytest.raises(BadInput, match="--set"):
        pairs("--set", written)
