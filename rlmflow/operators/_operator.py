"""What an operator is: one file that holds all there is to know about it.

An operator is an async function. Its signature is its signature in the language,
its docstring its documentation, its body its execution; decorators beside it add
its result type, checks, facts, complements, prompt fragment and ideal reply. Nothing
outside its file names it: the other rooms ask an `Operator` for what it declares.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeAlias, TypeVar

from rlmflow.diagnostics.model import Severity
from rlmflow.operators._check import Check as Check
from rlmflow.operators._check import Finding as Finding
from rlmflow.operators._facts import ALL as ALL
from rlmflow.operators._facts import NONE as NONE
from rlmflow.operators._facts import SOME as SOME
from rlmflow.operators._facts import Fact
from rlmflow.operators._facts import Facts as Facts
from rlmflow.operators._facts import Share as Share
from rlmflow.operators._model_knobs import model_knobs
from rlmflow.operators._parameters import (
    Amount,
    FieldKind,
    Kind,
    Parameter,
    StrategyKind,
    parameters_of,
)
from rlmflow.operators._sample import Sample
from rlmflow.source import Span
from rlmflow.syntax import ast
from rlmflow.syntax.inline import format_expression
from rlmflow.text.one_line import one_line
from rlmflow.types import ANY, ListType, Type, has_equality

_LONGEST_WRITTEN = 160
"""Characters of an expression that a sentence quotes."""


class Need(Enum):
    """Whether a prompt or a `-> Type` must, may or must not follow a call."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    FORBIDDEN = "forbidden"


REQUIRED, OPTIONAL, FORBIDDEN = Need.REQUIRED, Need.OPTIONAL, Need.FORBIDDEN


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
    """A call of an operator as analysed, which facts, types and checks are asked about."""

    operator: Operator
    span: Span
    arguments: Mapping[str, Argument]
    more: tuple[Argument, ...] = ()
    returns: Type | None = None
    returns_span: Span | None = None
    prompt: ast.Text | None = None

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
            return _written(argument)
        value = self.constant(name)
        return f"{value:,}" if isinstance(value, int) else str(value)

    @property
    def inputs_in_words(self) -> str:
        """What items flow in from, as a sentence names it: `found`, or `old` and `new`."""
        *others, last = (_written(argument) for argument in self.inputs)
        return f"{', '.join(others)} and {last}" if others else last

    @property
    def items_in_words(self) -> str:
        """What the items are called in a sentence: `parts`, or `items of found + more`."""
        *others, only = (_written(argument) for argument in self.inputs)
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


def _written(argument: Argument) -> str:
    """An expression as its author wrote it; of a long one, its beginning."""
    return f"`{one_line(format_expression(argument.written), _LONGEST_WRITTEN)}`"


Path: TypeAlias = tuple[str, ...]
"""A chain of fields of an item; the empty one stands for the item itself."""


@dataclass(frozen=True)
class Complement:
    """Items that a call hands out beside its result, as `step.dropped` and its like.

    `type_of`: their type, None where this call hands out none under that name. `of`:
    the input whose items they are; None for every input. `apart`: whether no item is
    both in the result and here, so that the two together are that input.
    """

    type_of: Callable[[Call], Type | None]
    of: str | None = None
    apart: bool = True

    def __call__(self, call: Call) -> Type | None:
        return self.type_of(call)


Body = Callable[..., Any]
Rule = TypeVar("Rule", bound=Callable[..., Any])


def _never(_: Call) -> bool:
    return False


def _always(_: Call) -> bool:
    return True


