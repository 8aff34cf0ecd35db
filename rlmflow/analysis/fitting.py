"""Whether a value may stand where a type is wanted; literals are looked into."""

from __future__ import annotations

import re

from rlmflow.diagnostics import codes
from rlmflow.diagnostics.model import Diagnostic
from rlmflow.diagnostics.suggest import did_you_mean
from rlmflow.expressions import iso_date
from rlmflow.syntax import ast
from rlmflow.types import DATE, PATTERN, DocumentType, EnumType, ListType, OptionalType, Type, fits


def misfit(expression: ast.Expression, given: Type, wanted: Type, what: str) -> Diagnostic | None:
    """What is wrong with an expression of type `given` where `wanted` is needed, if anything.

    `what` names the place in the message: `the answer`, "`size`".
    """
    match expression, wanted.required:
        case ast.Text(), EnumType(values=values) if values is not None:
            return not_a_choice(expression, values, wanted)
        case ast.Text(), inner if inner == DATE:
            return _not_a_date(expression, what)
        case ast.Text() as text, inner if inner == PATTERN:
            return unreadable_pattern(text)
        case ast.ListOf(items=items), ListType(item=item) if items and isinstance(given, ListType):
            return _misfit_in_list(items, given.item, item, what)
        case _:
            return None if fits(given, wanted) else mismatch(expression, given, wanted, what)


def unreadable_pattern(text: ast.Text) -> Diagnostic | None:
    """The finding that a literal is no regular expression, at the character where it fails."""
    try:
        re.compile(text.value, re.MULTILINE)
    except re.error as error:
        at = min(error.pos or 0, max(0, len(text.value) - 1))
        place = text.part(at, at + 1) if text.raw else text.content
        return codes.BAD_PATTERN.at(place, f"this pattern can't be read: {error.msg}")
    return None


def _misfit_in_list(
    items: tuple[ast.Expression, ...], given: Type, wanted: Type, what: str
) -> Diagnostic | None:
    found = (misfit(item, given, wanted, f"an item of {what}") for item in items)
    return next((each for each in found if each), None)


def mismatch(expression: ast.Expression, given: Type, wanted: Type | str, what: str) -> Diagnostic:
    """The finding that a type does not fit, with both types."""
    if isinstance(given, OptionalType) and isinstance(wanted, Type) and fits(given.inner, wanted):
        return untested(expression, given)
    return codes.TYPE_MISMATCH.at(
        expression.span,
        f"{what} takes {_a(wanted)}, but this is {_a(given)}",
        hint=_hint(given, wanted),
    )


def _a(type_: Type | str) -> str:
    return f"`{type_}`" if isinstance(type_, Type) else type_


def _hint(given: Type, wanted: Type | str) -> str | None:
    if not isinstance(wanted, Type):
        return None
    if isinstance(given, DocumentType) and fits(given, wanted) is False and str(wanted) == "text":
        return "take its text: `.text`"
    if isinstance(given, ListType) and fits(given.item, wanted):
        return "this is a list; `first(…)` and `last(…)` take one item of it"
    return None


def untested(expression: ast.Expression, given: Type) -> Diagnostic:
    written = expression.span.text
    return codes.UNTESTED_NONE.at(
        expression.span,
        f"`{written}` is `{given}`: it may be `none` here",
        hint=f"test it first: `{written} != none and …`",
    )


def not_a_choice(text: ast.Text, values: tuple[str, ...], wanted: Type) -> Diagnostic | None:
    """The finding that a literal is none of an enum's texts."""
    if text.value in values:
        return None
    listed = ", ".join(f'"{value}"' for value in values)
    return codes.NOT_A_CHOICE.at(
        text.span,
        f'"{text.value}" is none of the texts of `{wanted.required}`',
        hint=did_you_mean(text.value, values) or f"they are {listed}",
    )


def _not_a_date(text: ast.Text, what: str) -> Diagnostic | None:
    if iso_date(text):
        return None
    return codes.TYPE_MISMATCH.at(
        text.span,
        f'{what} takes `date`, and "{text.value}" is not one',
        hint='write a date as "2024-12-31"',
    )
