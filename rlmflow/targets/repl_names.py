"""The names that code in the REPL can use, and what a root is told of each."""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from keyword import iskeyword
from typing import Literal, TypeAlias

from rlmflow.graph.model import ANSWER, Input, StrategyGraph
from rlmflow.types import CORPUS, DOCUMENT

Needs: TypeAlias = Literal["nothing", "input", "depth", "steps"]
"""What a root must have to be given a name: an input, levels below it, a strategy's steps."""


@dataclass(frozen=True)
class ReplName:
    """A name in the REPL. `signature` is how it is written in code, `doc` what it does."""

    name: str
    signature: str
    doc: str
    needs: Needs = "nothing"


CONTEXT = "context"

NAMES: tuple[ReplName, ...] = (
    ReplName(
        CONTEXT,
        "context: str | dict[str, str]",
        "the input: a `str` if it is one document, else a `dict` from a document's name to its "
        "text.",
        "input",
    ),
    ReplName(
        "llm_query",
        "llm_query(prompt: str, *, items=None) -> str",
        "one call to a sub-model, which sees what you pass and nothing else. With `items=` the "
        "prompt is an instruction about all of these items, which are shown below it.",
    ),
    ReplName(
        "llm_batch",
        "llm_batch(prompts: list[str] | str, *, items=None) -> list",
        "many calls side by side, results in order. Give a list of prompts; or one instruction "
        "and `items=`: then each item has a call of its own.",
    ),
    ReplName(
        "rlm_query",
        "rlm_query(task: str, context: str | dict[str, str]) -> str",
        "gives a task that takes several steps to a root like you, with a REPL and a `context` "
        "of its own. It spends from your budget.",
        "depth",
    ),
    ReplName(
        "rlm_batch",
        "rlm_batch(pairs: list[tuple]) -> list",
        "the same for many pairs of task and context, side by side, results in order.",
        "depth",
    ),
    ReplName(
        "steps",
        "steps.NAME() -> value",
        "runs a step of the strategy, and first what it needs, outside the REPL; its value is "
        "kept, so asking again costs nothing. `steps.NAME(items)` runs it on other items, such "
        "as a slice. `steps.answer()` is the strategy's answer.",
        "steps",
    ),
    ReplName(
        ANSWER,
        'answer = {"content": "", "ready": False}',
        "where you put the answer.",
    ),
    ReplName(
        "Failed",
        "Failed",
        "the class of what stands in place of a result that could not be had; `.reason` says why.",
    ),
)

# What `site` adds is no function that code in the REPL would miss.
_FROM_SITE = {"_", "copyright", "credits", "exit", "help", "license", "quit"}
_TAKEN = frozenset(dir(builtins)) - _FROM_SITE | {name.name for name in NAMES}


def offered(*, input_: bool, depth: bool, steps: bool) -> tuple[ReplName, ...]:
    """The names that a root is given, in the order in which it is told of them."""
    met = {"nothing": True, "input": input_, "depth": depth, "steps": steps}
    return tuple(name for name in NAMES if met[name.needs])


def first_input(strategy: StrategyGraph) -> Input | None:
    """The parameter that `context` holds: the first that is documents."""
    return next((p for p in strategy.parameters if p.type in (CORPUS, DOCUMENT)), None)


def step_names(strategy: StrategyGraph) -> tuple[str, ...]:
    """The steps that `steps` has, in an order in which they can run: those an author named."""
    names = (node.name for node in strategy.graph if not isinstance(node, Input))
    return tuple(name for name in names if name != ANSWER and "/" not in name)


def step_function(name: str) -> str:
    """How the function of a step is written in Python: `steps.found`."""
    return f'getattr(steps, "{name}")' if iskeyword(name) else f"steps.{name}"


def variables(strategy: StrategyGraph) -> Mapping[str, str]:
    """The Python variable of each parameter and step, by its name in the strategy.

    It has the same name, unless that is a word of Python's or one of the REPL's own:
    `class` becomes `class_`. The first input is `context`.
    """
    first = first_input(strategy)
    rest = [p.name for p in strategy.parameters if p is not first]
    made = {first.name: CONTEXT} if first else {}
    return made | _variables([*rest, *step_names(strategy)])


def _variables(names: Iterable[str]) -> dict[str, str]:
    made: dict[str, str] = {}
    for name in names:
        variable = name
        while iskeyword(variable) or variable in _TAKEN or variable in made.values():
            variable += "_"
        made[name] = variable
    return made
