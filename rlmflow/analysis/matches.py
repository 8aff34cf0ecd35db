"""`match`: whether its patterns fit, whether they meet every value, what it gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from rlmflow.analysis.context import Context, Typed
from rlmflow.analysis.fitting import not_a_choice
from rlmflow.diagnostics import codes
from rlmflow.diagnostics.model import Note
from rlmflow.expressions import is_pure
from rlmflow.graph.model import Choice, Graph
from rlmflow.syntax import ast
from rlmflow.types import (
    ANY,
    BOOL,
    FLOAT,
    TEXT,
    AnyType,
    EnumType,
    NoneType,
    OptionalType,
    Type,
    fits,
    joined,
)


def infer_match(expression: ast.Match, context: Context) -> Typed:
    """The type of a `match`. Where an arm calls a model, the whole becomes a node."""
    value = replace(context, named=False).typed(expression.value)
    _check_patterns(expression, value.type, context)
    _check_exhaustive(expression, value.type, context)
    if context.block is not None and not all(is_pure(arm.value) for arm in expression.arms):
        return _choice(expression, value.expression, context)
    return _pure(expression, value.expression, context)


def _pure(expression: ast.Match, value: ast.Expression, context: Context) -> Typed:
    typed = [_in_arm(arm, expression, context).typed(arm.value) for arm in expression.arms]
    arms = tuple(
        replace(arm, value=one.expression) for arm, one in zip(expression.arms, typed, strict=True)
    )
    made = replace(expression, value=value, arms=arms)
    return Typed(made, _joined_arms(expression, [one.type for one in typed], context))


def _choice(expression: ast.Match, value: ast.Expression, context: Context) -> Typed:
    assert context.block is not None
    block = context.block
    name = block.name(context.outer, context.named)
    graphs: list[Graph] = []
    for arm in expression.arms:
        inner = block.inner()
        around = replace(_in_arm(arm, expression, context), block=inner, named=False)
        typed = around.typed(arm.value)
        graphs.append(inner.graph(typed.expression, typed.type))
    type_ = _joined_arms(expression, [graph.result_type for graph in graphs], context)
    paired = list(zip(expression.arms, graphs, strict=True))
    arms = tuple((pattern_value(a.pattern), g) for a, g in paired if a.pattern is not None)
    otherwise = next((graph for arm, graph in paired if arm.pattern is None), None)
    block.add(Choice(name, type_, expression.span, value, arms, otherwise))
    return Typed(ast.Reference(name, span=expression.span), type_)


def _in_arm(arm: ast.Arm, match: ast.Match, context: Context) -> Context:
    """What an arm knows: the value is not `none` where another arm met that."""
    met = any(isinstance(each.pattern, ast.Nothing) for each in match.arms)
    known = not isinstance(arm.pattern, ast.Nothing) and (arm.pattern is not None or met)
    if not known or not is_pure(match.value):
        return replace(context, named=False)
    return replace(context, named=False).knowing(frozenset([match.value]))


def pattern_value(
    pattern: ast.Text | ast.Number | ast.Truth | ast.Nothing,
) -> str | int | Decimal | bool | None:
    return None if isinstance(pattern, ast.Nothing) else pattern.value


def _check_patterns(expression: ast.Match, given: Type, context: Context) -> None:
    if not _can_match(given):
        message = f"`match` looks at texts, numbers, `true`, `false` and `none`, not at `{given}`"
        context.report(codes.TYPE_MISMATCH.at(expression.value.span, message))
        return
    seen: dict[tuple[type, object], ast.Arm] = {}
    for arm in expression.arms:
        if arm.pattern is not None:
            _check_pattern(arm.pattern, given, context)
        key = (type(arm.pattern), pattern_value(arm.pattern) if arm.pattern else None)
        if key in seen:
            what = f"`{arm.pattern.span.text}`" if arm.pattern else "`else`"
            place = arm.pattern.span if arm.pattern else arm.span
            note = Note("the first is here", seen[key].span)
            context.report(
                codes.DUPLICATE_NAME.at(place, f"{what} has an arm already", notes=(note,))
            )
        seen.setdefault(key, arm)


def _can_match(type_: Type) -> bool:
    inner = type_.required
    plain = fits(inner, TEXT) or fits(inner, FLOAT) or inner == BOOL
    return plain or isinstance(inner, NoneType) or isinstance(type_, OptionalType)


def _check_pattern(
    pattern: ast.Text | ast.Number | ast.Truth | ast.Nothing, given: Type, context: Context
) -> None:
    if isinstance(given, AnyType) or _meets(pattern, given):
        return
    if isinstance(pattern, ast.Text) and isinstance(given.required, EnumType):
        problem = not_a_choice(pattern, given.required.values or (), given)
    else:
        message = f"`{pattern.span.text}` is never the value of a `{given}`"
        problem = codes.TYPE_MISMATCH.at(pattern.span, message)
    if problem:
        context.report(problem)


def _meets(pattern: ast.Text | ast.Number | ast.Truth | ast.Nothing, given: Type) -> bool:
    """Whether a value of the type can be what a pattern says."""
    match pattern, given.required:
        case ast.Nothing(), _:
            return isinstance(given, OptionalType | NoneType)
        case ast.Text(value=value), EnumType(values=values):
            return values is None or value in values
        case ast.Text(), inner:
            return fits(inner, TEXT)
        case ast.Truth(), inner:
            return inner == BOOL
        case _, inner:
            return fits(inner, FLOAT)


def _check_exhaustive(expression: ast.Match, given: Type, context: Context) -> None:
    if not _can_match(given) or isinstance(given.required, AnyType):
        return
    if any(arm.pattern is None for arm in expression.arms):
        return
    missing = list(_missing(expression, given))
    if missing:
        message = f"no arm meets {_listed(missing)}"
        hint = "add arms for them, or end with `else => …`"
        context.report(codes.NOT_EXHAUSTIVE.at(expression.span, message, hint=hint))


def _missing(expression: ast.Match, given: Type) -> Iterator[str]:
    patterns = [arm.pattern for arm in expression.arms]
    texts = {p.value for p in patterns if isinstance(p, ast.Text)}
    truths = {p.value for p in patterns if isinstance(p, ast.Truth)}
    optional = isinstance(given, OptionalType | NoneType)
    if optional and not any(isinstance(p, ast.Nothing) for p in patterns):
        yield "`none`"
    match given.required:
        case EnumType(values=values) if values is not None:
            yield from (f'"{value}"' for value in values if value not in texts)
        case NoneType():
            return
        case inner if inner == BOOL:
            yield from (word for word, value in _TRUTHS if value not in truths)
        case inner:
            yield f"every other value of `{inner}`"


_TRUTHS = (("`true`", True), ("`false`", False))


def _listed(names: list[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _joined_arms(expression: ast.Match, types: list[Type], context: Context) -> Type:
    result = types[0] if types else ANY
    for arm, type_ in zip(expression.arms[1:], types[1:], strict=True):
        both = joined(result, type_)
        if both is None:
            message = f"all arms give one type, but these are `{result}` and `{type_}`"
            context.report(codes.TYPE_MISMATCH.at(arm.value.span, message))
            return ANY
        result = both
    return result