@dataclass(eq=False)
class Operator:
    """An operator, as the other rooms see it. Made by the `operator` decorator."""

    name: str
    body: Body
    parameters: tuple[Parameter, ...]
    doc: str
    prompt: Need
    returns: Need
    asks: Callable[[Call], bool]
    facts_of: Callable[[Call], Facts]
    result_type: Callable[[Call], Type] = field(default=lambda _: ANY)
    complements: dict[str, Complement] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    ideal_reply: Callable[..., Any] | None = None
    ideal_program: Callable[[Type], tuple[str, ...]] | None = None
    told: Callable[[Call], str] | None = None
    sample_of: Callable[[Call], Sample | None] = field(default=lambda _: None)
    roles: tuple[str, ...] = ("sub",)
    landing: Callable[[Call, int], tuple[Path, ...]] = field(default=lambda _call, _number: ((),))
    losses: dict[Fact, Callable[[Call], str]] = field(default_factory=dict)

    @property
    def may_ask(self) -> bool:
        """Whether some call of it asks a model, so that the common knobs are known to it."""
        return self.asks is not _never

    @property
    def known_parameters(self) -> tuple[Parameter, ...]:
        """Its own parameters, and the common knobs if it may ask a model."""
        return (*self.parameters, *self.knobs)

    @property
    def knobs(self) -> tuple[Parameter, ...]:
        """The knobs common to all steps that ask a model, if it may ask one."""
        return model_knobs(self.roles[0]) if self.may_ask else ()

    def parameter(self, name: str) -> Parameter:
        return next(p for p in self.known_parameters if p.name == name)

    @property
    def summary(self) -> str:
        return self.doc.split("\n", 1)[0]

    def result(self, rule: Rule) -> Rule:
        """Decorates the function that gives a call's type."""
        self.result_type = rule
        return rule

    def facts(self, rule: Rule) -> Rule:
        """Decorates the function that gives a call's facts, where its knobs decide them."""
        self.facts_of = rule
        return rule

    def complement(
        self, name: str, *, of: str | None = None, apart: bool = True
    ) -> Callable[[Rule], Rule]:
        """Decorates the function that gives the type of `.name`. See `Complement`."""

        def add(rule: Rule) -> Rule:
            self.complements[name] = Complement(rule, of, apart)
            return rule

        return add

    def check(self, code: str, name: str, severity: Severity = "error") -> Callable[[Rule], Rule]:
        """Decorates a rule: from a call, a `Finding` or None. Types fit when it is asked."""

        def add(rule: Rule) -> Rule:
            self.checks.append(Check(code, name, rule, severity))
            return rule

        return add

    def ideal(self, rule: Rule) -> Rule:
        """Decorates what a perfect reader replies, given the rendered message alone."""
        self.ideal_reply = rule
        return rule

    def plays(self, rule: Rule) -> Rule:
        """Decorates what a root of the step would ideally run, a block a turn, for a type."""
        self.ideal_program = rule
        return rule

    def lands(self, rule: Rule) -> Rule:
        """Decorates where the items of an input (counted from 0) stand in those of the result.

        By default an item of the input is one of the result. A rule gives paths of
        fields: `("left",)`, or two of them where an item may be in one or the other.
        """
        self.landing = rule
        return rule

    def loses(self, *facts: Fact) -> Callable[[Rule], Rule]:
        """Decorates how a call falls short of reading, keeping or not doubling all items.

        The rule gives what stands after the step's name in a sentence, such as `keeps
        the 10 best parts`; it is asked only of calls whose facts do fall short.
        """

        def add(rule: Rule) -> Rule:
            self.losses.update(dict.fromkeys(facts, rule))
            return rule

        return add

    def sample(self, rule: Rule) -> Rule:
        """Decorates what text looks like that a call can take apart: a `Sample`, or None."""
        self.sample_of = rule
        return rule

    def fragment(self, rule: Rule) -> Rule:
        """Decorates what a root model is told that a call does: a sentence or two of prose."""
        self.told = rule
        return rule


def operator(
    *,
    facts: Facts | None = None,
    asks: bool | Callable[[Call], bool] = False,
    roles: tuple[str, ...] = ("sub",),
    prompt: Need = FORBIDDEN,
    returns: Need = FORBIDDEN,
) -> Callable[[Body], Operator]:
    """Make an operator of an async function whose first parameter is the running `Step`.

    `asks`: whether a call of it calls a model, or the rule by which a call's
    arguments decide. Operators that do also take the knobs of `_model_knobs`.
    `roles`: those whose models it asks; the first is what `model:` is by default.
    """
    rule = asks if callable(asks) else (_always if asks else _never)

    def make(body: Body) -> Operator:
        return Operator(
            name=body.__name__.rstrip("_"),
            body=body,
            parameters=parameters_of(body, skip=1),
            doc=(body.__doc__ or "").strip(),
            prompt=prompt,
            returns=returns,
            asks=rule,
            roles=roles,
            facts_of=lambda _: facts or Facts(),
            checks=[_VOTES] if asks else [],
        )

    return make


def _votes_need_equality(call: Call) -> Finding | None:
    if not call.has("votes") or call.returns is None or has_equality(call.returns):
        return None
    return (
        call.arguments["votes"].span,
        f"votes on `{call.returns}` can't be counted: two such values are hardly ever equal",
        "vote on a bool, a choice, a whole number, a date or a short text",
    )


_VOTES = Check("RF353", "votes-need-equality", _votes_need_equality)
