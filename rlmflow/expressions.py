"""Expressions as run: compiled once to a closure, then called for each item.

`item` and `left` are an evaluator's first argument, `right` its second. Any other
name is looked up once, when the expression is compiled.
"""

from __future__ import annotations

import datetime
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeAlias

from rlmflow.functions import FUNCTIONS, UnevenTemplate
from rlmflow.source import Span
from rlmflow.syntax import ast
from rlmflow.values import Item, Part, place

Environment: TypeAlias = Mapping[str, object]
Evaluator: TypeAlias = Callable[[Item | None, Item | None], Any]

SCOPE_NAMES = ("item", "left", "right")


class ExpressionError(Exception):
    """An expression that has no value for this item: a division by zero, a number that
    is too large, a `match` without a fitting arm, a template that does not fit its values.
    """

    def __init__(self, span: Span, message: str) -> None:
        super().__init__(f"{span.place}: {message}")
        self.span = span
        self.message = message


def compile_expression(expression: ast.Expression, environment: Environment) -> Evaluator:
    """A closure that evaluates a checked expression to a plain value.

    `environment` has the plain value of each parameter and step that the expression
    names; a step's complement is there as `step.dropped`. The closure takes the items
    that are in scope (`item`, or `left` and `right`), None where there is none.
    It raises `ExpressionError` alone.
    """
    found = _plain(expression, environment)
    return lambda left, right: plain(found(left, right))


def plain(value: object) -> Any:
    """A value without the provenance of what it is made of; the same one if it has none."""
    if isinstance(value, Item):
        return plain(value.value)
    if isinstance(value, list):
        items = [plain(inner) for inner in value]
        return value if all(map(operator.is_, items, value)) else items
    if isinstance(value, dict):
        fields = {key: plain(inner) for key, inner in value.items()}
        return value if all(map(operator.is_, fields.values(), value.values())) else fields
    return value


def references(expression: ast.Expression) -> Iterator[str]:
    """The parameters and steps that an expression names, in order, with repetitions."""
    if isinstance(expression, ast.Reference):
        if expression.name not in SCOPE_NAMES:
            yield expression.name
        return
    for child in children(expression):
        yield from references(child)


def children(expression: ast.Expression) -> Iterator[ast.Expression]:
    """The expressions that an expression is directly made of."""
    match expression:
        case ast.ListOf(items=items):
            yield from items
        case ast.Field(value=value) | ast.UnaryOperation(value=value):
            yield value
        case ast.BinaryOperation(left=left, right=right):
            yield left
            yield right
        case ast.Call(arguments=arguments):
            yield from (argument.value for argument in arguments)
        case ast.Match(value=value, arms=arms):
            yield value
            yield from (arm.value for arm in arms)


# Values. A `located` evaluator may give an Item, whose place is still known; a `plain`
# one gives its value.


def _plain(expression: ast.Expression, environment: Environment) -> Evaluator:
    """An evaluator that never gives an Item."""
    match expression:
        case ast.Reference(name="item" | "left"):
            return lambda left, _: left.value  # type: ignore[union-attr]  # in scope
        case ast.Reference(name="right"):
            return lambda _, right: right.value  # type: ignore[union-attr]  # in scope
        case ast.Reference() | ast.Field() | ast.Match() | ast.Call():
            located = _located(expression, environment)

            def unwrapped(left: Item | None, right: Item | None) -> object:
                value = located(left, right)
                return value.value if type(value) is Item else value

            return unwrapped
        case ast.ListOf(items=items):
            found = [_located(item, environment) for item in items]
            return lambda left, right: [one(left, right) for one in found]
        case ast.UnaryOperation():
            return _unary(expression, environment)
        case ast.BinaryOperation():
            return _binary(expression, environment)
        case _:
            return _always(literal(expression))


def _located(expression: ast.Expression, environment: Environment) -> Evaluator:
    match expression:
        case ast.Reference(name="item" | "left"):
            return lambda left, _: left
        case ast.Reference(name="right"):
            return lambda _, right: right
        case ast.Reference(name=name):
            return _always(environment[name])
        case ast.Field():
            return _field(expression, environment)
        case ast.Call():
            return _call(expression, environment)
        case ast.Match():
            return _match(expression, environment)
        case _:
            return _plain(expression, environment)


