"""Calls of Python functions in `where:`, `by:` and `show:`, where they are computed at once."""

from __future__ import annotations

from dataclasses import replace

from rlmflow.analysis.binding import Plain, bind
from rlmflow.analysis.context import Context, Typed
from rlmflow.analysis.fitting import misfit
from rlmflow.diagnostics import codes
from rlmflow.operators._function import PythonFunction
from rlmflow.syntax import ast
from rlmflow.types import ANY


def infer_scope_call(call: ast.Call, function: PythonFunction, context: Context) -> Typed:
    """The call with each argument by its name, and the function by its id."""
    slots = [Plain(p.name, p.required, p.keyword) for p in function.parameters]
    bound = bind(call, slots, context)
    if function.waits:
        message = f"`{function.name}` is `async`, and this is computed at once"
        hint = "call it in a step of its own"
        context.report(codes.UNKNOWN_FUNCTION.at(call.callee.span, message, hint=hint))
        return Typed(call, ANY)
    arguments: list[ast.Argument] = []
    for parameter in function.parameters:
        given = bound.named.get(parameter.name)
        if given is None:
            continue
        typed = context.typed(given.value)
        problem = misfit(given.value, typed.type, parameter.type, f"`{parameter.name}`")
        if problem:
            context.report(problem)
        name = ast.Name(parameter.name, span=given.span)
        arguments.append(replace(given, name=name, value=typed.expression))
    callee = ast.Name(function.id, span=call.callee.span)
    made = replace(call, callee=callee, arguments=tuple(arguments))
    return Typed(made, function.returns if bound.sound else ANY)
