"""Whether a value is among others: `item.quote not in met.left.quote`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from rlmflow.expressions.tree import SCOPE_NAMES, children, is_pure
from rlmflow.syntax import ast


def is_constant(expression: ast.Expression) -> bool:
    """Whether an expression has the same value for every item in scope."""
    return is_pure(expression) and not _names_item(expression)


def _names_item(expression: ast.Expression) -> bool:
    if isinstance(expression, ast.Reference):
        return expression.name in SCOPE_NAMES
    return any(map(_names_item, children(expression)))


class Among:
    """The values that others are looked up among, each in one step where it can be hashed.

    `values`: a text, of which a part may be asked for, or plain values.
    """

    def __init__(self, values: str | Iterable[Any]) -> None:
        self._text = values if isinstance(values, str) else None
        self._hashed: set[Any] = set()
        self._others: list[Any] = []
        for value in () if isinstance(values, str) else values:
            try:
                self._hashed.add(value)
            except TypeError:
                self._others.append(value)

    def __contains__(self, value: object) -> bool:
        if self._text is not None:
            return str(value) in self._text
        try:
            if value in self._hashed:
                return True
        except TypeError:
            pass
        return any(each == value for each in self._others)


def once(make: Callable[[], Among]) -> Callable[[], Among]:
    """What is made when it is first needed, and kept."""
    made: list[Among] = []

    def kept() -> Among:
        if not made:
            made.append(make())
        return made[0]

    return kept
