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
    """The call, its arguments in the order in which they are written."""
    slots = [Plain(p.name, p.required, p.keyword) for p in function.parameters]
    bound = bind(call, slots, context)
    if function.waits:
        message = f"`{function.name}` is `async`, and this is computed at once"
        hint = "call it in a step of its own"
        context.report(codes.UNKNOWN_FUNCTION.at(call.callee.span, message, hint=hint))
        return Typed(call, ANY)
    typed: dict[ast.Argument, ast.Argument] = {}
    for parameter in function.parameters:
        given = bound.named.get(parameter.name)
        if given is None:
            continue
        one = context.typed(given.value)
        problem = misfit(given.value, one.type, parameter.type, f"`{parameter.name}`")
        if problem:
            context.report(problem)
        typed[given] = replace(given, value=one.expression)
    made = replace(call, arguments=tuple(typed.get(each, each) for each in call.arguments))
    return Typed(made, function.returns if bound.sound else ANY)
