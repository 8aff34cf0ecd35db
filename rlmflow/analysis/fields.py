"""Fields: of a record, of a document, of each item of a list, of a step (what it left out)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from rlmflow.analysis.context import Context, Typed
from rlmflow.analysis.fitting import untested
from rlmflow.diagnostics import codes
from rlmflow.diagnostics.model import Diagnostic
from rlmflow.diagnostics.suggest import did_you_mean
from rlmflow.expressions import field_path
from rlmflow.syntax import ast
from rlmflow.types import (
    ANY,
    TEXT,
    AnyType,
    DocumentType,
    ListType,
    OptionalType,
    RecordType,
    Type,
)

DOCUMENT_FIELDS: Mapping[str, Type] = {"name": TEXT, "text": TEXT}


def infer_field(expression: ast.Field, context: Context) -> Typed:
    left_out = _complement(expression, context)
    if left_out is not None:
        return Typed(expression, left_out)
    holder = context.typed(expression.value)
    inner = replace(expression, value=holder.expression)
    if isinstance(holder.type, OptionalType):
        context.report(untested(expression.value, holder.type))
        return Typed(inner, ANY)
    name = expression.name.text
    found = field_type(holder.type, name)
    if found is None and name == "source" and _has_place(expression.value, holder.type, context):
        found = ListType(TEXT) if isinstance(holder.type, ListType) else TEXT
    if found is None:
        _report(expression, holder.type, context)
    return Typed(inner, found or ANY)


def field_type(holder: Type, name: str) -> Type | None:
    """The type of a field, None where the type has none of that name.

    Of a list it is that of the list's items, one after the other.
    """
    match holder:
        case ListType(item=OptionalType()):
            return None
        case ListType(item=item):
            found_in_each = field_type(item, name)
            return None if found_in_each is None else ListType(found_in_each)
        case AnyType():
            return ANY
        case RecordType():
            found = holder.field(name)
            return found.type if found else None
        case DocumentType():
            return DOCUMENT_FIELDS.get(name)
        case _:
            return None


def _complement(expression: ast.Field, context: Context) -> Type | None:
    """The type of `step.dropped` and its like, `step.dropped.left` among them."""
    path = field_path(expression)
    if path is None or path[0] in context.scope:
        return None
    name, left_out = path
    known = context.names.known.get(name)
    if known is None or left_out not in known.complements:
        return None
    context.names.used.add(name)
    return known.complements[left_out]


def _has_place(holder: ast.Expression, type_: Type, context: Context) -> bool:
    """Whether a value knows where in the input it came from."""
    is_item = isinstance(holder, ast.Reference) and holder.name in context.scope
    each = type_.item if context.scope and isinstance(type_, ListType) else type_
    return is_item or isinstance(each, DocumentType | RecordType)


def _report(expression: ast.Field, holder: Type, context: Context) -> None:
    finding = unknown_field(expression.name, holder, written=expression.value.span.text)
    if isinstance(expression.value, ast.Reference):
        known = context.names.known.get(expression.value.name)
        left_out = did_you_mean(expression.name.text, known.complements) if known else None
        finding = replace(finding, hint=left_out or finding.hint)
    context.report(finding)


def unknown_field(name: ast.Name, holder: Type, written: str) -> Diagnostic:
    """The finding that a value has no such field, with what may have been meant."""
    message = f"`{holder}` has no field `{name.text}`"
    return codes.UNKNOWN_FIELD.at(name.span, message, hint=_hint(name.text, holder, written))


def _hint(name: str, holder: Type, written: str) -> str | None:
    match holder:
        case RecordType():
            names = [f.name for f in holder.fields]
        case DocumentType():
            names = [*DOCUMENT_FIELDS, "source"]
        case ListType(item=RecordType() | DocumentType() as item):
            return _hint(name, item, written)
        case _:
            return None
    return did_you_mean(name, names) or f"it has {', '.join(f'`{each}`' for each in names)}"
