"""Where a clause is lost, and how, in the words of the step that loses."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rlmflow.graph.model import Operation
from rlmflow.operators._facts import Fact
from rlmflow.operators._operator import ALL, Call
from rlmflow.proof.chart import Onward, Stage, Use
from rlmflow.proof.spots import Spot
from rlmflow.syntax import ast
from rlmflow.syntax.inline import format_expression
from rlmflow.text.one_line import one_line

_LONGEST = 60
"""Characters of an expression that a message quotes."""


@dataclass(frozen=True)
class Loss:
    """What speaks against a clause.

    `stage` is the step that loses, None where it is the answer; `how` what it does, as a
    sentence goes on after its name. `trail`: what people call the steps from the clause's
    subject to it. `rest`: what would have to be used too, so that it did not lose.
    `promise`: the strategy, kind of clause and parameter of a promise that is missing.
    """

    stage: Stage | None
    how: str
    trail: tuple[str, ...] = ()
    rest: tuple[Spot, ...] = ()
    promise: tuple[str, str, str] | None = None

    def __str__(self) -> str:
        return f"`{self.stage.label}` {self.how}" if self.stage is not None else self.how


_IN_GENERAL: dict[Fact, str] = {
    "reads": "does not show a model all of {items}",
    "keeps": "may leave out some of {items}",
    "once": "may hold {items} more than once",
}


def says_itself(stage: Stage, fact: Fact) -> bool:
    """Whether a step's operator declares how it falls short of a fact."""
    return isinstance(stage.node, Operation) and fact in stage.node.call.operator.losses


def would_read(stage: Stage) -> bool:
    """Whether a step would show a model all of its items, did it not skip those that fail."""
    if not isinstance(stage.node, Operation):
        return False
    call = stage.node.call
    skips = call.may_skip and not call.runs_strategy
    return skips and call.operator.facts_of(call).reads is ALL


def in_its_words(stage: Stage, fact: Fact) -> str:
    """How a step falls short of a fact, as its operator says it, or else in general."""
    if isinstance(stage.node, Operation):
        call = replace(stage.node.call, as_written=True)
        if fact != "once" and call.may_skip and not call.runs_strategy:
            return f"leaves out {call.items_in_words} that got no answer (`on_failure: skip`)"
        said = call.operator.losses.get(fact)
        if said is not None and not call.runs_strategy:
            return said(call)
        return _in_general(call, fact)
    return _IN_GENERAL[fact].format(items="what it is given")


def _in_general(call: Call, fact: Fact) -> str:
    return _IN_GENERAL[fact].format(items=call.inputs_in_words)


def promises_no(use: Use, kind: str, trail: tuple[str, ...]) -> Loss:
    """That a strategy has no clause by which its caller could know."""
    assert use.feed.promise is not None
    assert use.stage is not None
    strategy, parameter = use.feed.promise
    how = f"runs `{own_name(strategy)}`, which does not promise `{kind}({parameter})`"
    trail = (*trail, use.stage.label)
    return Loss(use.stage, how, trail, promise=(strategy, kind, parameter))


def own_name(strategy: str) -> str:
    """A strategy's name without that of its file."""
    return strategy.rpartition(":")[2]


def only_shown(onward: Onward) -> str:
    """That a model is shown less of an item than all of it, or something else."""
    use = onward.use
    node = use.stage.node if use.stage is not None else None
    shown = node.call.arguments.get("show") if isinstance(node, Operation) else None
    if onward.same and shown is not None:
        return f"shows a model only {quoted(shown.written)} of each item"
    return f"shows a model {_given(use)}, and not the text as it was"


def what_is_taken(use: Use) -> str:
    """That an expression takes a part of what is in it, or changes that."""
    where = "uses" if use.stage is not None else "the answer is"
    return f"{where} {_given(use)}, which is only a part of it"


def _given(use: Use) -> str:
    written = use.feed.written
    return quoted(written) if written is not None else "something"


def quoted(expression: ast.Expression) -> str:
    """An expression as a sentence quotes it."""
    written = format_expression(expression)
    if "/" in written:
        # A call inside it has a name that no author wrote.
        written = expression.span.text
    return f"`{one_line(written, _LONGEST)}`"
