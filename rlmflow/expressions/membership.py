"""Whether a value is among others: `item.quote not in met.left.quote`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rlmflow.expressions.tree import is_about_item, is_pure
from rlmflow.syntax import ast


def is_constant(expression: ast.Expression) -> bool:
    """Whether an expression has the same value for every item in scope."""
    return is_pure(expression) and not is_about_item(expression)


def is_among(value: object, values: str | Sequence[Any]) -> bool:
    """Whether a plain value is one of others, or stands in a text."""
    if isinstance(values, str):
        return str(value) in values
    return any(each == value for each in values)


class Among:
    """The values, or the text, in which others are looked up: in one step what can be hashed."""

    def __init__(self, values: str | Sequence[Any]) -> None:
        self._hashed: set[Any] = set()
        self._others = values if isinstance(values, str) else [*filter(self._stays, values)]

    def _stays(self, value: object) -> bool:
        """Whether a value must be compared, since it can't be hashed."""
        try:
            self._hashed.add(value)
        except TypeError:
            return True
        return False

    def __contains__(self, value: object) -> bool:
        try:
            if value in self._hashed:
                return True
        except TypeError:
            pass
        return is_among(value, self._others)
