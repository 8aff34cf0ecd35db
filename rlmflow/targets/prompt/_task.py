"""The task as a root is told of it: input, parameters, and what the answer must be."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from rlmflow.expressions import literal
from rlmflow.graph.model import Input, StrategyGraph
from rlmflow.operators._wording import in_words
from rlmflow.syntax import ast
from rlmflow.syntax.inline import format_expression
from rlmflow.targets.repl_names import first_input, variables
from rlmflow.text.one_line import one_line
from rlmflow.types import (
    BOOL,
    CORPUS,
    DATE,
    DOCUMENT,
    FLOAT,
    INT,
    DictType,
    EnumType,
    ListType,
    OptionalType,
    RecordType,
    Type,
)

_WIDTH = len("999,999,999,999")
_LONGEST_SETTING = 200
"""Characters of a setting that stands in the prompt; what is longer is a variable only."""

_NOT_YET = "known when run".rjust(_WIDTH)

_ANY_TEXT = "…"
_EXAMPLES: dict[Type, object] = {
    BOOL: True,
    INT: 3,
    FLOAT: 0.5,
    DATE: datetime.date(2025, 1, 31).isoformat(),
}


@dataclass(frozen=True)
class Shape:
    """The size of an input: how many documents, and characters in all."""

    documents: int
    characters: int


@dataclass(frozen=True)
class InputTold:
    """An input as a root is told of it; the figures are of one width, whatever the size."""

    name: str
    variable: str
    documents: str
    characters: str


@dataclass(frozen=True)
class SettingTold:
    """A parameter as a root is told of it; `value` is what is said of its value."""

    name: str
    variable: str
    type: str
    value: str


NO_SHAPES: Mapping[str, Shape] = {}
NO_VALUES: Mapping[str, object] = {}


def inputs(strategy: StrategyGraph, shapes: Mapping[str, Shape]) -> list[InputTold]:
    """The inputs, the one that `context` holds first. One without a shape is yet to come."""
    names = variables(strategy)
    first = first_input(strategy)
    rest = [p for p in strategy.parameters if _is_input(p) and p is not first]
    in_order = [first, *rest] if first else []
    return [input_told(p.name, names[p.name], shapes.get(p.name)) for p in in_order]


def input_told(name: str, variable: str, shape: Shape | None) -> InputTold:
    """An input with its figures; a placeholder of the same width where there is none yet."""
    if shape is None:
        return InputTold(name, variable, _NOT_YET, _NOT_YET)
    return InputTold(name, variable, _figure(shape.documents), _figure(shape.characters))


def _figure(number: int) -> str:
    return f"{number:>{_WIDTH},}"


def settings(strategy: StrategyGraph, values: Mapping[str, object]) -> list[SettingTold]:
    """The parameters that are no input, with the values of those that are short."""
    names = variables(strategy)
    return [
        SettingTold(p.name, names[p.name], _kind(p.type), _value(p, values))
        for p in strategy.parameters
        if not _is_input(p)
    ]


def _kind(type_: Type) -> str:
    return in_words(type_) if isinstance(type_, EnumType) else str(type_)


def _is_input(parameter: Input) -> bool:
    return parameter.type in (CORPUS, DOCUMENT)


def _value(parameter: Input, values: Mapping[str, object]) -> str:
    if parameter.name in values:
        return said(values[parameter.name])
    match parameter.default:
        case None:
            return "set when it is run"
        case ast.Nothing():
            return "none, unless it is set"
        case ast.Text() | ast.Number() | ast.Truth() as written:
            return said(literal(written))
        case written:
            return f"`{one_line(format_expression(written), _LONGEST_SETTING)}`"


def is_long(value: object) -> bool:
    """Whether a setting is too long to stand in a prompt."""
    return len(repr(value)) > _LONGEST_SETTING


def said(value: object) -> str:
    """A setting as Python writes it; of a long one, how long it is."""
    if not is_long(value):
        return repr(value)
    if isinstance(value, str):
        return f"a text of {len(value):,} characters, in the variable"
    if isinstance(value, list | dict):
        return f"{len(value):,} entries, in the variable"
    return "in the variable"


def answer_in_words(type_: Type) -> str:
    """What the answer must be, and an example of its form where that says more."""
    words = in_words(type_).rstrip()
    words = words if "\n" in words else f"{words}."
    value = example(type_)
    return words if value == _ANY_TEXT else f"{words}\n\nFor example: `{value!r}`"


def example(type_: Type) -> object:
    """A plain value of a type."""
    match type_:
        case OptionalType():
            return example(type_.inner)
        case ListType():
            return [example(type_.item)]
        case DictType():
            return {str(example(type_.key)): example(type_.value)}
        case RecordType():
            return {field.name: example(field.type) for field in type_.fields}
        case EnumType(values=(first, *_)):
            return first
        case _:
            return _EXAMPLES.get(type_, _ANY_TEXT)
