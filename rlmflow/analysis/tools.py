"""The tools that a step names for its model."""

from __future__ import annotations

from rlmflow.analysis.context import Context
from rlmflow.diagnostics import codes
from rlmflow.diagnostics.suggest import suggest
from rlmflow.operators._function import FunctionOperator, PythonFunction
from rlmflow.operators._tools import (
    INPUT_TOOLS,
    GivenTools,
    InputTool,
    NamedTool,
    PythonTool,
    ServerTool,
)
from rlmflow.syntax import ast
from rlmflow.types import TEXT, DictType, DocumentType, ListType, OptionalType, RecordType, Type

_WRITTEN = "write them in brackets, such as `[lookup, grep_input, server.tool]`, or a parameter"


def named_tools(expression: ast.Expression, context: Context) -> tuple[NamedTool, ...] | None:
    """The tools of a list, None where it is none; those that can't be used are reported.

    A parameter that is a list of texts names them when the strategy is run.
    """
    if isinstance(expression, ast.Reference) and _is_given(expression, context):
        return (GivenTools(expression.name, expression.span),)
    if not isinstance(expression, ast.ListOf):
        message = "`tools` takes a list of tools"
        context.report(codes.TYPE_MISMATCH.at(expression.span, message, hint=_WRITTEN))
        return None
    found: dict[str, NamedTool] = {}
    for item in expression.items:
        named = _spelled(item)
        if named is None:
            message = "a tool is named by a word, a server's tool by `server.tool`"
            context.report(codes.TYPE_MISMATCH.at(item.span, message, hint=_WRITTEN))
        elif ".".join(named) in found:
            message = f"`{'.'.join(named)}` is given twice"
            context.report(codes.DUPLICATE_NAME.at(item.span, message))
        else:
            tool = _tool(named, item, context)
            if tool is not None:
                found[".".join(named)] = tool
    return tuple(found.values())


def _is_given(expression: ast.Reference, context: Context) -> bool:
    known = context.names.known.get(expression.name)
    if known is None or known.is_step or known.type != ListType(TEXT):
        return False
    context.names.used.add(expression.name)
    return True


def _spelled(item: ast.Expression) -> tuple[str, ...] | None:
    """The words of `tool`, `server.tool`, or of a text that holds one of them."""
    match item:
        case ast.Reference(name=name):
            return (name,)
        case ast.Field(value=ast.Reference(name=server), name=tool):
            return server, tool.text
        case ast.Text(value=written):
            server, dot, tool_name = written.partition(".")
            words = (server, tool_name) if dot else (server,)
            return words if all(words) else None
        case _:
            return None


def _tool(named: tuple[str, ...], item: ast.Expression, context: Context) -> NamedTool | None:
    if len(named) == 2:
        return ServerTool(named[0], named[1], item.span)
    (name,) = named
    known = context.module.names.get(name)
    if isinstance(known, FunctionOperator):
        return _python(name, known.function, item, context)
    if name in INPUT_TOOLS:
        return InputTool(name)
    if context.module.excuses(name):
        return None
    meant = suggest(name, [*context.module.functions, *INPUT_TOOLS])
    if meant:
        message = f"`{name}` is taken for a server of tools"
        hint = f"if it is none, did you mean `{meant}`?"
        context.report(codes.UNKNOWN_NAME.at(item.span, message, hint=hint, severity="warning"))
    return ServerTool(name, None, item.span)


def _python(
    name: str, function: PythonFunction, item: ast.Expression, context: Context
) -> NamedTool | None:
    context.names.functions[name] = function
    for parameter in function.parameters:
        if _holds_document(parameter.type):
            message = f"no model can give a document, and `{function.name}` takes one"
            hint = "take its text, or a name to find it by"
            context.report(codes.TYPE_MISMATCH.at(item.span, message, hint=hint))
            return None
    return PythonTool(function)


def _holds_document(type_: Type) -> bool:
    match type_:
        case DocumentType():
            return True
        case OptionalType(inner=inner) | ListType(item=inner) | DictType(value=inner):
            return _holds_document(inner)
        case RecordType(fields=fields):
            return any(_holds_document(field.type) for field in fields)
        case _:
            return False
