"""What an expression is made of."""

from __future__ import annotations

from collections.abc import Iterator

from rlmflow.functions import FUNCTIONS
from rlmflow.syntax import ast

SCOPE_NAMES = ("item", "left", "right")


def references(expression: ast.Expression) -> Iterator[str]:
    """The parameters and steps that an expression names, in order, with repetitions."""
    if isinstance(expression, ast.Reference):
        if expression.name not in SCOPE_NAMES:
            yield expression.name
        return
    for child in children(expression):
        yield from references(child)


def python_calls(expression: ast.Expression) -> Iterator[str]:
    """The Python functions that an expression calls, by their names in its file."""
    if isinstance(expression, ast.Call) and expression.callee.text not in FUNCTIONS:
        yield expression.callee.text
    for child in children(expression):
        yield from python_calls(child)


def field_path(expression: ast.Expression) -> tuple[str, str] | None:
    """The name that a chain of fields begins at, and the chain: `pairs` and `dropped.left`."""
    names: list[str] = []
    while isinstance(expression, ast.Field):
        names.insert(0, expression.name.text)
        expression = expression.value
    if not names or not isinstance(expression, ast.Reference):
        return None
    return expression.name, ".".join(names)


def is_about_item(expression: ast.Expression) -> bool:
    """Whether an expression names an item that is in scope."""
    if isinstance(expression, ast.Reference):
        return expression.name in SCOPE_NAMES
    return any(map(is_about_item, children(expression)))


def is_pure(expression: ast.Expression) -> bool:
    """Whether no operator and no strategy is called: written twice, its value is the same."""
    if isinstance(expression, ast.Call) and expression.callee.text not in FUNCTIONS:
        return False
    return all(map(is_pure, children(expression)))


def children(expression: ast.Expression) -> Iterator[ast.Expression]:
    """The expressions that an expression is directly made of."""
    match expression:
        case ast.ListOf(items=items):
            yield from items
        case ast.RecordOf(fields=fields):
            yield from (field.value for field in fields)
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
