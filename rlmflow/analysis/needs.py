"""What must, may or must not follow an operator's call: a prompt, `-> Type`, model knobs."""

from __future__ import annotations

from dataclasses import replace

from rlmflow.analysis.context import Context
from rlmflow.diagnostics import codes
from rlmflow.operators._model_knobs import MODEL_KNOBS
from rlmflow.operators._operator import FORBIDDEN, REQUIRED, Call
from rlmflow.syntax import ast
from rlmflow.types import TEXT, AnyType, EnumType

_CHOICES = "choices"


def with_choices(call: Call, context: Context) -> Call:
    """The call with its `-> text` made the closed set of texts that `choices:` names."""
    choices = call.arguments.get(_CHOICES)
    if choices is not None and call.asks_model and call.operator.returns is FORBIDDEN:
        message = f"`choices` has no effect here: what `{call.operator.name}` gives has a type"
        context.report(codes.KNOBS_EXCLUDE.at(choices.span, message, hint="leave it out"))
        return call
    if choices is None or call.returns is None or isinstance(call.returns, AnyType):
        return call
    if call.returns != TEXT:
        message = f"`choices:` needs `-> text`, but this is `-> {call.returns}`"
        span = call.returns_span or call.span
        context.report(codes.TYPE_MISMATCH.at(span, message, hint="write `-> text`"))
        return call
    values = tuple(choices.constant) if isinstance(choices.constant, list) else None
    return replace(call, returns=EnumType(None, values, None if values else choices.written))


def check_needs(written: ast.Call, call: Call, context: Context) -> None:
    """Report a prompt, a type or a knob that is missing, or that has no use."""
    name = call.operator.name
    if call.runs_strategy:
        _check_strategy_alone(written, call, context)
        return
    if not call.asks_model:
        _refuse_knobs(call, f"this call of `{name}` asks no model", context)
    if call.prompt is None and call.operator.prompt is REQUIRED:
        message = f"`{name}` asks a model, and nothing says what"
        hint = 'end the call with a prompt: `"""…"""`'
        context.report(codes.PROMPT_MISSING.at(written.callee.span, message, hint=hint))
    if call.prompt is not None and call.operator.prompt is FORBIDDEN:
        message = f"`{name}` asks no model, and takes no prompt"
        context.report(codes.PROMPT_NEEDLESS.at(call.prompt.span, message, hint="leave it out"))
    if written.returns is None and call.operator.returns is REQUIRED:
        message = f"nothing says what type a call of `{name}` returns"
        hint = "write `-> Type` after the call"
        context.report(codes.RESULT_TYPE_MISSING.at(written.callee.span, message, hint=hint))
    if written.returns is not None and call.operator.returns is FORBIDDEN:
        message = f"what `{name}` gives has a type of its own"
        hint = f"leave out `-> {written.returns.span.text}`"
        context.report(codes.RESULT_TYPE_NEEDLESS.at(written.returns.span, message, hint=hint))


def _check_strategy_alone(written: ast.Call, call: Call, context: Context) -> None:
    """A strategy that runs for each item brings its own prompts, types and knobs."""
    place = call.prompt or written.returns
    if place is not None:
        message = "a strategy runs for each item, and stands for the prompt and `-> Type`"
        hint = "keep either the strategy, or the prompt and the type"
        context.report(codes.KNOBS_EXCLUDE.at(place.span, message, hint=hint))
    _refuse_knobs(call, "a strategy runs for each item, and has knobs of its own", context)


def _refuse_knobs(call: Call, why: str, context: Context) -> None:
    for knob in MODEL_KNOBS:
        given = call.arguments.get(knob.name)
        if given is not None:
            message = f"`{knob.name}` has no effect here: {why}"
            context.report(codes.KNOBS_EXCLUDE.at(given.span, message, hint="leave it out"))