def _always(value: object) -> Evaluator:
    return lambda *_: value


def literal(expression: ast.Expression) -> Any:
    """The value of a literal that is no list."""
    match expression:
        case ast.Text(value=text):
            return text
        case ast.Number(value=number):
            return float(number) if isinstance(number, Decimal) else number
        case ast.Truth(value=truth):
            return truth
        case ast.Nothing():
            return None
        case _:
            raise AssertionError(f"no literal: {expression!r}")


def _field(expression: ast.Field, environment: Environment) -> Evaluator:
    name = expression.name.text
    if isinstance(expression.value, ast.Reference):
        step = f"{expression.value.name}.{name}"
        if step in environment:
            return _always(environment[step])
    holder = _located(expression.value, environment)

    def get(left: Item | None, right: Item | None) -> object:
        held = holder(left, right)
        value = held.value if type(held) is Item else held
        if type(value) is dict and name in value:
            return value[name]
        return _attribute(held, value, name)

    return get


def _attribute(held: object, value: object, name: str) -> object:
    """A field that no record holds: of a document, or the place of an item."""
    if isinstance(value, Part) and name != "source":
        return value.text if name == "text" else value.name
    if isinstance(held, Item):
        return held.source or ""
    return place(value.core) if isinstance(value, Part) else ""


def _call(expression: ast.Call, environment: Environment) -> Evaluator:
    run = FUNCTIONS[expression.callee.text].run
    found = [_plain(argument.value, environment) for argument in expression.arguments]
    if len(found) == 1:
        only = found[0]
        return lambda left, right: run(only(left, right))
    span = expression.span

    def call(left: Item | None, right: Item | None) -> object:
        try:
            return run(*(one(left, right) for one in found))
        except UnevenTemplate as error:
            raise ExpressionError(span, str(error)) from None

    return call


def _match(expression: ast.Match, environment: Environment) -> Evaluator:
    value = _plain(expression.value, environment)
    arms, otherwise = _arms(expression, _located, environment)
    span = expression.span

    def choose(left: Item | None, right: Item | None) -> object:
        arm = arms.get(value(left, right), otherwise)
        if arm is None:
            raise ExpressionError(span, "no arm of `match` fits the value")
        return arm(left, right)

    return choose


def _arms(
    expression: ast.Match,
    compiled: Callable[[ast.Expression, Environment], Any],
    environment: Environment,
) -> tuple[dict[object, Any], Any]:
    """The compiled arms by pattern, and that of `else`. The first of equal patterns counts."""
    arms: dict[object, Any] = {}
    otherwise = None
    for arm in expression.arms:
        if arm.pattern is None:
            otherwise = compiled(arm.value, environment)
        else:
            arms.setdefault(literal(arm.pattern), compiled(arm.value, environment))
    return arms, otherwise


def _unary(expression: ast.UnaryOperation, environment: Environment) -> Evaluator:
    value = _plain(expression.value, environment)
    if expression.sign == "not":
        return lambda left, right: not value(left, right)
    return lambda left, right: -value(left, right)


_OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


def _binary(expression: ast.BinaryOperation, environment: Environment) -> Evaluator:
    one = _plain(expression.left, environment)
    other = _plain(expression.right, environment)
    match expression.sign:
        case "and":
            return lambda left, right: one(left, right) and other(left, right)
        case "or":
            return lambda left, right: one(left, right) or other(left, right)
        case "in":
            return lambda left, right: _among(one(left, right), other(left, right))
        case "not in":
            return lambda left, right: not _among(one(left, right), other(left, right))
        case "+" | "-" | "*" | "/":
            return _arithmetic(expression, one, other)
        case _:
            return _comparison(expression, one, other)


def _comparison(expression: ast.BinaryOperation, one: Evaluator, other: Evaluator) -> Evaluator:
    compare = _OPERATIONS[expression.sign]
    day_left, day_right = iso_date(expression.left), iso_date(expression.right)
    if day_left is None and day_right is None:
        return lambda left, right: compare(one(left, right), other(left, right))

    def with_date(left: Item | None, right: Item | None) -> object:
        """A text that is written like a date is one beside a date."""
        a, b = one(left, right), other(left, right)
        if day_left is not None and isinstance(b, datetime.date):
            a = day_left
        if day_right is not None and isinstance(a, datetime.date):
            b = day_right
        return compare(a, b)

    return with_date


