"""What each pure function does to values, as strategies write it."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from expressions.written import parsed
from hypothesis import given
from hypothesis import strategies as st

from rlmflow.expressions import ExpressionError, compile_expression
from rlmflow.functions import FUNCTIONS
from rlmflow.values import Document, Item, Part, whole_part

DOCUMENT = Document("a.txt", "One.\nTwo.\n")
PART = Part(DOCUMENT.whole.at(5, 9), DOCUMENT.whole)


def value_of(expression: str, item: object = None, **environment: object) -> Any:
    given = item if isinstance(item, Item) else Item(item, "items")
    return compile_expression(parsed(expression), environment)(given, given)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ('len("añ🙂")', 3),
        ("len([1, 2])", 2),
        ("len(counts)", 1),
        ("first([1, 2])", 1),
        ("last([1, 2])", 2),
        ("first([])", None),
        ('lower("ÀB")', "àb"),
        ('upper("ß")', "SS"),
        ("text(1.5)", "1.5"),
        ("text(true)", "true"),
        ("text(none)", "none"),
        ("text(day)", "2024-02-29"),
        ("text([1, 2])", "1\n2"),
        ("text(counts)", "a: 2"),
        ("text(part)", "Two."),
        ('tokens("")', 0),
        ('join(["a", "b"])', "a\nb"),
        ('join(["a", "b"], ", ")', "a, b"),
        ('join([], ", ")', ""),
        ('contains("abc", "bc")', True),
        ('startswith("abc", "bc")', False),
        ('contains(["a", "b", "a"], ["a", "a"])', True),
        ('contains(["a", "b"], ["a", "a"])', False),
        ('contains(["a"], [])', True),
        ('among(["a", "b", "a", "c"], ["a", "c"])', ["a", "a", "c"]),
        ('period(day, "day")', "2024-02-29"),
        ('period(day, "week")', "2024-W09"),
        ('period(day, "month")', "2024-02"),
        ('period(day, "quarter")', "2024-Q1"),
        ('period(day, "year")', "2024"),
        ('format("{}: {}", "a", 1)', "a: 1"),
        ("""format("{\\"a\\": {}}", 1)""", '{"a": 1}'),
        ('diff("a\\nb", "a\\nc")', "--- a\n+++ b\n@@ -1,2 +1,2 @@\n a\n-b\n+c"),
    ],
)
def test_a_function_gives(expression: str, value: object) -> None:
    given = {"counts": {"a": 2}, "day": datetime.date(2024, 2, 29), "part": PART}
    assert value_of(expression, **given) == value


NEAR = st.text(alphabet="ab \n\r\x0b\x85\u2028", max_size=6)


@given(NEAR, NEAR)
def test_a_diff_is_empty_where_texts_are_equal_to_the_last_character(a: str, b: str) -> None:
    assert (value_of("diff(a, b)", a=a, b=b) == "") == (a == b)
    assert value_of("diff(a, a)", a=a) == ""


def test_every_function_has_a_signature_that_begins_with_its_name() -> None:
    for name, function in FUNCTIONS.items():
        assert function.signature.startswith(f"{name}(")
        assert function.doc.endswith(".")


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("1 / 0", "division by zero"),
        ("n * 1.5", "too large"),
        ('match t { "a" => 1 }', "no arm"),
        ("format(t, 1)", "0 `{}` for 1 value"),
        ('period(day, "moon")', '"moon" is no day, week, month, quarter or year'),
    ],
)
def test_an_expression_without_a_value_says_why(expression: str, said: str) -> None:
    with pytest.raises(ExpressionError, match=said) as raised:
        value_of(expression, n=10**400, t="b", day=datetime.date(2024, 1, 1))
    assert raised.value.span.text == expression


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("item.user == me", True),
        ('item.date > "2024-01-31" and "2024-02-01" == item.date', True),
        ('item.tags == ["a"] and "a" in item.tags', True),
        ("item.source", "a.txt:2"),
        ("item.left.user", "them"),
        ("item.left.source", "a.txt:1"),
        ("first(item.group).user", "them"),
        ("item.group.user", ["them"]),
        ("item.group.source", ["a.txt:1"]),
        ("near.user", ["us", "us"]),
        ("item.left", {"user": "them"}),
        ("near.dropped + [1]", ["x", 1]),
        ("none == item.nothing", True),
        ('match item.nothing { none => "no", else => "yes" }', "no"),
        ('match item.left { none => "no", else => "yes" }', "yes"),
        ('match item.tags { none => "no", else => "yes" }', "yes"),
    ],
)
def test_fields_of_items_and_of_items_in_items(expression: str, value: object) -> None:
    other = Item({"user": "them"}, "x", spans=(DOCUMENT.whole.at(0, 4),))
    record = {
        "user": "me",
        "date": datetime.date(2024, 2, 1),
        "tags": [Item("a", "x")],
        "left": other,
        "group": [other],
        "nothing": None,
    }
    item = Item(record, "items", spans=(DOCUMENT.whole.at(5, 9),))
    us = {"user": "us"}
    environment = {"me": Item("me", "me"), "near": [us, us], "near.dropped": [Item("x", "near")]}
    evaluate = compile_expression(parsed(expression), environment)
    assert evaluate(item, None) == value


def test_a_document_has_a_name_a_text_and_a_place() -> None:
    item = Item(PART, "parts", spans=(PART.core,))
    written = "[item.name, item.text, item.source]"
    assert value_of(written, item) == ["a.txt", "Two.", "a.txt:2"]
    whole = Item([whole_part(DOCUMENT)], "list")
    assert value_of("first(docs).source", docs=whole) == "a.txt:1"


def test_left_and_right_are_two_items() -> None:
    evaluate = compile_expression(parsed("left.n < right.n"), {})
    assert evaluate(Item({"n": 1}, "x"), Item({"n": 2}, "x")) is True


def test_a_value_without_items_in_it_is_not_copied() -> None:
    record = {"tags": ["a"]}
    assert value_of("item", record) is record
