"""The pure functions of expressions: a closed set, each defined once.

A definition holds all there is to know of a function: how it is written, what it
does to types, what it does to values, and three facts. `keeps`: all items of its
arguments are in the result. `same_text`: their text is still what it was. `carried`:
of which arguments that holds; a separator or a template is none.
"""

from __future__ import annotations

import datetime
import difflib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias, TypeVar

from rlmflow.text.tokens import count_tokens
from rlmflow.types import (
    ANY,
    BOOL,
    DATE,
    INT,
    NEVER,
    TEXT,
    AnyType,
    DictType,
    ListType,
    OptionalType,
    Type,
    fits,
    has_equality,
    joined,
)
from rlmflow.values import Item, Part, same


class Unfit(NamedTuple):
    """The argument (counted from 0) that a function can't take, and what it takes there."""

    argument: int
    wanted: str


class NoValue(ValueError):
    """A function that has no value for these arguments; the message says why."""


class UnevenTemplate(NoValue):
    """A `format` whose template has more or fewer `{}` than values."""


class FunctionFailed(Exception):
    """A function of an author's own that gave no value; the message says why."""


Rule: TypeAlias = Callable[..., Type | Unfit]
Run = TypeVar("Run", bound=Callable[..., Any])


@dataclass(frozen=True, eq=False)
class Function:
    """A pure function. `most` is None where it takes any number of arguments."""

    name: str
    signature: str
    doc: str
    least: int
    most: int | None
    result: Rule
    run: Callable[..., Any]
    keeps: bool
    same_text: bool
    carried: slice


FUNCTIONS: dict[str, Function] = {}


def _function(
    signature: str,
    *,
    type: Rule,
    least: int,
    most: int | None,
    keeps: bool = False,
    same_text: bool = False,
    carried: slice = slice(None),
) -> Callable[[Run], Run]:
    """Define the function that `signature` begins with; its docstring documents it."""
    name = signature.partition("(")[0]

    def define(run: Run) -> Run:
        doc = run.__doc__ or ""
        FUNCTIONS[name] = Function(
            name, signature, doc, least, most, type, run, keeps, same_text, carried
        )
        return run

    return define


def _of_texts(result: Type) -> Rule:
    """The rule of a function whose arguments are all texts."""

    def rule(*given: Type) -> Type | Unfit:
        wrong = (at for at, type_ in enumerate(given) if not fits(type_, TEXT))
        return next((Unfit(at, "text") for at in wrong), result)

    return rule


def _countable(given: Type) -> Type | Unfit:
    if isinstance(given, ListType | DictType | AnyType) or fits(given, TEXT):
        return INT
    return Unfit(0, "a list, a text or a dict")


def _element(given: Type) -> Type | Unfit:
    match given:
        case AnyType():
            return ANY
        case ListType(OptionalType() as item):
            return item
        case ListType(AnyType() as item) if item != NEVER:
            return item
        case ListType():
            return OptionalType(given.item)
        case _:
            return Unfit(0, "a list")


def _holding(given: Type, part: Type) -> Type | Unfit:
    if isinstance(given, ListType):
        shared = _shared(given, part)
        return shared if isinstance(shared, Unfit) else BOOL
    return _of_texts(BOOL)(given, part)


def _shared(given: Type, part: Type) -> Type | Unfit:
    if not isinstance(given, ListType | AnyType):
        return Unfit(0, "a list")
    if not isinstance(part, ListType | AnyType):
        return Unfit(1, "a list")
    if isinstance(given, AnyType) or isinstance(part, AnyType):
        return given
    for at, item in enumerate((given.item, part.item)):
        if not has_equality(item):
            return Unfit(at, "a list of values that can be equal")
    return given if joined(given.item, part.item) else Unfit(1, f"`{given}`")


def _day_and_text(day: Type, every: Type) -> Type | Unfit:
    if not fits(day, DATE):
        return Unfit(0, "a date")
    return TEXT if fits(every, TEXT) else Unfit(1, "text")


def _joined_texts(given: Type, separator: Type = TEXT) -> Type | Unfit:
    if not fits(given, ListType(TEXT)):
        return Unfit(0, "list[text]")
    return TEXT if fits(separator, TEXT) else Unfit(1, "text")


def _any_to_text(_: Type) -> Type | Unfit:
    return TEXT


def _template_to_text(template: Type, *_: Type) -> Type | Unfit:
    return TEXT if fits(template, TEXT) else Unfit(0, "text")


@_function("len(x: list | text | dict) -> int", type=_countable, least=1, most=1)
def _len(x: Sequence[object] | Mapping[object, object]) -> int:
    """How many items, characters or entries there are."""
    return len(x)


