"""What may stand in a prompt: the scalar parameters of the strategy, nothing else."""

from __future__ import annotations

from rlmflow import template
from rlmflow.analysis.context import Context, Known
from rlmflow.diagnostics import codes
from rlmflow.diagnostics.model import Diagnostic
from rlmflow.diagnostics.suggest import did_you_mean
from rlmflow.source import Span
from rlmflow.syntax import ast
from rlmflow.types import EnumType, ListType, ScalarType, Type


def check_prompt(prompt: ast.Text, context: Context) -> None:
    """Report what is wrong with a prompt, at its place inside the prompt."""
    flaw = template.flaw(prompt.value)
    if flaw is not None:
        place = _line(prompt, flaw.line)
        context.report(codes.BAD_TEMPLATE.at(place, f"this prompt can't be read: {flaw.message}"))
        return
    reported: set[str] = set()
    for name, offset in template.places(prompt.value, template.names(prompt.value)):
        finding = _finding(name, prompt.part(offset, offset + len(name)), context)
        if finding and name not in reported:
            context.report(finding)
            reported.add(name)


def _finding(name: str, span: Span, context: Context) -> Diagnostic | None:
    known = context.names.known.get(name)
    if known is not None and not known.is_step and is_scalar(known.type):
        return None
    if known is not None or name in context.names.later:
        context.names.used.add(name)
        return codes.DATA_IN_PROMPT.at(
            span,
            f"`{name}` is {_kind(known)}, and a prompt holds instructions alone",
            hint="pass it as an argument; `show:` says what of each item is shown, "
            f"and `also: {name}` adds context to every call",
        )
    if name in ("item", "left", "right"):
        hint: str | None = "the item is shown beside the prompt; `show:` says what of it"
        return codes.DATA_IN_PROMPT.at(span, f"`{name}` can't stand in a prompt", hint=hint)
    if context.module.excuses(name):
        return None
    scalars = [n for n, k in context.names.known.items() if not k.is_step and is_scalar(k.type)]
    hint = did_you_mean(name, scalars) or _what_may_stand(scalars)
    return codes.UNKNOWN_NAME.at(span, f"the strategy has no parameter `{name}`", hint=hint)


def _kind(known: Known | None) -> str:
    if known is None or known.is_step:
        return "a step's result"
    return f"data (`{known.type}`)"


def _what_may_stand(scalars: list[str]) -> str:
    if not scalars:
        return "add it to the strategy's parameters"
    return f"what may stand here is {', '.join(f'`{name}`' for name in scalars)}"


def is_scalar(type_: Type) -> bool:
    """Whether a value is a setting that a prompt may name; so is a list of such."""
    inner = type_.required
    if isinstance(inner, ListType):
        inner = inner.item.required
    return isinstance(inner, ScalarType | EnumType)


def _line(text: ast.Text, line: int) -> Span:
    """The place of a line of a prompt, without the white space around it."""
    lines = text.value.split("\n")
    content = lines[min(line, len(lines)) - 1]
    before = sum(len(each) + 1 for each in lines[: min(line, len(lines)) - 1])
    start = before + len(content) - len(content.lstrip())
    return text.part(start, max(start, before + len(content.rstrip())))
