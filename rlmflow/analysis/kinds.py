"""What an author wrote for an operator's parameter, checked by the parameter's kinds."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from rlmflow.analysis.context import Context
from rlmflow.analysis.fields import field_type, unknown_field
from rlmflow.analysis.fitting import misfit, mismatch, unreadable_pattern, untested
from rlmflow.analysis.module import RESERVED_FIELDS, Signature
from rlmflow.analysis.tools import named_tools
from rlmflow.analysis.units import unit_problem
from rlmflow.diagnostics import codes
from rlmflow.diagnostics.suggest import did_you_mean
from rlmflow.expressions import literal
from rlmflow.operators._operator import Argument
from rlmflow.operators._parameters import (
    Amount,
    AmountKind,
    ChoiceKind,
    FailureKind,
    FieldKind,
    InputKind,
    Kind,
    OwnFieldKind,
    Parameter,
    PatternKind,
    RoleKind,
    ScopeKind,
    StrategyKind,
    ToolsKind,
    ValueKind,
)
from rlmflow.syntax import ast
from rlmflow.types import ANY, PATTERN, TEXT, AnyType, ListType, OptionalType, Type, fits

# Ten repeats for each call that a step makes are more than any step has use for.
_MOST_PERCENT = 1_000


@dataclass(frozen=True)
class Place:
    """The parameter that an expression is given for.

    `scope` has the types of `item`, `left` and `right` as far as they are known.
    """

    parameter: Parameter
    context: Context
    scope: Mapping[str, Type]

    @property
    def what(self) -> str:
        return f"`{self.parameter.name}`"

    def refuse(self, code: codes.Code, at: ast.Node, message: str, hint: str | None) -> None:
        self.context.report(code.at(at.span, message, hint=hint))


def check_argument(expression: ast.Expression, place: Place) -> Argument:
    """The argument as analysed. One that does not fit is reported and of unknown type."""
    if isinstance(expression, ast.Broken):
        return Argument(expression, ANY)
    kinds = place.parameter.kinds
    names = place.context.names.known
    kind = next((kind for kind in kinds if _suits(expression, kind, names)), None)
    if kind is None and len(kinds) > 1:
        place.refuse(codes.TYPE_MISMATCH, expression, _takes(place), None)
        return Argument(expression, ANY)
    chosen = kind or kinds[0]
    made = _CHECKS[type(chosen)](expression, chosen, place)
    return made or Argument(expression, ANY)


def _takes(place: Place) -> str:
    return f"{place.what} takes {' | '.join(kind.label for kind in place.parameter.kinds)}"


def _suits(expression: ast.Expression, kind: Kind, names: Container[str]) -> bool:
    """Whether an expression has the form of a kind, where a parameter takes several.

    `names`: those of the values that are known here.
    """
    match kind:
        case ChoiceKind(words=words):
            return isinstance(expression, ast.Reference) and expression.name in words
        case AmountKind():
            return isinstance(expression, ast.Quantity | ast.Number)
        case PatternKind():
            known = isinstance(expression, ast.Reference) and expression.name in names
            return known or isinstance(expression, ast.Text | ast.Match)
        case FieldKind() | OwnFieldKind() | RoleKind() | StrategyKind():
            return isinstance(expression, ast.Reference)
        case _:
            return True


def _input(expression: ast.Expression, kind: InputKind, place: Place) -> Argument | None:
    typed = place.context.outside().typed(expression)
    given = typed.type
    made = Argument(typed.expression, given)
    if isinstance(given, OptionalType):
        place.context.report(untested(expression, given))
        return None
    if kind.wanted is not None:
        problem = misfit(expression, given, kind.wanted, place.what)
    elif kind.single or isinstance(given, ListType | AnyType):
        problem = None
    else:
        problem = mismatch(expression, given, "a list", place.what)
    if problem:
        place.context.report(problem)
        return None
    return made


def _amount(expression: ast.Expression, kind: AmountKind, place: Place) -> Argument | None:
    match expression:
        case ast.Quantity(value=value, unit=unit) if unit in kind.units:
            return _bounded_amount(expression, Amount(_plain_number(value), unit), kind, place)
        case ast.Quantity():
            place.context.report(unit_problem(expression, kind.units, place.what))
        case ast.Number(value=value) if kind.plain and isinstance(value, int):
            return _bounded_amount(expression, Amount(value, "calls"), kind, place)
        case ast.Number(written=written):
            listed = " or ".join(f"`{written} {unit}`".replace(" %", "%") for unit in kind.units)
            message = f"{place.what} needs a unit"
            place.refuse(codes.MISSING_UNIT, expression, message, f"write {listed}")
        case _:
            unit = kind.units[0]
            example = f"10{unit}" if unit == "%" else f"6k {unit}"
            message = f"{place.what} takes a number, written out, with its unit"
            place.refuse(codes.TYPE_MISMATCH, expression, message, f"write it like `{example}`")
    return None


def _bounded_amount(
    expression: ast.Expression, amount: Amount, kind: AmountKind, place: Place
) -> Argument | None:
    most = _MOST_PERCENT if amount.unit == "%" else None
    if _out_of_range(expression, amount.value, kind.least, most, place):
        return None
    return Argument(expression, ANY, amount, known=True)


def _plain_number(value: int | Decimal) -> float:
    return value if isinstance(value, int) else float(value)


def _out_of_range(
    expression: ast.Node, value: float, least: float | None, most: float | None, place: Place
) -> bool:
    if least is not None and value < least:
        limit = f"at least {least:,g}"
    elif most is not None and value > most:
        limit = f"at most {most:,g}"
    else:
        return False
    place.refuse(codes.VALUE_OUT_OF_RANGE, expression, f"{place.what} is {limit}", None)
    return True


def _value(expression: ast.Expression, kind: ValueKind, place: Place) -> Argument | None:
    typed = place.context.outside().typed(expression)
    if isinstance(expression, ast.Quantity):
        return None
    problem = misfit(expression, typed.type, kind.wanted, place.what)
    if problem:
        place.context.report(problem)
        return None
    known, constant = _constant(expression)
    if (
        known
        and kind.least is not None
        and _out_of_range(expression, constant, kind.least, None, place)
    ):
        return None
    return Argument(typed.expression, typed.type, constant, known)


def _constant(expression: ast.Expression) -> tuple[bool, Any]:
    """Whether the text fixes an expression's value, and the value."""
    match expression:
        case ast.Text() | ast.Number() | ast.Truth() | ast.Nothing():
            return True, literal(expression)
        case ast.UnaryOperation(sign="-", value=ast.Number() as number):
            return True, -literal(number)
        case ast.ListOf(items=items):
            found = [_constant(item) for item in items]
            known = all(each for each, _ in found)
            return known, [value for _, value in found] if known else None
        case _:
            return False, None


