"""What the type checker accepts can be evaluated, and gives a value of its type."""

from __future__ import annotations

import datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rlmflow.compiler import compile_source
from rlmflow.expressions import ExpressionError, compile_expression
from rlmflow.graph.model import Operation
from rlmflow.operators._operator import Argument
from rlmflow.source import Source
from rlmflow.types import (
    BOOL,
    DATE,
    FLOAT,
    INT,
    TEXT,
    DictType,
    EnumType,
    ListType,
    NoneType,
    OptionalType,
    RecordType,
    Type,
)
from rlmflow.values import Item

AROUND = """
type Kind = "letter" | "contract"
type Task {{
  what: text  due: date?  rank: int  share: float  tags: list[text]  kind: Kind  done: bool
}}

strategy s(docs: corpus, n: int, x: float, t: text, d: date, l: list[text], o: int?) -> int {{
  tasks = extract(docs) -> Task "List."
  answer len(merge(tasks, by: {expression}))
}}
"""
PARAMETERS: dict[str, Any] = {
    "n": 3,
    "x": 0.5,
    "t": "contract",
    "d": datetime.date(2024, 12, 31),
    "l": ["a", "letter"],
    "o": None,
}

NUMBERS = st.sampled_from(["n", "x", "0", "2", "1.5", "item.rank", "item.share", "1_000k"])
TEXTS = st.sampled_from(["t", "item.what", '"letter"', "item.source", "item.kind"])
LISTS = st.sampled_from(["l", "item.tags", "[]", '["letter", t]'])
DATES = st.sampled_from(["d", '"2024-01-01"'])


@st.composite
def numbers(draw: st.DrawFn, depth: int) -> str:
    if depth == 0:
        return draw(NUMBERS)
    return draw(
        st.one_of(
            NUMBERS,
            st.tuples(numbers(depth - 1), st.sampled_from("+-*/"), numbers(depth - 1)).map(
                lambda parts: f"({' '.join(parts)})"
            ),
            numbers(depth - 1).map(lambda value: f"-{value}"),
            texts(depth - 1).map(lambda value: f"len({value})"),
            lists(depth - 1).map(lambda value: f"len({value})"),
            st.tuples(booleans(depth - 1), numbers(0)).map(
                lambda p: f"match {p[0]} {{ true => {p[1]}, else => 7 }}"
            ),
        )
    )


@st.composite
def texts(draw: st.DrawFn, depth: int) -> str:
    if depth == 0:
        return draw(TEXTS)
    inner, number, many = texts(depth - 1), numbers(depth - 1), lists(depth - 1)
    return draw(
        st.one_of(
            TEXTS,
            inner.map(lambda value: f"upper({value})"),
            st.tuples(inner, inner).map(lambda p: f"({p[0]} + {p[1]})"),
            st.tuples(inner, inner).map(lambda p: f"diff({p[0]}, {p[1]})"),
            number.map(lambda value: f"text({value})"),
            many.map(lambda value: f'join({value}, ", ")'),
            st.tuples(inner, number).map(lambda p: f'format("{{}}: {{}}", {p[0]}, {p[1]})'),
            st.tuples(inner, inner).map(
                lambda p: f'match item.kind {{ "letter" => {p[0]}, "contract" => {p[1]} }}'
            ),
            many.map(lambda v: f'match first({v}) {{ none => "", else => first({v}) }}'),
        )
    )


@st.composite
def lists(draw: st.DrawFn, depth: int) -> str:
    if depth == 0:
        return draw(LISTS)
    return draw(
        st.one_of(
            LISTS,
            texts(depth - 1).map(lambda value: f"[{value}]"),
            st.tuples(lists(depth - 1), lists(depth - 1)).map(lambda p: f"({p[0]} + {p[1]})"),
        )
    )


