"""The kinds of argument that an operator's parameters take.

An operator's Python signature is its signature in the language. A parameter's
annotation carries one `Kind` (or several, tried in order), by which analysis
checks what an author wrote and the runtime turns it into the Python value that
the annotation says. A trailing underscore in a Python name (`as_`, `from_`) is
not part of the name in the language.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NamedTuple, Protocol, TypeAlias

from rlmflow.types import ANY, BOOL, CORPUS, FLOAT, INT, TEXT, ListType, Type
from rlmflow.values import Item, Stream


class Amount(NamedTuple):
    """A number with its unit, as run: `6k tokens` is `Amount(6000, "tokens")`."""

    value: float
    unit: str

    def __str__(self) -> str:
        return f"{self.value:g}%" if self.unit == "%" else f"{self.value:,g} {self.unit}"


Side: TypeAlias = Literal["left", "right"]


class Scope(Protocol):
    """An author's expression over an item (`where:`, `by:`, `show:`), as run.

    `type` is its static type; `labels` the texts it can be, where that is a
    closed set.
    """

    @property
    def type(self) -> Type: ...

    @property
    def labels(self) -> tuple[str, ...] | None: ...

    def __call__(self, item: Item) -> Any: ...

    def verdict(self, item: Item) -> str:
        """What is computed in a condition, and what it comes to for an item; may be empty."""
        ...


class PairScope(Protocol):
    """An author's condition over `left` and `right`, as run. Raises `ExpressionError`.

    `has_key`: whether it asks for something of the one to equal something of the
    other; `key` is that, of the item on a side. It holds for no items with unequal keys.
    """

    @property
    def has_key(self) -> bool: ...

    def key(self, side: Side, item: Item) -> Any: ...

    def __call__(self, left: Item, right: Item) -> bool: ...


@dataclass(frozen=True)
class ItemItself:
    """The expression `item`, as the default of a parameter that takes one over items."""

    type: Type = ANY
    labels: tuple[str, ...] | None = None

    def __call__(self, item: Item) -> Any:
        return item.value

    def verdict(self, _: Item) -> str:
        return ""

    def __str__(self) -> str:
        return "item"


ITSELF = ItemItself()

Callee = Callable[[Item], Awaitable[Item]]


@dataclass(frozen=True)
class Kind:
    """What may stand as an argument. `label` names it in documentation."""

    label: str


@dataclass(frozen=True)
class InputKind(Kind):
    """Items flow in. `wanted`: the type they must fit, None for any list.

    `single`: one value that is no list will do too (it is a list of one).
    """

    wanted: Type | None = None
    single: bool = False


@dataclass(frozen=True)
class AmountKind(Kind):
    """A quantity in one of `units`, at least `least`. `plain`: a bare whole number will do."""

    units: tuple[str, ...] = ()
    least: float = 0
    plain: bool = False


@dataclass(frozen=True)
class ValueKind(Kind):
    """An expression of type `wanted` that no scope is open for. `least` bounds a number."""

    wanted: Type = TEXT
    least: float | None = None


@dataclass(frozen=True)
class ChoiceKind(Kind):
    """One of a few bare words."""

    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class PatternKind(Kind):
    """A regular expression, written as a raw string."""


@dataclass(frozen=True)
class ScopeKind(Kind):
    """An expression in which `names` are in scope; of type `wanted`, None for any."""

    names: tuple[str, ...] = ("item",)
    wanted: Type | None = None


@dataclass(frozen=True)
class FieldKind(Kind):
    """A new field's name, written bare."""


@dataclass(frozen=True)
class OwnFieldKind(Kind):
    """A field that the items have, by its name, written bare."""


@dataclass(frozen=True)
class StrategyKind(Kind):
    """A strategy's name; it runs once an item and stands for the prompt and `-> Type`."""


@dataclass(frozen=True)
class FailureKind(Kind):
    """`fail`, or `skip(…%)`. As run: the share of items that may be skipped, 0 to 1."""


@dataclass(frozen=True)
class RoleKind(Kind):
    """A model's role, a bare word that is bound to a real model when run."""


