"""Records that an expression makes: `Name(field: value, …)`."""

from __future__ import annotations

from rlmflow.analysis.binding import Plain, bind
from rlmflow.analysis.context import Context, Typed
from rlmflow.analysis.fitting import misfit
from rlmflow.diagnostics import codes
from rlmflow.syntax import ast
from rlmflow.types import OptionalType, RecordType


def infer_record(call: ast.Call, type_: RecordType, context: Context) -> Typed:
    """The record that a call of a type's name makes; a field that may be `none` may be left out."""
    slots = [
        Plain(each.name, not isinstance(each.type, OptionalType), keyword=True)
        for each in type_.fields
    ]
    plain = next((each for each in call.arguments if each.name is None), None)
    if plain is not None:
        message = f"the fields of a record such as `{call.callee.text}` are given by name"
        written = ", ".join(f"{each.name}: …" for each in type_.fields)
        hint = f"write `{call.callee.text}({written})`"
        context.report(codes.TOO_MANY_ARGUMENTS.at(plain.span, message, hint=hint))
        return Typed(ast.Broken(span=call.span), type_)
    bound = bind(call, slots, context)
    fields: list[ast.FieldOf] = []
    for each in type_.fields:
        given = bound.named.get(each.name)
        if given is None:
            name = ast.Name(each.name, span=call.span)
            fields.append(ast.FieldOf(name, ast.Nothing(span=call.span), span=call.span))
            continue
        assert given.name is not None  # each slot takes its argument by name
        typed = context.typed(given.value)
        problem = misfit(given.value, typed.type, each.type, f"`{each.name}`")
        if problem and not isinstance(given.value, ast.Quantity):
            context.report(problem)
        fields.append(ast.FieldOf(given.name, typed.expression, span=given.span))
    return Typed(ast.RecordOf(call.callee, tuple(fields), span=call.span), type_)
