"""The type of every expression."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from rlmflow.analysis.calls import infer_call
from rlmflow.analysis.context import Context, Typed
from rlmflow.analysis.fields import infer_field
from rlmflow.analysis.matches import infer_match
from rlmflow.analysis.operations import infer_binary, infer_unary
from rlmflow.diagnostics import codes
from rlmflow.diagnostics.model import Diagnostic
from rlmflow.diagnostics.suggest import suggest
from rlmflow.expressions import SCOPE_NAMES
from rlmflow.strategy_file import is_yaml
from rlmflow.syntax import ast
from rlmflow.types import (
    ANY,
    BOOL,
    FLOAT,
    INT,
    NEVER,
    NONE,
    TEXT,
    ListType,
    RecordType,
    Type,
    joined,
)


def infer(expression: ast.Expression, context: Context) -> Typed:
    """The type of an expression; its operator and strategy calls become nodes.

    Reports what is wrong. What is wrong has the type that fits everything.
    """
    match expression:
        case ast.Reference():
            typed = _reference(expression, context)
        case ast.Field():
            typed = infer_field(expression, context)
        case ast.Call():
            typed = infer_call(expression, context)
        case ast.Match():
            typed = infer_match(expression, context)
        case ast.BinaryOperation():
            typed = infer_binary(expression, context)
        case ast.UnaryOperation():
            typed = infer_unary(expression, context)
        case ast.ListOf():
            typed = _list(expression, context)
        case _:
            typed = Typed(expression, _literal(expression, context))
    if context.narrowed and expression in context.narrowed:
        return Typed(typed.expression, typed.type.required)
    return typed


def _literal(expression: ast.Expression, context: Context) -> Type:
    match expression:
        case ast.Text():
            return TEXT
        case ast.Number(value=value):
            return FLOAT if isinstance(value, Decimal) else INT
        case ast.Truth():
            return BOOL
        case ast.Nothing():
            return NONE
        case ast.Quantity():
            context.report(
                codes.NEEDLESS_UNIT.at(
                    expression.span,
                    f"`{expression.span.text}` has a unit, and a plain number belongs here",
                    hint=f"leave out `{expression.unit}`",
                )
            )
    return ANY


def _list(expression: ast.ListOf, context: Context) -> Typed:
    items = [context.typed(item) for item in expression.items]
    item_type: Type = items[0].type if items else NEVER
    for item, typed in zip(expression.items[1:], items[1:], strict=True):
        both = joined(item_type, typed.type)
        if both is None:
            message = (
                f"a list has items of one type, but these are `{item_type}` and `{typed.type}`"
            )
            context.report(codes.TYPE_MISMATCH.at(item.span, message))
            item_type = ANY
            break
        item_type = both
    inner = tuple(item.expression for item in items)
    return Typed(replace(expression, items=inner), ListType(item_type))


def _reference(expression: ast.Reference, context: Context) -> Typed:
    name = expression.name
    if name in context.scope:
        return Typed(expression, context.scope[name])
    known = context.names.known.get(name)
    if known is None and name in SCOPE_NAMES:
        context.report(_outside_scope(expression, context))
        return Typed(expression, ANY)
    if known is None:
        _report_unknown(expression, context)
        return Typed(ast.Broken(span=expression.span), ANY)
    context.names.used.add(name)
    return Typed(expression, known.type)


def _outside_scope(expression: ast.Reference, context: Context) -> Diagnostic:
    name = expression.name
    if context.scope:
        open_here = " and ".join(f"`{each}`" for each in context.scope)
        return codes.OUTSIDE_SCOPE.at(
            expression.span,
            f"`{name}` is not known here",
            hint=f"what is known here is {open_here}",
        )
    return codes.OUTSIDE_SCOPE.at(
        expression.span,
        f"`{name}` is known only where an expression is about each item",
        hint="such places are `where:`, `by:` and `show:`",
    )


def _report_unknown(expression: ast.Reference, context: Context) -> None:
    name = expression.name
    later = context.names.later.get(name)
    if later is not None:
        line, _ = later.source.line_column(later.start)
        message = f"`{name}` is used before it is made"
        moved = f"it is made in line {line}; move it up"
        context.report(codes.UNKNOWN_NAME.at(expression.span, message, hint=moved))
        context.names.used.add(name)
        return
    if context.module.excuses(name):
        return
    meant = suggest(name, [*context.names.known, *context.scope])
    hint = f"did you mean `{meant}`?" if meant else _instead(name, context)
    context.report(codes.UNKNOWN_NAME.at(expression.span, f"there is no `{name}` here", hint=hint))
    if meant:
        context.names.used.add(meant)


def _instead(name: str, context: Context) -> str | None:
    """What an author may have wanted who names something that is no value."""
    for scope, type_ in context.scope.items():
        if isinstance(type_, RecordType) and type_.field(name):
            return f"a field of the item is written `{scope}.{name}`"
    if name in context.module.names:
        return f"`{name}` is a type, a strategy or a function; a value is needed here"
    if is_yaml(context.module.source):
        return f"YAML takes the quotes of a text away; it has quotes of its own: `'\"{name}\"'`"
    return None
