"""How items get into the value of an expression: whole or in part, as they were or changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple, Protocol

from rlmflow.analysis.fields import field_type
from rlmflow.expressions import field_path
from rlmflow.expressions.shown import shows_arguments
from rlmflow.functions import FUNCTIONS, Unfit
from rlmflow.operators._operator import Path
from rlmflow.proof.spots import Spot, is_shown_within, item_type, type_at
from rlmflow.syntax import ast
from rlmflow.types import ANY, FLOAT, NEVER, TEXT, AnyType, ListType, Type, fits


@dataclass(frozen=True)
class Flow:
    """Items of one spot in the value of an expression.

    `keeps`: all of them are in it. `same`: their text is what it was. `once`: none is in
    it twice. `inside`: they stand in the text of an item of the value, or are nested in
    it, rather than being items of it. `raw`: what was cut from input stands there as it
    was cut, not field by field.
    """

    source: Spot
    keeps: bool = True
    same: bool = True
    once: bool = True
    inside: bool = False
    raw: bool = True

    @property
    def lost(self) -> Flow:
        return replace(self, keeps=False, same=False, once=False)


class Flows(NamedTuple):
    """All that flows into a value. `foreign`: it also has text that is from no item."""

    flows: tuple[Flow, ...] = ()
    foreign: bool = False


class Around(Protocol):
    """What is known where an expression stands."""

    def spot(self, step: str, output: str) -> Spot | None:
        """A step's result, or its complement of that name; None where there is none."""
        ...

    def type_of(self, spot: Spot) -> Type: ...

    def holds_cut_text(self, spot: Spot) -> bool: ...

    def matched(self, expression: ast.Match) -> Flows: ...


def flows_of(expression: ast.Expression, around: Around) -> Flows:
    """What flows into the value of a pure expression."""
    match expression:
        case ast.Reference(name=name):
            return _whole(around.spot(name, ""))
        case ast.Field():
            return _field(expression, around)
        case ast.ListOf(items=items):
            return _together([_element(item, around) for item in items])
        case ast.RecordOf(fields=fields):
            # Its items stand in the record; where, and whether as they were, is not followed.
            each = partial(_nested, around=around)
            given = _together([_each(each, flows_of(field.value, around)) for field in fields])
            return _changed(given)
        case ast.BinaryOperation(sign="+"):
            summands = list(_summands(expression))
            every = _together([flows_of(each, around) for each in summands])
            types = (static_type(each, around) for each in summands)
            known = next((type_ for type_ in types if not isinstance(type_, AnyType)), ANY)
            return _changed(every) if fits(known, FLOAT) else every
        case ast.Call() if shows_arguments(expression):
            return _written(expression, around)
        case ast.Call(callee=callee, arguments=arguments):
            function = FUNCTIONS.get(callee.text)
            given = _together([flows_of(each.value, around) for each in arguments])
            return _changed(given) if function and function.keeps else _lost(given)
        case ast.Match():
            return around.matched(expression)
        case ast.BinaryOperation(left=left, right=right):
            return _lost(_together([flows_of(left, around), flows_of(right, around)]))
        case ast.UnaryOperation(value=value):
            return _lost(flows_of(value, around))
        case ast.Text(value=text):
            return Flows(foreign=bool(text.strip()))
        case _:
            return Flows(foreign=not isinstance(expression, ast.Nothing))


def _summands(expression: ast.Expression) -> Iterator[ast.Expression]:
    """What `a + b + …` puts together."""
    waiting = [expression]
    while waiting:
        each = waiting.pop()
        if isinstance(each, ast.BinaryOperation) and each.sign == "+":
            waiting += [each.right, each.left]
        else:
            yield each


def _whole(spot: Spot | None) -> Flows:
    return Flows((Flow(spot),)) if spot is not None else Flows(foreign=True)


