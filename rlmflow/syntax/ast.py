"""The syntax tree: what an author wrote, with the place of every piece.

Nothing here is resolved: a name is a string, a call may be of an operator, a
strategy or a Python function, and a type may not exist. Spans do not take part
in equality, so a tree equals the tree of its formatted text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, TypeAlias

from rlmflow.source import Source, Span
from rlmflow.syntax import literals


@dataclass(frozen=True, kw_only=True)
class Node:
    """Anything with a place in a file."""

    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True)
class Name(Node):
    """An identifier where it stands."""

    text: str


# Types


@dataclass(frozen=True)
class NamedType(Node):
    """`text`, `Obligation`, `list[T]`, `dict[K, V]`; any of them with a `?`.

    `name` is empty where a type did not parse, which is already reported.
    """

    name: str
    arguments: tuple[NamedType, ...] = ()
    optional: bool = False


# Expressions


@dataclass(frozen=True)
class Text(Node):
    """A string literal; `value` has its escapes resolved (a raw one has none).

    `content` is the span between the quotes. In a block string (three quotes) common
    indentation is *not* removed here: `value` is what stands in the file. `offsets`: where
    each character of `value` stands, and its end, where no escape of ours tells it.
    """

    value: str
    content: Span = field(compare=False, repr=False)
    raw: bool = False
    block: bool = False
    offsets: tuple[int, ...] = field(default=(), compare=False, repr=False)

    def part(self, start: int, end: int) -> Span:
        """The place in the file of characters of `value`."""
        if self.offsets:
            last = len(self.offsets) - 1
            first, end = self.offsets[min(start, last)], self.offsets[min(end, last)]
            return Span(self.content.source, first, max(first, end))
        if self.raw:
            return self.content.at(start, end)
        inner = self.content.text
        return self.content.at(literals.offset(inner, start), literals.offset(inner, end))


@dataclass(frozen=True)
class Number(Node):
    """`12`, `2_000`, `6k`, `0.5`. `written` keeps the author's form."""

    value: int | Decimal
    written: str


@dataclass(frozen=True)
class Quantity(Node):
    """A number with a unit, `6k tokens` or `1%`; the unit may be unknown."""

    value: int | Decimal
    unit: str
    written: str


@dataclass(frozen=True)
class Truth(Node):
    value: bool


@dataclass(frozen=True)
class Nothing(Node):
    """The literal `none`."""


@dataclass(frozen=True)
class ListOf(Node):
    items: tuple[Expression, ...]


@dataclass(frozen=True)
class FieldOf(Node):
    """`name: value` in a record that an expression makes."""

    name: Name
    value: Expression


@dataclass(frozen=True)
class RecordOf(Node):
    """`Name(field: value, …)`, all fields in the order of the type.

    It is read as a call, and known for what it is when its name is.
    """

    name: Name
    fields: tuple[FieldOf, ...]


@dataclass(frozen=True)
class Reference(Node):
    """A name used as a value: a parameter, a step, `item`, `left`, `right`."""

    name: str


@dataclass(frozen=True)
class Field(Node):
    """`value.name`."""

    value: Expression
    name: Name


Unary: TypeAlias = Literal["not", "-"]
Binary: TypeAlias = Literal[
    "or", "and", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "+", "-", "*", "/"
]


@dataclass(frozen=True)
class UnaryOperation(Node):
    sign: Unary
    value: Expression


@dataclass(frozen=True)
class BinaryOperation(Node):
    """`left sign right`. Parentheses leave no trace but the tree's shape."""

    sign: Binary
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Argument(Node):
    """An argument of a call: positional where `name` is None."""

    name: Name | None
    value: Expression


@dataclass(frozen=True)
class Call(Node):
    """`callee(arguments) -> returns prompt`, of whatever kind the callee is."""

    callee: Name
    arguments: tuple[Argument, ...]
    returns: NamedType | None = None
    prompt: Text | None = None


@dataclass(frozen=True)
class Arm(Node):
    """`pattern => value`; the pattern of `else` is None."""

    pattern: Text | Number | Truth | Nothing | None
    value: Expression


@dataclass(frozen=True)
class Match(Node):
    value: Expression
    arms: tuple[Arm, ...]


@dataclass(frozen=True)
class Broken(Node):
    """Stands where recovery dropped text that did not parse. Already reported."""


Expression: TypeAlias = (
    Text
    | Number
    | Quantity
    | Truth
    | Nothing
    | ListOf
    | RecordOf
    | Reference
    | Field
    | UnaryOperation
    | BinaryOperation
    | Call
    | Match
    | Broken
)


# Statements of a strategy's body


@dataclass(frozen=True)
class Step(Node):
    """`name = value`."""

    name: Name
    value: Expression


@dataclass(frozen=True)
class Answer(Node):
    value: Expression


@dataclass(frozen=True)
class Hint(Node):
    text: Text


Statement: TypeAlias = Step | Answer | Hint


# Items of a file


@dataclass(frozen=True)
class Parameter(Node):
    name: Name
    type: NamedType
    default: Expression | None = None
    doc: Text | None = None


@dataclass(frozen=True)
class Clause(Node):
    """`covers(docs)` or `covers(docs, 99%)` of an `ensures` list.

    `name` is whatever the author wrote; `subject` a reference or a field.
    """

    name: Name
    subject: Expression
    share: Quantity | None = None


@dataclass(frozen=True)
class Strategy(Node):
    name: Name
    parameters: tuple[Parameter, ...]
    returns: NamedType
    ensures: tuple[Clause, ...]
    within: tuple[Quantity, ...]
    body: tuple[Statement, ...]


@dataclass(frozen=True)
class FieldDefinition(Node):
    name: Name
    type: NamedType
    doc: Text | None = None


@dataclass(frozen=True)
class RecordDefinition(Node):
    """`type Line { date: date  user: text "who wrote" }`."""

    name: Name
    fields: tuple[FieldDefinition, ...]


@dataclass(frozen=True)
class EnumDefinition(Node):
    """`type Kind = "a" | "b"`."""

    name: Name
    values: tuple[Text, ...]


@dataclass(frozen=True)
class Use(Node):
    """`use std/needle`, `use acme/contracts (name, name) as x`, `use ./local`,
    `use python "tools.py" (name)`.

    `path` is as written (`std/needle`, `./local`, or the Python file's name).
    """

    path: Name
    names: tuple[Name, ...] = ()
    alias: Name | None = None
    python: bool = False


@dataclass(frozen=True)
class Binding(Node):
    """`name: value` inside a test's `given` or `expect`, or `name = value`."""

    name: Name
    value: Expression


@dataclass(frozen=True)
class Test(Node):
    """`test "title" of strategy { given …  reply …  expect … }`.

    `replies` are `(step, value)` bindings: the scripted reply of a step's calls.
    `readers` are named alone (`reply perfect`): they answer the calls of all other steps.
    """

    title: Text
    strategy: Name
    given: tuple[Binding, ...]
    replies: tuple[Binding, ...]
    readers: tuple[Name, ...]
    expects: tuple[Expression, ...]


Item: TypeAlias = Use | RecordDefinition | EnumDefinition | Strategy | Test


@dataclass(frozen=True)
class File:
    """One `.rlm` file."""

    source: Source = field(compare=False, repr=False)
    doc: Text | None
    items: tuple[Item, ...]
