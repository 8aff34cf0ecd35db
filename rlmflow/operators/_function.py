"""A function of a Python file as an operator: its signature, its facts, and how it is called.

What a file of functions says of itself is read from its text; nothing of it runs until
a run is told to trust it. `function` is the decorator by which an author declares what a
function does to the items of its lists.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeVar, overload

from rlmflow.operators._function_values import Given, made_of
from rlmflow.operators._operator import FORBIDDEN, Call, Facts, Operator
from rlmflow.operators._parameters import InputKind, Kind, Parameter, ValueKind
from rlmflow.operators._step import Step
from rlmflow.source import Span
from rlmflow.types import DictType, DocumentType, ListType, RecordType, Type
from rlmflow.values import Item, Stream

Function = TypeVar("Function", bound=Callable[..., Any])
_Share = Literal["all", "some", "none"]

DECLARED: Mapping[str, tuple[object, ...]] = {
    "reads": ("all", "some", "none"),
    "keeps": ("all", "some"),
    "once": (True, False),
    "text": ("same", "new"),
}
"""What the decorator takes, and what each may be."""


@overload
def function(declared: Function, /) -> Function: ...


@overload
def function(
    *,
    reads: _Share = "some",
    keeps: Literal["all", "some"] = "some",
    once: bool = False,
    text: Literal["same", "new"] = "new",
) -> Callable[[Function], Function]: ...


def function(declared: Any = None, /, **_: object) -> Any:
    """Declare what a function that strategies use does to the items of its lists.

    reads: whether it shows `all`, `some` or `none` of them to a model. keeps: whether
    `all` are in its result, or `some`. once: whether none is there twice. text: whether
    an item's text is the `same` as it was, or `new`. What is not said is taken at its
    worst. The file's text is where all this is read: the function stays as it is.
    """
    return declared if declared is not None else lambda it: it


@dataclass(frozen=True)
class PythonParameter:
    """A parameter as annotated. `default`: as written, None where there is none."""

    name: str
    type: Type
    required: bool
    keyword: bool
    default: object = None


@dataclass(frozen=True, eq=False)
class PythonFunction:
    """A function of a file, as its text says; `span` is where it is defined."""

    name: str
    span: Span
    parameters: tuple[PythonParameter, ...]
    returns: Type
    facts: Facts
    doc: str
    waits: bool = False

    @property
    def id(self) -> str:
        """The function's name in a program."""
        return f"{self.span.source.name}:{self.name}"

    @property
    def signature(self) -> str:
        parameters = ", ".join(f"{p.name}: {p.type}" for p in self.parameters)
        return f"{self.name}({parameters}) -> {self.returns}"


@dataclass(eq=False, kw_only=True)
class FunctionOperator(Operator):
    """An operator that is a function of an author's own."""

    function: PythonFunction = field(repr=False)

    @property
    def may_ask(self) -> bool:
        return False


def as_operator(function: PythonFunction) -> FunctionOperator:
    """The operator that calls the function once, with its lists whole."""
    types = {parameter.name: parameter.type for parameter in function.parameters}

    # What it hands on is handed on as new items, which know those that they are.
    facts = replace(function.facts, items="new")

    async def body(step: Step, **bound: object) -> Stream | Item:
        loaded = step.python(function.id)
        given = Given(loaded)
        arguments: dict[str, object] = {}
        for name, value in bound.items():
            if isinstance(value, Stream):
                arguments[name] = given.flow(await value.all(), types[name])
            else:
                arguments[name] = given.setting(value, types[name])
        same = function.facts.text == "same"
        return made_of(await loaded.call(arguments), function.returns, given, step, same_text=same)

    return FunctionOperator(
        name=function.name,
        body=body,
        parameters=tuple(_parameter(parameter) for parameter in function.parameters),
        doc=function.doc,
        prompt=FORBIDDEN,
        returns=FORBIDDEN,
        asks=lambda _: False,
        facts_of=lambda _: facts,
        result_type=lambda _: function.returns,
        told=lambda call: _told(call, function),
        losses={"reads": _changes, "keeps": _drops, "once": _doubles},
        function=function,
    )


def _changes(call: Call) -> str:
    return (
        f"does not declare that it keeps all of {call.inputs_in_words}, each with its text the same"
    )


def _drops(call: Call) -> str:
    return f"does not declare that it keeps all of {call.inputs_in_words}"


def _doubles(call: Call) -> str:
    return f"does not declare that each of {call.inputs_in_words} is in its result once"


def _told(call: Call, function: PythonFunction) -> str:
    return function.doc.split("\n\n", 1)[0] or f"Runs the author's own `{call.operator.name}`."


def _parameter(parameter: PythonParameter) -> Parameter:
    return Parameter(
        name=parameter.name,
        python_name=parameter.name,
        kinds=(_kind(parameter.type),),
        required=parameter.required,
        default=parameter.default,
        keyword=parameter.keyword,
        variadic=False,
    )


def _kind(type_: Type) -> Kind:
    """Lists, documents and records are data whose items flow in; anything else is a setting."""
    if isinstance(type_, ListType | DocumentType | RecordType | DictType):
        return InputKind(str(type_), type_, single=not isinstance(type_, ListType))
    return ValueKind(str(type_), type_)
