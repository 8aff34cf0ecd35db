"""What a condition on `left` and `right` asks to be equal, so that pairs are looked up."""

from __future__ import annotations

from collections.abc import Iterator

from rlmflow.expressions.tree import SCOPE_NAMES, children
from rlmflow.syntax import ast


def equalities(
    condition: ast.Expression,
) -> Iterator[tuple[ast.Expression, ast.Expression]]:
    """What of `left` is equal to what of `right` wherever the condition holds.

    These are its `==` between the two, alone or joined to the rest by `and`.
    """
    match condition:
        case ast.BinaryOperation(sign="and", left=one, right=other):
            yield from equalities(one)
            yield from equalities(other)
        case ast.BinaryOperation(sign="==", left=one, right=other):
            sides = set(_scoped(one)), set(_scoped(other))
            if sides == ({"left"}, {"right"}):
                yield one, other
            elif sides == ({"right"}, {"left"}):
                yield other, one


def _scoped(expression: ast.Expression) -> Iterator[str]:
    """The names of items that an expression names."""
    if isinstance(expression, ast.Reference) and expression.name in SCOPE_NAMES:
        yield expression.name
    for child in children(expression):
        yield from _scoped(child)