def _each(change: Callable[[Flow], Flow], given: Flows, *, foreign: bool = False) -> Flows:
    return Flows(tuple(map(change, given.flows)), given.foreign or foreign)


def _together(given: Iterable[Flows]) -> Flows:
    every = list(given)
    return Flows(tuple(f for one in every for f in one.flows), any(one.foreign for one in every))


def _lost(given: Flows) -> Flows:
    return _each(lambda flow: flow.lost, given, foreign=True)


def _changed(given: Flows) -> Flows:
    return _each(lambda flow: replace(flow, same=False), given, foreign=True)


def _nested(flow: Flow, around: Around) -> Flow:
    """The flow of what is written out inside a text: records field by field."""
    raw = flow.raw and not around.holds_cut_text(flow.source)
    return replace(flow, inside=True, raw=raw)


def _element(item: ast.Expression, around: Around) -> Flows:
    given = flows_of(item, around)
    if not isinstance(static_type(item, around), ListType):
        return given
    return _each(partial(_nested, around=around), given)


def _written(call: ast.Call, around: Around) -> Flows:
    """A function that writes its arguments into a text, as they are."""
    written: list[Flows] = []
    carried = range(len(call.arguments))[FUNCTIONS[call.callee.text].carried]
    for number, argument in enumerate(call.arguments):
        given = flows_of(argument.value, around)
        if number in carried:
            written.append(_each(partial(_nested, around=around), given))
        elif given.flows or _has_words(argument.value):
            written.append(_lost(given))
    return _together(written)


def _has_words(template: ast.Expression) -> bool:
    """Whether a template or a separator has text of its own."""
    if not isinstance(template, ast.Text):
        return True
    return bool(template.value.replace("{}", "").strip())


def _field(expression: ast.Field, around: Around) -> Flows:
    path = field_path(expression)
    complement = around.spot(*path) if path else None
    if complement is not None:
        return _whole(complement)
    holder, name = flows_of(expression.value, around), expression.name.text

    def narrowed(flow: Flow) -> Flow:
        known = type_at(around.type_of(flow.source), (*flow.source.path, name))
        if flow.keeps and flow.same and not flow.inside and known is not None:
            return replace(flow, source=flow.source.field(name))
        return flow.lost

    return _each(narrowed, holder)


def static_type(expression: ast.Expression, around: Around) -> Type:
    """The type of a checked expression; `ANY` where it does not matter to what flows."""
    match expression:
        case ast.Reference(name=name):
            spot = around.spot(name, "")
            return around.type_of(spot) if spot is not None else ANY
        case ast.Field(value=holder, name=name):
            path = field_path(expression)
            spot = around.spot(*path) if path else None
            if spot is not None:
                return around.type_of(spot)
            return field_type(static_type(holder, around).required, name.text) or ANY
        case ast.ListOf(items=items):
            return ListType(static_type(items[0], around) if items else NEVER)
        case ast.BinaryOperation(sign="+"):
            return static_type(next(_summands(expression)), around)
        case ast.BinaryOperation(sign="-" | "*" | "/"):
            return FLOAT
        case ast.Call(callee=callee, arguments=arguments) if callee.text in FUNCTIONS:
            types = [static_type(argument.value, around) for argument in arguments]
            result = FUNCTIONS[callee.text].result(*types)
            return ANY if isinstance(result, Unfit) else result
        case ast.Match(arms=arms):
            return static_type(arms[0].value, around)
        case ast.Text():
            return TEXT
        case ast.Number():
            return FLOAT
        case _:
            return ANY


def conveys(flow: Flow, path: Path, holder: Type) -> bool:
    """Whether the text that flows holds all text of what is at `path` of its items.

    `holder`: the type of the items that the flow's own path starts from.
    """
    at = flow.source.path
    if not (flow.keeps and flow.same) or path[: len(at)] != at:
        return False
    if path == at:
        return flow.raw
    whole = type_at(holder, at)
    return whole is not None and is_shown_within(path[len(at)], item_type(whole))