@dataclass(frozen=True)
class ToolsKind(Kind):
    """Tools by their names, in brackets: functions, `server.tool`. As run: what they name."""


Items = Annotated[Stream, InputKind("list")]
Documents = Annotated[Stream, InputKind("corpus", CORPUS)]
Anything = Annotated[Stream, InputKind("anything", single=True)]

Size = Annotated[Amount, AmountKind("size", ("chars", "tokens", "lines"), least=1)]
Margin = Annotated[Amount, AmountKind("size", ("chars", "tokens", "lines"))]
Share = Annotated[Amount, AmountKind("number or %", ("%",), plain=True)]
Positive = Annotated[int, ValueKind("int", INT, least=1)]
AtLeastTwo = Annotated[int, ValueKind("int", INT, least=2)]
Words = Annotated[str, ValueKind("text", TEXT)]
Labels = Annotated[list[str], ValueKind("list[text]", ListType(TEXT))]
Value = Annotated[object, ValueKind("value", ANY)]
Pattern = Annotated[str, PatternKind("pattern")]
Where = Annotated[Scope, ScopeKind("condition on item", wanted=BOOL)]
BothWhere = Annotated[
    PairScope, ScopeKind("condition on a pair", names=("left", "right"), wanted=BOOL)
]
By = Annotated[Scope, ScopeKind("expression of item")]
Show = Annotated[Scope, ScopeKind("expression of item")]
Number = Annotated[Scope, ScopeKind("number from item", wanted=FLOAT)]
FieldName = Annotated[str, FieldKind("new field")]
OwnField = Annotated[str, OwnFieldKind("field")]
Strategy = Annotated[Callee, StrategyKind("strategy")]
OnFailure = Annotated[float, FailureKind("fail | skip(…%)")]
Role = Annotated[str, RoleKind("role")]
Tools = Annotated[tuple[object, ...], ToolsKind("[tool, …]")]


@dataclass(frozen=True)
class Parameter:
    """One parameter of an operator, by its name in the language and in Python."""

    name: str
    python_name: str
    kinds: tuple[Kind, ...]
    required: bool
    default: object
    keyword: bool
    variadic: bool

    @property
    def is_input(self) -> bool:
        """Whether items flow in here; a keyword (`also:`) brings context alone."""
        return not self.keyword and any(isinstance(kind, InputKind) for kind in self.kinds)


def parameters_of(function: Callable[..., object], *, skip: int) -> tuple[Parameter, ...]:
    """The parameters of `function` after the first `skip`, read from its annotations."""
    hints = typing.get_type_hints(function, include_extras=True)
    signature = list(inspect.signature(function).parameters.values())[skip:]
    return tuple(_parameter(p, hints[p.name]) for p in signature)


def _parameter(parameter: inspect.Parameter, hint: object) -> Parameter:
    return Parameter(
        name=parameter.name.rstrip("_"),
        python_name=parameter.name,
        kinds=_kinds(hint),
        required=parameter.default is parameter.empty
        and parameter.kind is not parameter.VAR_POSITIONAL,
        default=None if parameter.default is parameter.empty else parameter.default,
        keyword=parameter.kind is parameter.KEYWORD_ONLY,
        variadic=parameter.kind is parameter.VAR_POSITIONAL,
    )


_PLAIN: dict[object, Kind] = {
    bool: ValueKind("bool", BOOL),
    int: ValueKind("int", INT),
    str: ValueKind("text", TEXT),
}


def _kinds(hint: object) -> tuple[Kind, ...]:
    if hint is type(None):
        return ()
    if typing.get_origin(hint) is Annotated:
        return tuple(k for k in typing.get_args(hint)[1:] if isinstance(k, Kind))
    if typing.get_origin(hint) is Literal:
        words = typing.get_args(hint)
        return (ChoiceKind(" | ".join(words), words),)
    if hint in _PLAIN:
        return (_PLAIN[hint],)
    return tuple(kind for arm in typing.get_args(hint) for kind in _kinds(arm))
