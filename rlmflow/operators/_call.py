"""A call of an operator as analysed: what facts, types and checks are asked about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rlmflow.operators._facts import Facts
from rlmflow.operators._parameters import Amount, FieldKind, Kind, StrategyKind
from rlmflow.source import Span
from rlmflow.syntax import ast
from rlmflow.syntax.inline import format_expression
from rlmflow.text.one_line import one_line
from rlmflow.types import ANY, ListType, Type

if TYPE_CHECKING:
    from rlmflow.operators._operator import Operator

_LONGEST_WRITTEN = 160
"""Characters of an expression that a sentence quotes."""


@dataclass(frozen=True)
class Argument:
    """An argument as analysed. `constant` is its value where the text fixes it.

    The constant of a quantity is an `Amount`; of a bare word its text; of an
    expression of a parameter or an item there is none (`known` is False).
    """

    written: ast.Expression
    type: Type
    constant: object = None
    known: bool = False

    @property
    def span(self) -> Span:
        return self.written.span


@dataclass(frozen=True)
class Call:
    """A call of an operator as analysed, which facts, types and checks are asked about.

    `as_written`: sentences about it quote its file, where a call inside of an argument has
    no name; else they name that call as its graph does.
    """

    operator: Operator
    span: Span
    arguments: Mapping[str, Argument]
    more: tuple[Argument, ...] = ()
    returns: Type | None = None
    returns_span: Span | None = None
    prompt: ast.Text | None = None
    as_written: bool = False

    def has(self, name: str) -> bool:
        return name in self.arguments

    def type_of(self, name: str) -> Type:
        return self.arguments[name].type if name in self.arguments else ANY

    def item_of(self, name: str) -> Type:
        """The type of the items of a list argument; of any other, its own type."""
        given = self.type_of(name)
        return given.item if isinstance(given, ListType) else given

    def each_type(self, scope: str, items: str) -> Type:
        """The type that a scope gives of each item; without that scope, the item's own."""
        return self.type_of(scope) if self.has(scope) else self.item_of(items)

    def constant(self, name: str) -> Any:
        """The value of an argument that the text fixes, else the parameter's default."""
        argument = self.arguments.get(name)
        if argument is not None:
            return argument.constant if argument.known else None
        return self.operator.parameter(name).default

    def words(self, name: str) -> str:
        """An argument, or the default in its place, as a sentence names it: `x`, 6,000 tokens."""
        argument = self.arguments.get(name)
        if argument is not None and not isinstance(argument.constant, Amount | int):
            return self._named(argument)
        value = self.constant(name)
        return f"{value:,}" if isinstance(value, int) else str(value)

    @property
    def inputs_in_words(self) -> str:
        """What items flow in from, as a sentence names it: `found`, or `old` and `new`."""
        *others, last = map(self._named, self.inputs)
        return f"{', '.join(others)} and {last}" if others else last

    @property
    def items_in_words(self) -> str:
        """What the items are called in a sentence: `parts`, or `items of found + more`."""
        *others, only = map(self._named, self.inputs)
        plain = only.strip("`")
        return plain if not others and plain.isidentifier() else f"items of {self.inputs_in_words}"

    @property
    def asks_model(self) -> bool:
        return self.operator.asks(self)

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles whose models it asks, that of `model:` first; none where it asks no model."""
        if not self.asks_model or self.runs_strategy:
            return ()
        return (self.constant("model"), *self.operator.roles[1:])

    @property
    def facts(self) -> Facts:
        """What this call does to its items, a strategy and its failure knob taken into account.

        A skipped item is in neither the result nor a complement, so `skip` makes
        reads and keeps *some*. What a strategy does to an item, its own facts must say.
        """
        if self.runs_strategy:
            return Facts()
        facts = self.operator.facts_of(self)
        return facts.leaving_out() if self.may_skip else facts

    @property
    def may_skip(self) -> bool:
        """Whether items that got no answer may be left out (`on_failure: skip(…)`)."""
        return self.has("on_failure") and bool(self.constant("on_failure"))

    @property
    def tools(self) -> tuple[Any, ...]:
        """What the model that it asks may call, as `_tools` has it."""
        return (self.constant("tools") or ()) if self.has("tools") else ()

    @property
    def inputs(self) -> Iterator[Argument]:
        """The arguments that items flow in through."""
        yield from (argument for _, argument in self.named_inputs)

    @property
    def named_inputs(self) -> Iterator[tuple[str, Argument]]:
        """The same, each with the name of its parameter."""
        for parameter in self.operator.parameters:
            if parameter.is_input and parameter.name in self.arguments:
                yield parameter.name, self.arguments[parameter.name]
            if parameter.variadic:
                yield from ((parameter.name, argument) for argument in self.more)

    @property
    def strategy(self) -> Argument | None:
        """The strategy that stands for the prompt (`with:`), None where there is none."""
        return self._of_kind(StrategyKind)

    @property
    def added_field(self) -> str | None:
        """The field that the call adds to each item (`as:`), None where it adds none."""
        named = self._of_kind(FieldKind)
        return str(named.constant) if named is not None and named.known else None

    @property
    def runs_strategy(self) -> bool:
        return self.strategy is not None

    def _of_kind(self, wanted: type[Kind]) -> Argument | None:
        for parameter in self.operator.parameters:
            if any(isinstance(kind, wanted) for kind in parameter.kinds):
                return self.arguments.get(parameter.name)
        return None

    def _named(self, argument: Argument) -> str:
        """An argument as its author wrote it; of a long one, its beginning."""
        written = argument.span.text if self.as_written else format_expression(argument.written)
        return f"`{one_line(written, _LONGEST_WRITTEN)}`"