def _choice(expression: ast.Expression, kind: ChoiceKind, place: Place) -> Argument | None:
    listed = ", ".join(f"`{word}`" for word in kind.words)
    if isinstance(expression, ast.Reference):
        word = expression.name
        if word in kind.words:
            return Argument(expression, TEXT, word, known=True)
        hint = did_you_mean(word, kind.words) or f"it is one of {listed}"
        place.refuse(codes.NOT_A_CHOICE, expression, f"{place.what} can't be `{word}`", hint)
        return None
    hint = f"write one of {listed}, without quotes"
    place.refuse(codes.NOT_A_CHOICE, expression, f"{place.what} takes a bare word", hint)
    return None


def _pattern(expression: ast.Expression, kind: PatternKind, place: Place) -> Argument | None:
    if isinstance(expression, ast.Text):
        if problem := unreadable_pattern(expression):
            place.context.report(problem)
            return None
        return Argument(expression, PATTERN, expression.value, known=True)
    typed = place.context.outside().typed(expression)
    if not fits(typed.type, PATTERN):
        message = f"{place.what} takes a {kind.label}, and this is `{typed.type}`"
        hint = 'write it like `r"\\d+"`, or let it be a parameter of type `pattern`'
        place.refuse(codes.TYPE_MISMATCH, expression, message, hint)
        return None
    return Argument(typed.expression, typed.type)


def _scope(expression: ast.Expression, kind: ScopeKind, place: Place) -> Argument | None:
    scope = {name: place.scope.get(name, ANY) for name in kind.names}
    typed = place.context.inside(scope).typed(expression)
    if kind.wanted is not None and not fits(typed.type, kind.wanted):
        place.context.report(mismatch(expression, typed.type, kind.wanted, place.what))
        return None
    return Argument(typed.expression, typed.type)


