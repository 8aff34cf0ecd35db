"""Operators between values: comparison, logic, arithmetic; and what a test for `none` tells."""

from __future__ import annotations

from dataclasses import replace

from rlmflow.analysis.context import Context, Typed
from rlmflow.analysis.fitting import mismatch, not_a_choice, untested
from rlmflow.diagnostics import codes
from rlmflow.diagnostics.model import Diagnostic
from rlmflow.expressions import is_pure, iso_date
from rlmflow.syntax import ast
from rlmflow.types import (
    ANY,
    BOOL,
    DATE,
    FLOAT,
    INT,
    TEXT,
    AnyType,
    DictType,
    DocumentType,
    EnumType,
    ListType,
    NoneType,
    OptionalType,
    Type,
    fits,
    has_equality,
    has_order,
    joined,
)


def infer_unary(expression: ast.UnaryOperation, context: Context) -> Typed:
    value = context.typed(expression.value)
    made = replace(expression, value=value.expression)
    if expression.sign == "not":
        _want(BOOL, expression.value, value.type, "`not`", context)
        return Typed(made, BOOL)
    _want(FLOAT, expression.value, value.type, "`-`", context)
    return Typed(made, value.type if value.type in (INT, FLOAT) else ANY)


def _want(
    wanted: Type, expression: ast.Expression, given: Type, what: str, context: Context
) -> None:
    if not fits(given, wanted):
        context.report(mismatch(expression, given, wanted, what))


def infer_binary(expression: ast.BinaryOperation, context: Context) -> Typed:
    left = context.typed(expression.left)
    reached = expression.sign == "and"
    decides = expression.sign in ("and", "or")
    inner = context.knowing(not_none(expression.left, reached)) if decides else context
    right = inner.typed(expression.right)
    made = replace(expression, left=left.expression, right=right.expression)
    match expression.sign:
        case "and" | "or":
            what = f"`{expression.sign}`"
            _want(BOOL, expression.left, left.type, what, context)
            _want(BOOL, expression.right, right.type, what, context)
            return Typed(made, BOOL)
        case "in" | "not in":
            _check_in(expression, left.type, right.type, context)
            return Typed(made, BOOL)
        case "+" | "-" | "*" | "/":
            return Typed(made, _arithmetic(expression, left.type, right.type, context))
        case _:
            _check_comparison(expression, left.type, right.type, context)
            return Typed(made, BOOL)


# What a test for `none` tells


def not_none(condition: ast.Expression, holds: bool) -> frozenset[ast.Expression]:
    """The expressions that can't be `none` where a condition holds (or does not)."""
    match condition:
        case ast.UnaryOperation(sign="not", value=value):
            return not_none(value, not holds)
        case ast.BinaryOperation(sign="and" | "or" as sign, left=left, right=right):
            if (sign == "and") == holds:
                return not_none(left, holds) | not_none(right, holds)
        case ast.BinaryOperation(sign="!=" | "==" as sign, left=left, right=right):
            tested = left if isinstance(right, ast.Nothing) else right
            other = right if tested is left else left
            if (sign == "!=") == holds and isinstance(other, ast.Nothing) and is_pure(tested):
                return frozenset([tested])
    return frozenset()


# Comparison


def _check_comparison(
    expression: ast.BinaryOperation, left: Type, right: Type, context: Context
) -> None:
    ordered = expression.sign not in ("==", "!=")
    if not ordered and (isinstance(left, NoneType) or isinstance(right, NoneType)):
        return
    if _report_untested(expression, left, right, context):
        return
    if _is_date_text(expression, left, right):
        return
    literal = _wrong_choice(expression, left, right)
    if literal:
        context.report(literal)
    elif not _comparable(left, right):
        hint = _document_hint(left, right)
        message = f"`{left}` and `{right}` can't be compared"
        context.report(codes.TYPE_MISMATCH.at(expression.span, message, hint=hint))
    elif ordered and not (has_order(left) and has_order(right)):
        unordered = right if has_order(left) else left
        message = f"`{unordered}` has no order, so `{expression.sign}` can't compare it"
        context.report(codes.TYPE_MISMATCH.at(expression.span, message))


