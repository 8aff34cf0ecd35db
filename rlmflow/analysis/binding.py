"""Which argument of a call goes to which parameter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from rlmflow.analysis.context import Context
from rlmflow.diagnostics import codes
from rlmflow.diagnostics.model import Note
from rlmflow.diagnostics.suggest import did_you_mean
from rlmflow.syntax import ast


class Slot(Protocol):
    """A parameter that an argument can be bound to."""

    @property
    def name(self) -> str: ...
    @property
    def required(self) -> bool: ...
    @property
    def keyword(self) -> bool: ...
    @property
    def variadic(self) -> bool: ...


@dataclass(frozen=True)
class Plain:
    """A parameter of a strategy, by position or by name."""

    name: str
    required: bool
    keyword: bool = False
    variadic: bool = False


@dataclass
class Bound:
    """Arguments by parameter; `more` go to the variadic one. `sound`: nothing was wrong."""

    named: dict[str, ast.Argument] = field(default_factory=dict)
    more: list[ast.Argument] = field(default_factory=list)
    sound: bool = True


def bind(call: ast.Call, slots: Sequence[Slot], context: Context) -> Bound:
    """Bind a call's arguments, by position and then by name, and report what can't be."""
    bound = Bound()
    positions = iter([slot for slot in slots if not slot.keyword])
    variadic: Slot | None = None
    for argument in call.arguments:
        if argument.name is not None:
            _bind_named(call, argument, slots, bound, context)
            continue
        slot = variadic or next(positions, None)
        if slot is None:
            _report_too_many(call, argument, slots, bound, context)
        elif slot.variadic:
            variadic = slot
            bound.more.append(argument)
        else:
            bound.named[slot.name] = argument
    _report_missing(call, slots, bound, context)
    return bound


def _bind_named(
    call: ast.Call, argument: ast.Argument, slots: Sequence[Slot], bound: Bound, context: Context
) -> None:
    assert argument.name is not None
    name = argument.name
    slot = next((slot for slot in slots if slot.name == name.text and not slot.variadic), None)
    if slot is None:
        bound.sound = False
        known = [slot.name for slot in slots if not slot.variadic]
        hint = did_you_mean(name.text, known) or _takes(call.callee.text, known)
        message = f"`{call.callee.text}` takes no `{name.text}`"
        context.report(codes.UNKNOWN_KNOB.at(name.span, message, hint=hint))
    elif name.text in bound.named:
        bound.sound = False
        note = Note("it is given here", bound.named[name.text].span)
        message = f"`{name.text}` is given twice"
        context.report(codes.DUPLICATE_NAME.at(name.span, message, notes=(note,)))
    else:
        bound.named[name.text] = argument


def _takes(callee: str, names: Sequence[str]) -> str:
    if not names:
        return "it takes nothing by name"
    return f"`{callee}` takes {', '.join(f'`{name}`' for name in names)}"


def _report_too_many(
    call: ast.Call, argument: ast.Argument, slots: Sequence[Slot], bound: Bound, context: Context
) -> None:
    if not bound.sound:
        return
    bound.sound = False
    callee = call.callee.text
    free = [s.name for s in slots if s.keyword and s.name not in bound.named]
    count = sum(1 for slot in slots if not slot.keyword)
    plural = "" if count == 1 else "s"
    hint = f"write the name before it, such as `{free[0]}: …`" if free else None
    if isinstance(argument.value, ast.Text):
        hint = f'a prompt stands behind the call: `{callee}(…) """…"""`'
    context.report(
        codes.TOO_MANY_ARGUMENTS.at(
            argument.span,
            f"`{callee}` takes {count} argument{plural} without a name",
            hint=hint,
        )
    )


def _report_missing(call: ast.Call, slots: Sequence[Slot], bound: Bound, context: Context) -> None:
    given = [*bound.named, *(slot.name for slot in slots if slot.variadic and bound.more)]
    missing = [slot for slot in slots if slot.name not in given and _needed(slot, given)]
    if not missing:
        return
    bound.sound = False
    callee = call.callee.text
    listed = " and ".join(f"`{slot.name}`" for slot in missing)
    first = missing[0]
    written = f"{callee}(…, {first.name}: …)" if first.keyword else f"{callee}({first.name}, …)"
    context.report(
        codes.MISSING_ARGUMENT.at(
            call.callee.span, f"`{callee}` needs {listed}", hint=f"write `{written}`"
        )
    )


def _needed(slot: Slot, given: Sequence[str]) -> bool:
    """A variadic parameter takes at least one argument, where nothing comes before it."""
    return slot.required or (slot.variadic and not given)
