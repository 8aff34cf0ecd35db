"""Which items the value of an expression is made of."""

from __future__ import annotations

from collections.abc import Iterator

from rlmflow.expressions.evaluate import Environment, literal, unwrapped
from rlmflow.expressions.tree import children, field_path
from rlmflow.syntax import ast
from rlmflow.values import Item


def made_of(expression: ast.Expression, environment: Environment) -> Iterator[Item]:
    """The items that the value of an expression rests on, in order.

    An item that is used twice is there twice. What only decides, such as the value that
    a `match` looks at, is not. Raises `ExpressionError`.
    """
    match expression:
        case ast.Reference(name=name):
            yield from _items(environment.get(name))
        case ast.Field(value=value):
            path = field_path(expression)
            if path is not None and ".".join(path) in environment:
                yield from _items(environment[".".join(path)])
            else:
                yield from made_of(value, environment)
        case ast.Match():
            yield from made_of(_chosen(expression, environment), environment)
        case _:
            for child in children(expression):
                yield from made_of(child, environment)


def _chosen(expression: ast.Match, environment: Environment) -> ast.Expression:
    """The value of the arm that fits; evaluation has failed already where none does."""
    value = unwrapped(expression.value, environment)(None, None)
    patterns = (arm for arm in expression.arms if arm.pattern is not None)
    fitting = (arm.value for arm in patterns if arm.pattern and literal(arm.pattern) == value)
    otherwise = (arm.value for arm in expression.arms if arm.pattern is None)
    return next(fitting, None) or next(otherwise)


def _items(made: object) -> list[Item]:
    if isinstance(made, Item):
        return [made]
    return [item for item in made if isinstance(item, Item)] if isinstance(made, list) else []
