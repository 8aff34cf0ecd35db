"""The knobs that every operator takes when it asks a model."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Annotated

from rlmflow.operators._parameters import (
    Amount,
    AmountKind,
    Anything,
    Labels,
    OnFailure,
    Parameter,
    Positive,
    Role,
    Share,
    Show,
    Tools,
    parameters_of,
)

Output = Annotated[Amount, AmountKind("tokens", ("tokens",), least=1)]


def _knobs(
    *,
    model: Role = "sub",
    votes: Positive = 1,
    retries: Share = Amount(10, "%"),
    on_failure: OnFailure = 0.0,
    show: Show | None = None,
    also: Anything | None = None,
    choices: Labels | None = None,
    max_output: Output | None = None,
    tools: Tools | None = None,
) -> None:
    """The knobs common to all steps that ask a model.

    model: the role whose model is asked; a role is bound to a real model when run.
    votes: how often each question is asked; the majority's answer counts.
    retries: how many calls may be repeated, as a share of the step's calls or a number.
    on_failure: `fail` ends the run as incomplete; `skip(1%)` lets that share of items go.
    show: what the model sees of an item; by default the item itself.
    also: context that every call is shown beside its items.
    choices: the texts that a reply must be one of, known when the strategy is run.
    max_output: the most a reply may hold; by default set by the reply's type.
    tools: what the model may call: Python functions, `read_file`, `grep_input`, `server.tool`.
    """


MODEL_KNOBS: tuple[Parameter, ...] = parameters_of(_knobs, skip=0)


@cache
def model_knobs(role: str) -> tuple[Parameter, ...]:
    """The knobs of an operator that asks the model of `role` where nothing else is said.

    Only sub-models call tools.
    """
    first, *others, tools = MODEL_KNOBS
    return (replace(first, default=role), *others, *([] if role == "root" else [tools]))


MODEL_KNOB_DOCS: dict[str, str] = {
    line.split(":", 1)[0].strip(): line.split(":", 1)[1].strip()
    for line in (_knobs.__doc__ or "").splitlines()
    if line.strip() and ":" in line
}
