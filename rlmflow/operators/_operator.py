"""What an operator is: one file that holds all there is to know about it.

An operator is an async function. Its signature is its signature in the language,
its docstring its documentation, its body its execution; decorators beside it add
its result type, checks, facts, complements, prompt fragment and ideal reply. Nothing
outside its file names it: the other rooms ask an `Operator` for what it declares.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeAlias, TypeVar

from rlmflow.diagnostics.model import Severity
from rlmflow.operators._call import Argument as Argument
from rlmflow.operators._call import Call as Call
from rlmflow.operators._check import Check as Check
from rlmflow.operators._check import Finding as Finding
from rlmflow.operators._facts import ALL as ALL
from rlmflow.operators._facts import NONE as NONE
from rlmflow.operators._facts import SOME as SOME
from rlmflow.operators._facts import Fact
from rlmflow.operators._facts import Facts as Facts
from rlmflow.operators._facts import Share as Share
from rlmflow.operators._model_knobs import model_knobs
from rlmflow.operators._most import Given, Most
from rlmflow.operators._parameters import Parameter, parameters_of
from rlmflow.operators._sample import Sample
from rlmflow.types import ANY, Type, has_equality


class Need(Enum):
    """Whether a prompt or a `-> Type` must, may or must not follow a call."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    FORBIDDEN = "forbidden"


REQUIRED, OPTIONAL, FORBIDDEN = Need.REQUIRED, Need.OPTIONAL, Need.FORBIDDEN


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
    most_of: Callable[[Given], Most] | None = None
    settled: bool = False
    depth_of: Callable[[int], int] = field(default=lambda _calls: 1)
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

    def most(self, *, settled: bool = False) -> Callable[[Rule], Rule]:
        """Decorates the most that a call asks and makes. Raises `NotKnown` where that is open.

        `settled`: whether all that it asks at first follows from its items, and nothing of
        it from a reply. An operator without a rule has no bound.
        """

        def add(rule: Rule) -> Rule:
            self.most_of, self.settled = rule, settled
            return rule

        return add

    def depth(self, rule: Rule) -> Rule:
        """Decorates how many of so many calls of a step must follow one another; one, if none."""
        self.depth_of = rule
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