def iso_date(expression: ast.Expression) -> datetime.date | None:
    """The date that a literal text such as "2024-12-31" is, None if it is none."""
    if not isinstance(expression, ast.Text) or len(expression.value) != 10:
        return None
    try:
        return datetime.date.fromisoformat(expression.value)
    except ValueError:
        return None


def _arithmetic(expression: ast.BinaryOperation, one: Evaluator, other: Evaluator) -> Evaluator:
    compute, span = _OPERATIONS[expression.sign], expression.span

    def result(left: Item | None, right: Item | None) -> object:
        try:
            return compute(one(left, right), other(left, right))
        except ZeroDivisionError:
            raise ExpressionError(span, "division by zero") from None
        except OverflowError:
            raise ExpressionError(span, "the result is too large a number") from None

    return result


def _among(value: object, values: Any) -> bool:
    if isinstance(values, str):
        return str(value) in values
    return any(plain(each) == value for each in values)


# What the model sees of an item


def compile_shown(
    expression: ast.Expression, environment: Environment
) -> Callable[[Item], tuple[Span, ...]]:
    """A closure: from an item to the input spans that the value of `show: expression` shows.

    Only `item`, its fields, and what functions that keep text, `+` and lists make of
    them show input; anything else shows none.
    """
    match expression:
        case ast.Reference(name="item"):
            return _item_spans
        case ast.Field():
            return _field_spans(expression, environment)
        case ast.ListOf(items=items):
            return _all_spans(items, environment)
        case ast.BinaryOperation(sign="+", left=left, right=right):
            return _all_spans((left, right), environment)
        case ast.Call() if shows_arguments(expression):
            return _all_spans([a.value for a in expression.arguments], environment)
        case ast.Match():
            return _chosen_spans(expression, environment)
        case _:
            return lambda _: ()


def shows_arguments(call: ast.Call) -> bool:
    """Whether the text of a function's arguments stands in its result as it was."""
    function = FUNCTIONS[call.callee.text]
    # A template whose places are unknown may show an argument twice, or not at all.
    literal_template = function.most is not None or isinstance(call.arguments[0].value, ast.Text)
    return function.keeps and function.same_text and literal_template


def _item_spans(item: Item) -> tuple[Span, ...]:
    if isinstance(item.value, dict):
        names: list[str] = list(item.value)
        return tuple(span for name in names for span in _spans_of_field(item, name))
    return item.spans


def _spans_of_field(item: Item, name: str) -> tuple[Span, ...]:
    if name in item.fields:
        return (item.fields[name],)
    if isinstance(item.value, Part):
        return item.spans if name == "text" else ()
    value = item.value.get(name) if isinstance(item.value, dict) else None
    return _item_spans(value) if isinstance(value, Item) else ()


def _field_spans(
    expression: ast.Field, environment: Environment
) -> Callable[[Item], tuple[Span, ...]]:
    if not _begins_at_item(expression):
        return lambda _: ()
    holder, name = _located(expression.value, environment), expression.name.text

    def spans(item: Item) -> tuple[Span, ...]:
        held = holder(item, None)
        return _spans_of_field(held, name) if isinstance(held, Item) else ()

    return spans


def _begins_at_item(expression: ast.Expression) -> bool:
    """Whether a chain of fields begins at the item in scope."""
    while isinstance(expression, ast.Field):
        expression = expression.value
    return isinstance(expression, ast.Reference) and expression.name == "item"


def _all_spans(
    expressions: Sequence[ast.Expression], environment: Environment
) -> Callable[[Item], tuple[Span, ...]]:
    found = [compile_shown(one, environment) for one in expressions]
    return lambda item: tuple(dict.fromkeys(span for one in found for span in one(item)))


def _chosen_spans(
    expression: ast.Match, environment: Environment
) -> Callable[[Item], tuple[Span, ...]]:
    value = _plain(expression.value, environment)
    arms, otherwise = _arms(expression, compile_shown, environment)

    def spans(item: Item) -> tuple[Span, ...]:
        arm = arms.get(value(item, None), otherwise)
        return arm(item) if arm else ()

    return spans