def _report_untested(
    expression: ast.BinaryOperation, left: Type, right: Type, context: Context
) -> bool:
    sides = ((expression.left, left), (expression.right, right))
    optional = [(side, type_) for side, type_ in sides if isinstance(type_, OptionalType)]
    for side, type_ in optional:
        context.report(untested(side, type_))
    return bool(optional)


def _is_date_text(expression: ast.BinaryOperation, left: Type, right: Type) -> bool:
    """Whether a date is compared with a text that is written like one."""
    return (left == DATE and iso_date(expression.right) is not None) or (
        right == DATE and iso_date(expression.left) is not None
    )


def _wrong_choice(expression: ast.BinaryOperation, left: Type, right: Type) -> Diagnostic | None:
    for literal, other in ((expression.right, left), (expression.left, right)):
        if isinstance(literal, ast.Text) and isinstance(other, EnumType) and other.values:
            return not_a_choice(literal, other.values, other)
    return None


def _comparable(left: Type, right: Type) -> bool:
    if isinstance(left, AnyType) or isinstance(right, AnyType):
        return True
    if fits(left, FLOAT) and fits(right, FLOAT):
        return True
    both = joined(left, right)
    return both is not None and has_equality(left) and has_equality(right)


def _document_hint(left: Type, right: Type) -> str | None:
    if isinstance(left, DocumentType) or isinstance(right, DocumentType):
        return "compare a document's text: `.text`"
    if DATE in (left, right) and TEXT in (left, right):
        return 'write a date as "2024-12-31"'
    return None


def _check_in(expression: ast.BinaryOperation, left: Type, right: Type, context: Context) -> None:
    if _report_untested(expression, left, right, context):
        return
    match right:
        case AnyType():
            return
        case ListType(item=item) | DictType(key=item):
            _check_member(expression, left, item.required, context)
        case _ if fits(right, TEXT):
            _want(TEXT, expression.left, left, "`in` with a text", context)
        case _:
            wanted = "a list, a dict or a text"
            context.report(mismatch(expression.right, right, wanted, f"`{expression.sign}`"))


def _check_member(
    expression: ast.BinaryOperation, left: Type, item: Type, context: Context
) -> None:
    if isinstance(expression.right, ast.ListOf) and isinstance(left, EnumType) and left.values:
        for text in expression.right.items:
            finding = not_a_choice(text, left.values, left) if isinstance(text, ast.Text) else None
            if finding:
                context.report(finding)
        return
    if not _comparable(left, item):
        message = f"`{left}` can't be among items of type `{item}`"
        context.report(codes.TYPE_MISMATCH.at(expression.span, message))


# Arithmetic


def _arithmetic(expression: ast.BinaryOperation, left: Type, right: Type, context: Context) -> Type:
    if _report_untested(expression, left, right, context):
        return ANY
    result = _sum(left, right) if expression.sign == "+" else None
    if result is None and fits(left, FLOAT) and fits(right, FLOAT):
        result = _number(expression.sign, left, right)
    if result is None:
        _report_arithmetic(expression, left, right, context)
    return result or ANY


def _sum(left: Type, right: Type) -> Type | None:
    if isinstance(left, AnyType) or isinstance(right, AnyType):
        return ANY
    if fits(left, TEXT) and fits(right, TEXT):
        return TEXT
    if isinstance(left, ListType) and isinstance(right, ListType):
        item = joined(left.item, right.item)
        return ListType(item) if item else None
    return None


def _number(sign: str, left: Type, right: Type) -> Type:
    if isinstance(left, AnyType) or isinstance(right, AnyType):
        return ANY
    return INT if sign != "/" and left == right == INT else FLOAT


def _report_arithmetic(
    expression: ast.BinaryOperation, left: Type, right: Type, context: Context
) -> None:
    takes = "numbers, texts or lists" if expression.sign == "+" else "numbers"
    hint = "`text(…)` makes a text of any value" if expression.sign == "+" else None
    message = f"`{expression.sign}` takes {takes}, but these are `{left}` and `{right}`"
    context.report(codes.TYPE_MISMATCH.at(expression.span, message, hint=hint))