def _field(expression: ast.Expression, kind: FieldKind, place: Place) -> Argument | None:
    name = _bare_word(expression, kind, place)
    if name in RESERVED_FIELDS:
        message = f"`{name}` is a name that steps use themselves"
        place.refuse(codes.RESERVED_NAME, expression, message, "choose another name")
        return None
    return Argument(expression, TEXT, name, known=True) if name else None


def _role(expression: ast.Expression, kind: RoleKind, place: Place) -> Argument | None:
    name = _bare_word(expression, kind, place)
    return Argument(expression, TEXT, name, known=True) if name else None


def _own_field(expression: ast.Expression, kind: OwnFieldKind, place: Place) -> Argument | None:
    name = _bare_word(expression, kind, place)
    item = place.scope.get("item", ANY)
    if name is None:
        return None
    found = None if isinstance(item, ListType) else field_type(item, name)
    if found is None:
        named = ast.Name(name, span=expression.span)
        place.context.report(unknown_field(named, item, written="item"))
        return None
    return Argument(expression, found, name, known=True)


def _bare_word(expression: ast.Expression, kind: Kind, place: Place) -> str | None:
    if isinstance(expression, ast.Reference):
        return expression.name
    hint = None
    if isinstance(expression, ast.Text) and expression.value.isidentifier():
        hint = f"write `{expression.value}`, without quotes"
    message = f"{place.what} takes a {kind.label}, written as a bare word"
    place.refuse(codes.TYPE_MISMATCH, expression, message, hint)
    return None


def _strategy(expression: ast.Expression, kind: StrategyKind, place: Place) -> Argument | None:
    name = _bare_word(expression, kind, place)
    if name is None:
        return None
    module = place.context.module
    found = module.names.get(name)
    if not isinstance(found, Signature):
        if not module.excuses(name):
            hint = did_you_mean(name, module.strategies) or "it names a strategy of this file"
            place.refuse(codes.UNKNOWN_NAME, expression, f"there is no strategy `{name}`", hint)
        return None
    problem = _not_for_one_item(found, place.scope.get("item", ANY))
    if problem:
        place.refuse(codes.TYPE_MISMATCH, expression, f"`{name}` {problem}", None)
        return None
    return Argument(expression, found.returns, found.name, known=True)


def _not_for_one_item(strategy: Signature, item: Type) -> str | None:
    """Why a strategy can't run on each item alone, if it can't."""
    needed = [p for p in strategy.parameters if p.default is None]
    if len(needed) != 1:
        return f"needs {len(needed)} inputs, and `with:` gives it one item"
    if not fits(item, needed[0].type):
        return f"takes `{needed[0].type}`, but the items are `{item}`"
    return None


def _tools(expression: ast.Expression, _: ToolsKind, place: Place) -> Argument | None:
    named = named_tools(expression, place.context)
    return Argument(expression, ANY, named, known=True) if named is not None else None


def _failure(expression: ast.Expression, kind: FailureKind, place: Place) -> Argument | None:
    match expression:
        case ast.Reference(name="fail"):
            return Argument(expression, TEXT, 0.0, known=True)
        case ast.Call(callee=ast.Name(text="skip"), arguments=(ast.Argument(value=share),)):
            if isinstance(share, ast.Quantity) and share.unit == "%":
                if _out_of_range(share, _plain_number(share.value), 0, 100, place):
                    return None
                return Argument(expression, TEXT, _plain_number(share.value) / 100, known=True)
    message = f"{place.what} takes {kind.label}"
    hint = "write `fail` or, to let one item in a hundred go, `skip(1%)`"
    place.refuse(codes.TYPE_MISMATCH, expression, message, hint)
    return None


_Check: TypeAlias = Callable[[ast.Expression, Any, Place], Argument | None]
_CHECKS: Mapping[type[Kind], _Check] = {
    InputKind: _input,
    AmountKind: _amount,
    ValueKind: _value,
    ChoiceKind: _choice,
    PatternKind: _pattern,
    ScopeKind: _scope,
    FieldKind: _field,
    OwnFieldKind: _own_field,
    StrategyKind: _strategy,
    FailureKind: _failure,
    RoleKind: _role,
    ToolsKind: _tools,
}
