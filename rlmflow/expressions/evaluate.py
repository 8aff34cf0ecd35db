"""Expressions as run: compiled once to a closure, then called for each item.

`item` and `left` are an evaluator's first argument, `right` its second. Any other
name is looked up once, when the expression is compiled.
"""

from __future__ import annotations

import datetime
import operator
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from math import isfinite
from typing import Any, TypeAlias, cast

from rlmflow.expressions.membership import Among, is_among, is_constant
from rlmflow.expressions.tree import SCOPE_NAMES, field_path
from rlmflow.functions import FUNCTIONS, FunctionFailed, NoValue
from rlmflow.source import Span
from rlmflow.syntax import ast
from rlmflow.values import Item, Part, place

Environment: TypeAlias = Mapping[str, object]
Evaluator: TypeAlias = Callable[[Item | None, Item | None], Any]
PythonCall: TypeAlias = Callable[[Sequence[object], Mapping[str, object]], object]
"""A call of a Python function, with its plain and its named arguments."""


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
    names; a step's complement is there as `step.dropped`, and a Python function as
    `name()`, a `PythonCall`. The closure takes the items that are in scope (`item`, or
    `left` and `right`), None where there is none. It raises `ExpressionError` alone.
    """
    found = unwrapped(expression, environment)
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


def unwrapped(expression: ast.Expression, environment: Environment) -> Evaluator:
    """An evaluator that never gives an Item."""
    match expression:
        case ast.Reference(name="item" | "left"):
            return lambda left, _: left.value  # type: ignore[union-attr]  # in scope
        case ast.Reference(name="right"):
            return lambda _, right: right.value  # type: ignore[union-attr]  # in scope
        case ast.Reference() | ast.Field() | ast.Match() | ast.Call():
            found = located(expression, environment)

            def value(left: Item | None, right: Item | None) -> object:
                given = found(left, right)
                return given.value if type(given) is Item else given

            return value
        case ast.ListOf(items=items):
            each = [located(item, environment) for item in items]
            return lambda left, right: [one(left, right) for one in each]
        case ast.RecordOf(fields=fields):
            made = {field.name.text: located(field.value, environment) for field in fields}
            return lambda left, right: {name: one(left, right) for name, one in made.items()}
        case ast.UnaryOperation():
            return _unary(expression, environment)
        case ast.BinaryOperation():
            return _binary(expression, environment)
        case _:
            return _always(literal(expression))


def located(expression: ast.Expression, environment: Environment) -> Evaluator:
    """An evaluator that gives an Item, whose place is known, where it can."""
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
            return unwrapped(expression, environment)


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
    path = field_path(expression)
    if path is not None and ".".join(path) in environment:
        return _always(environment[".".join(path)])
    holder = located(expression.value, environment)

    def get(left: Item | None, right: Item | None) -> object:
        return _of(holder(left, right), name)

    if path is not None and path[0] not in SCOPE_NAMES:
        return _always(get(None, None))
    return get


def _of(held: object, name: str) -> object:
    """A field of a value; of a list, that of each of its items."""
    value = held.value if type(held) is Item else held
    if type(value) is list:
        return [_of_each(each, name) for each in value]
    if type(value) is dict and name in value:
        return value[name]
    return _attribute(held, value, name)


def _of_each(held: object, name: str) -> object:
    """The field of an item of a list: an item too, which was made from that item."""
    inner = _of(held, name)
    if not isinstance(held, Item) or isinstance(inner, Item | list):
        return inner
    if isinstance(held.value, Part):
        spans = (held.value.core,) if name == "text" else ()
    else:
        spans = (held.fields[name],) if name in held.fields else ()
    return Item(inner, held.step, held.index, spans, parents=(held,))


def _attribute(held: object, value: object, name: str) -> object:
    """A field that no record holds: of a document, or the place of an item."""
    if isinstance(value, Part) and name != "source":
        return value.text if name == "text" else value.name
    if isinstance(held, Item):
        return held.source or ""
    return place(value.core) if isinstance(value, Part) else ""


def _call(expression: ast.Call, environment: Environment) -> Evaluator:
    if expression.callee.text not in FUNCTIONS:
        return _python_call(expression, environment)
    run = FUNCTIONS[expression.callee.text].run
    found = [unwrapped(argument.value, environment) for argument in expression.arguments]
    if len(found) == 1:
        only = found[0]
        return lambda left, right: run(only(left, right))
    span = expression.span

    def call(left: Item | None, right: Item | None) -> object:
        try:
            return run(*(one(left, right) for one in found))
        except NoValue as error:
            raise ExpressionError(span, str(error)) from None

    return call


def _python_call(expression: ast.Call, environment: Environment) -> Evaluator:
    """A call of a Python function, which stands in the environment as `name()`."""
    run = cast("PythonCall", environment[f"{expression.callee.text}()"])
    span, arguments = expression.span, expression.arguments
    plain = [located(a.value, environment) for a in arguments if a.name is None]
    named = [(a.name.text, located(a.value, environment)) for a in arguments if a.name]

    def call(left: Item | None, right: Item | None) -> object:
        try:
            return run(
                [value(left, right) for value in plain],
                {name: value(left, right) for name, value in named},
            )
        except FunctionFailed as error:
            raise ExpressionError(span, str(error)) from None

    return call


def _match(expression: ast.Match, environment: Environment) -> Evaluator:
    value = unwrapped(expression.value, environment)
    arms, otherwise = compiled_arms(expression, located, environment)
    span = expression.span

    def choose(left: Item | None, right: Item | None) -> object:
        arm = fitting_arm(value(left, right), arms, otherwise)
        if arm is None:
            raise ExpressionError(span, "no arm of `match` fits the value")
        return arm(left, right)

    return choose


def fitting_arm(value: object, arms: Mapping[object, Any], otherwise: Any) -> Any:
    """The arm whose pattern a value is; a record or a list is no pattern."""
    return otherwise if isinstance(value, dict | list) else arms.get(value, otherwise)


def compiled_arms(
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
    value = unwrapped(expression.value, environment)
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
    one = unwrapped(expression.left, environment)
    other = unwrapped(expression.right, environment)
    match expression.sign:
        case "and":
            return lambda left, right: one(left, right) and other(left, right)
        case "or":
            return lambda left, right: one(left, right) or other(left, right)
        case "in":
            return _membership(expression, one, other)
        case "not in":
            found = _membership(expression, one, other)
            return lambda left, right: not found(left, right)
        case "+" | "-" | "*" | "/":
            return _arithmetic(expression, one, other)
        case _:
            return _comparison(expression, one, other)


def _comparison(expression: ast.BinaryOperation, one: Evaluator, other: Evaluator) -> Evaluator:
    compare = _OPERATIONS[expression.sign]
    day_left, day_right = iso_date(expression.left), iso_date(expression.right)
    if day_left is None and day_right is None:
        return lambda left, right: compare(_bare(one(left, right)), _bare(other(left, right)))

    def with_date(left: Item | None, right: Item | None) -> object:
        """A text that is written like a date is one beside a date."""
        a, b = one(left, right), other(left, right)
        if day_left is not None and isinstance(b, datetime.date):
            a = day_left
        if day_right is not None and isinstance(a, datetime.date):
            b = day_right
        return compare(a, b)

    return with_date


def _bare(value: object) -> Any:
    """A list's items without their provenance, which takes no part in a comparison."""
    return plain(value) if type(value) is list else value


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
            return _finite(compute(one(left, right), other(left, right)))
        except ZeroDivisionError:
            raise ExpressionError(span, "division by zero") from None
        except OverflowError:
            raise ExpressionError(span, "the result is too large a number") from None

    return result


def _finite(value: object) -> object:
    if isinstance(value, float) and not isfinite(value):
        raise OverflowError
    return value


def _membership(expression: ast.BinaryOperation, one: Evaluator, other: Evaluator) -> Evaluator:
    if is_constant(expression.right):
        # Looked up for each of many items, a long list would be gone through each time.
        among = cache(lambda: Among(plain(other(None, None))))
        return lambda left, right: one(left, right) in among()
    return lambda left, right: is_among(one(left, right), plain(other(left, right)))