@_function("first(x: list[T]) -> T?", type=_element, least=1, most=1)
def _first(x: Sequence[object]) -> object:
    """The first item, `none` where there is none."""
    return x[0] if x else None


@_function("last(x: list[T]) -> T?", type=_element, least=1, most=1)
def _last(x: Sequence[object]) -> object:
    """The last item, `none` where there is none."""
    return x[-1] if x else None


@_function("lower(x: text) -> text", type=_of_texts(TEXT), least=1, most=1, keeps=True)
def _lower(x: str) -> str:
    """The text in small letters."""
    return x.lower()


@_function("upper(x: text) -> text", type=_of_texts(TEXT), least=1, most=1, keeps=True)
def _upper(x: str) -> str:
    """The text in capitals."""
    return x.upper()


@_function("text(x) -> text", type=_any_to_text, least=1, most=1, keeps=True, same_text=True)
def as_text(x: object) -> str:
    """Any value as text: a document's text, a list's items and a record's fields on lines."""
    match x:
        case Item():
            return as_text(x.value)
        case str() as text:
            return text
        case None:
            return "none"
        case bool():
            return "true" if x else "false"
        case datetime.date():
            return x.isoformat()
        case Part():
            return x.text
        case dict():
            return "\n".join(f"{as_text(key)}: {as_text(value)}" for key, value in x.items())
        case list() | tuple():
            return "\n".join(map(as_text, x))
        case _:
            return str(x)


@_function("tokens(x: text) -> int", type=_of_texts(INT), least=1, most=1)
def _tokens(x: str) -> int:
    """How many tokens the text has."""
    return count_tokens(x)


@_function(
    'join(x: list[text], by: text = "\\n") -> text',
    type=_joined_texts,
    least=1,
    most=2,
    keeps=True,
    same_text=True,
    carried=slice(1),
)
def _join(x: Sequence[object], by: str = "\n") -> str:
    """The texts one after the other, with `by` between them."""
    return by.join(map(as_text, x))


@_function("contains(x: text | list, part: text | list) -> bool", type=_holding, least=2, most=2)
def _contains(x: str | Sequence[object], part: str | Sequence[object]) -> bool:
    """Whether `part` stands in the text; in a list, whether all its items do, as often."""
    if isinstance(x, str) or isinstance(part, str):
        return str(part) in str(x)
    return not Counter(map(same, part)) - Counter(map(same, x))


@_function("among(x: list[T], part: list[T]) -> list[T]", type=_shared, least=2, most=2)
def _among(x: Sequence[object], part: Sequence[object]) -> Sequence[object]:
    """The items of a list that are items of another too."""
    wanted = set(map(same, part))
    return [item for item in x if same(item) in wanted]


@_function("period(day: date, every: text) -> text", type=_day_and_text, least=2, most=2)
def _period(day: datetime.date, every: str) -> str:
    """The day, week, month, quarter or year that a day is in: 2024-03-01, 2024-W09, 2024-03."""
    year, week, _ = day.isocalendar()
    match every:
        case "day":
            return day.isoformat()
        case "week":
            return f"{year:04}-W{week:02}"
        case "month":
            return f"{day.year:04}-{day.month:02}"
        case "quarter":
            return f"{day.year:04}-Q{(day.month + 2) // 3}"
        case "year":
            return f"{day.year:04}"
        case _:
            raise NoValue(f'"{every}" is no day, week, month, quarter or year')


@_function("startswith(x: text, part: text) -> bool", type=_of_texts(BOOL), least=2, most=2)
def _startswith(x: str, part: str) -> bool:
    """Whether the text begins with `part`."""
    return x.startswith(part)


@_function(
    "format(template: text, …) -> text",
    type=_template_to_text,
    least=1,
    most=None,
    keeps=True,
    same_text=True,
    carried=slice(1, None),
)
def _format(template: str, *values: object) -> str:
    """The template with a value in place of each `{}`."""
    pieces = template.split("{}")
    if len(pieces) != len(values) + 1:
        raise UnevenTemplate(uneven(len(pieces) - 1, len(values)))
    filled = (piece + as_text(value) for piece, value in zip(pieces, values, strict=False))
    return "".join(filled) + pieces[-1]


def uneven(places: int, values: int) -> str:
    """What is wrong with a template of so many `{}` for so many values."""
    return f"the template has {places} `{{}}` for {values} value{'' if values == 1 else 's'}"


@_function("diff(a: text, b: text) -> text", type=_of_texts(TEXT), least=2, most=2)
def _diff(a: str, b: str) -> str:
    """What changed from `a` to `b`, line by line, as a unified diff; empty if nothing did."""
    # Cut at "\n" alone, and with what is behind the last one: no two texts have equal lines.
    lines = difflib.unified_diff(a.split("\n"), b.split("\n"), "a", "b", lineterm="")
    return "\n".join(lines)