@st.composite
def booleans(draw: st.DrawFn, depth: int) -> str:
    if depth == 0:
        return draw(st.sampled_from(["item.done", "true", "item.due == none"]))
    order = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
    inner = booleans(depth - 1)
    return draw(
        st.one_of(
            st.tuples(numbers(depth - 1), order, numbers(depth - 1)).map(" ".join),
            st.tuples(texts(depth - 1), st.just("in"), lists(depth - 1)).map(" ".join),
            st.tuples(texts(depth - 1), st.just("not in"), texts(depth - 1)).map(" ".join),
            st.tuples(lists(depth - 1), st.just("=="), lists(depth - 1)).map(" ".join),
            st.tuples(order, DATES).map(lambda p: f"item.due != none and item.due {p[0]} {p[1]}"),
            st.tuples(order, DATES).map(lambda p: f"item.due == none or {p[1]} {p[0]} item.due"),
            st.tuples(inner, inner).map(lambda p: f"({p[0]}) and not ({p[1]})"),
            st.tuples(inner, inner).map(lambda p: f"({p[0]}) or ({p[1]})"),
            st.tuples(texts(depth - 1), texts(depth - 1)).map(
                lambda p: f"contains({p[0]}, {p[1]})"
            ),
        )
    )


WELL_TYPED = st.one_of(numbers(3), lists(2), booleans(3), texts(3))
LEAVES = st.one_of(NUMBERS, TEXTS, LISTS, DATES, st.sampled_from(["o", "item.due", "none", "item"]))
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "/", "==", "<", "in", "and"]), inner).map(
            lambda parts: f"({' '.join(parts)})"
        ),
        st.tuples(st.sampled_from(["len", "first", "text", "lower", "join"]), inner).map(
            lambda p: f"{p[0]}({p[1]})"
        ),
        st.tuples(inner, inner, inner).map(
            lambda p: f"match {p[0]} {{ none => {p[1]}, 2 => {p[2]}, else => {p[1]} }}"
        ),
    ),
    max_leaves=5,
)
ITEMS = st.builds(
    lambda *values: Item(
        dict(zip(["what", "due", "rank", "share", "tags", "kind", "done"], values, strict=True)),
        "tasks",
    ),
    st.text(max_size=5),
    st.none() | st.dates(),
    st.integers(-5, 10**400),
    st.floats(-1e300, 1e300),
    st.lists(st.text(max_size=3), max_size=3),
    st.sampled_from(["letter", "contract"]),
    st.booleans(),
)


def checked(expression: str) -> tuple[Argument | None, list[str]]:
    """The expression as analysed, and what was found."""
    found = compile_source(Source("s.rlm", AROUND.format(expression=expression)))
    if found.program is None:
        return None, [f"{d.code} {d.message}" for d in found.diagnostics]
    node = found.program.strategies["s"].graph["answer/1"]
    assert isinstance(node, Operation)
    return node.call.arguments["by"], []


def fits_value(value: object, type_: Type) -> bool:
    """Whether a plain value is one of a type."""
    match type_:
        case OptionalType():
            return value is None or fits_value(value, type_.inner)
        case NoneType():
            return value is None
        case ListType():
            return isinstance(value, list) and all(fits_value(v, type_.item) for v in value)
        case DictType():
            return isinstance(value, dict)
        case RecordType():
            return isinstance(value, dict)
        case EnumType():
            return type_.values is None or value in type_.values
    python = {TEXT: str, INT: int, FLOAT: (int, float), BOOL: bool, DATE: datetime.date}
    return type_ not in python or isinstance(value, python[type_])  # type: ignore[index]


def evaluate(argument: Argument, item: Item) -> None:
    environment = {name: Item(value, name) for name, value in PARAMETERS.items()}
    try:
        value = compile_expression(argument.written, environment)(item, None)
    except ExpressionError:
        return
    assert fits_value(value, argument.type), (value, argument.type)


@settings(max_examples=100, deadline=None)
@given(WELL_TYPED, ITEMS)
def test_a_well_typed_expression_is_accepted_and_has_a_value_of_its_type(
    expression: str, item: Item
) -> None:
    argument, found = checked(expression)
    assert argument is not None, (expression, found)
    evaluate(argument, item)


@settings(max_examples=150, deadline=None)
@given(ANYTHING, ITEMS)
def test_whatever_is_accepted_can_be_evaluated(expression: str, item: Item) -> None:
    argument, _ = checked(expression)
    if argument is not None:
        evaluate(argument, item)
