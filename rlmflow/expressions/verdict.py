"""What a condition comes to for an item: the values of what is computed in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rlmflow.expressions.evaluate import Environment, ExpressionError, compile_expression
from rlmflow.expressions.tree import SCOPE_NAMES, children
from rlmflow.functions import as_text
from rlmflow.syntax import ast
from rlmflow.syntax.inline import format_expression
from rlmflow.values import Item

_LOGIC = ("and", "or")


def compile_verdict(condition: ast.Expression, environment: Environment) -> Callable[[Item], str]:
    """A closure: from an item for which the condition does not hold to what speaks against it.

    That is one line for each value that is computed on a side of a comparison, such as
    `len(item)` is 412. What is written out, and what the item holds, can be seen without
    it; conditions joined by `and` that do hold have no part in it. Empty, where nothing
    is computed.
    """
    if isinstance(condition, ast.BinaryOperation) and condition.sign in _LOGIC:
        sides = (condition.left, condition.right)
        told = [_of_side(side, environment, condition.sign == "or") for side in sides]
        return lambda item: "\n".join(filter(None, (tell(item) for tell in told)))
    values = [(format_expression(e), compile_expression(e, environment)) for e in _sides(condition)]

    def tell(item: Item) -> str:
        lines: list[str] = []
        for written, evaluate in values:
            try:
                value = as_text(evaluate(item, None))
            except ExpressionError as error:
                lines.append(f"`{written}` has no value: {error.message}")
                continue
            lines.append(
                f"`{written}` is:\n{value}" if "\n" in value else f"`{written}` is {value}"
            )
        return "\n".join(dict.fromkeys(lines))

    return tell


def _of_side(side: ast.Expression, environment: Environment, always: bool) -> Callable[[Item], str]:
    """The same for one of several conditions: nothing, where it holds."""
    tell, holds = compile_verdict(side, environment), compile_expression(side, environment)

    def told(item: Item) -> str:
        try:
            return "" if not always and holds(item, None) else tell(item)
        except ExpressionError:
            return tell(item)

    return told


def _sides(condition: ast.Expression) -> Iterator[ast.Expression]:
    match condition:
        case ast.UnaryOperation(sign="not", value=value):
            yield from _sides(value)
        case ast.BinaryOperation(left=left, right=right):
            yield from (side for side in (left, right) if _is_computed(side))
        case _:
            return


def _is_computed(side: ast.Expression) -> bool:
    """Whether a value can't be seen in the condition or in the item."""
    if isinstance(side, ast.Reference):
        return side.name not in SCOPE_NAMES
    if isinstance(side, ast.Field):
        return _is_computed(side.value)
    if isinstance(side, ast.ListOf):
        return any(map(_is_computed, children(side)))
    return isinstance(side, ast.Call | ast.BinaryOperation | ast.Match)
