"""`ensures` and `within`: what they are about, and how much."""

from __future__ import annotations

from decimal import Decimal

from rlmflow.analysis.context import Context
from rlmflow.analysis.fields import field_type, unknown_field
from rlmflow.analysis.lower import carries_items
from rlmflow.analysis.units import unit_problem
from rlmflow.diagnostics import codes
from rlmflow.diagnostics.model import Note
from rlmflow.diagnostics.suggest import did_you_mean
from rlmflow.expressions import field_path
from rlmflow.graph.model import Clause, Limits
from rlmflow.syntax import ast
from rlmflow.types import TEXT, AnyType, ListType, Type, fits

CLAUSES = ("covers", "keeps", "once", "grounded")
_SHARED = "covers"


def check_ensures(strategy: ast.Strategy, context: Context) -> tuple[Clause, ...]:
    """The clauses of `ensures` that mean something; the others are reported."""
    clauses: dict[tuple[str, ast.Expression], ast.Clause] = {}
    for clause in strategy.ensures:
        key = (clause.name.text, clause.subject)
        if key in clauses:
            note = Note("the first is here", clauses[key].span)
            message = f"`{clause.span.text}` is said twice"
            context.report(codes.BAD_CLAUSE.at(clause.span, message, notes=(note,)))
        elif _is_sound(clause, context):
            clauses[key] = clause
    return tuple(
        Clause(kind, subject, _share(clause), clause.span)
        for (kind, subject), clause in clauses.items()
    )


def _share(clause: ast.Clause) -> Decimal | None:
    return Decimal(clause.share.value) if clause.share else None


def _is_sound(clause: ast.Clause, context: Context) -> bool:
    name = clause.name
    if name.text not in CLAUSES:
        listed = ", ".join(f"`{each}`" for each in CLAUSES)
        hint = did_you_mean(name.text, CLAUSES) or f"the clauses are {listed}"
        message = f"there is no clause `{name.text}`"
        context.report(codes.UNKNOWN_CLAUSE.at(name.span, message, hint=hint))
        return False
    return _subject_is_sound(clause, context) and _share_is_sound(clause, context)


def _share_is_sound(clause: ast.Clause, context: Context) -> bool:
    share = clause.share
    if share is None:
        return True
    if clause.name.text != _SHARED:
        message = f"`{clause.name.text}` holds for all of it or not at all"
        hint = f"only `{_SHARED}` takes a share"
        context.report(codes.BAD_CLAUSE.at(share.span, message, hint=hint))
        return False
    if share.unit != "%":
        context.report(unit_problem(share, ("%",), "a share"))
        return False
    if not 0 < share.value <= 100:
        message = "a share is more than 0 and at most 100 percent"
        context.report(codes.BAD_CLAUSE.at(share.span, message))
        return False
    return True


def _subject_is_sound(clause: ast.Clause, context: Context) -> bool:
    type_ = _subject_type(clause.subject, context)
    if type_ is None:
        return False
    if can_be_promised(type_):
        return True
    message = f"`{clause.name.text}` is about input or a step's items, and this is `{type_}`"
    context.report(codes.BAD_CLAUSE.at(clause.subject.span, message))
    return False


def can_be_promised(type_: Type) -> bool:
    """Whether a clause may be about what is of this type."""
    return isinstance(type_, AnyType) or carries_items(type_) or fits(type_, TEXT)


def _subject_type(subject: ast.Expression, context: Context) -> Type | None:
    """The type of a parameter, a step, or a field of either; of a list, of its items'."""
    match subject:
        case ast.Reference(name=name):
            known = context.names.known.get(name)
            if known is None and not context.module.excuses(name):
                hint = did_you_mean(name, context.names.known)
                message = f"there is no parameter and no step `{name}`"
                context.report(codes.UNKNOWN_NAME.at(subject.span, message, hint=hint))
            return known.type if known else None
        case ast.Field():
            return _field_of_subject(subject, context)
        case _:
            return None


def _field_of_subject(field: ast.Field, context: Context) -> Type | None:
    if path := field_path(field):
        known = context.names.known.get(path[0])
        if known and path[1] in known.complements:
            return known.complements[path[1]]
    holder, name = field.value, field.name
    type_ = _subject_type(holder, context)
    if type_ is None:
        return None
    item = type_.item if isinstance(type_, ListType) else type_
    found = field_type(item.required, name.text)
    if found is None:
        context.report(unknown_field(name, item, holder.span.text))
    return found


# Limits

_LIMITS: dict[str, tuple[str, int]] = {
    "calls": ("calls", 1),
    "tokens": ("tokens", 1),
    "USD": ("usd", 1),
    "seconds": ("seconds", 1),
    "minutes": ("seconds", 60),
    "hours": ("seconds", 3600),
    "levels": ("levels", 1),
}
_WHOLE = ("calls", "tokens", "levels")


def check_within(strategy: ast.Strategy, context: Context) -> Limits:
    """The limits of `within`; what is no limit, or is set twice, is reported."""
    given: dict[str, tuple[ast.Quantity, int | Decimal]] = {}
    for limit in strategy.within:
        if isinstance(limit, ast.Broken):
            continue
        if limit.unit not in _LIMITS:
            context.report(unit_problem(limit, tuple(_LIMITS), "a limit"))
            continue
        name, factor = _LIMITS[limit.unit]
        if name in given:
            note = Note("the first is here", given[name][0].span)
            message = f"`{limit.span.text}` sets a limit that is set already"
            context.report(codes.BAD_CLAUSE.at(limit.span, message, notes=(note,)))
        elif limit.value <= 0 or (limit.unit in _WHOLE and not isinstance(limit.value, int)):
            kind = "a whole number above 0" if limit.unit in _WHOLE else "above 0"
            message = f"a limit in `{limit.unit}` is {kind}"
            context.report(codes.VALUE_OUT_OF_RANGE.at(limit.span, message))
        else:
            given[name] = (limit, limit.value * factor)
    return _limits({name: value for name, (_, value) in given.items()})


def _limits(given: dict[str, int | Decimal]) -> Limits:
    def whole(name: str) -> int | None:
        return int(given[name]) if name in given else None

    return Limits(
        calls=whole("calls"),
        tokens=whole("tokens"),
        usd=Decimal(given["usd"]) if "usd" in given else None,
        seconds=float(given["seconds"]) if "seconds" in given else None,
        levels=whole("levels"),
    )
