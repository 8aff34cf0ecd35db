"""The prompts, put together: what a template is filled with, for each kind of root."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rlmflow import template
from rlmflow.graph.in_words import limits_in_words
from rlmflow.graph.model import Limits, Program, StrategyGraph
from rlmflow.operators._operator import Call
from rlmflow.targets.dialects import OURS, Dialect
from rlmflow.targets.prompt._contract import demand
from rlmflow.targets.prompt._outline import outline, record_types
from rlmflow.targets.prompt._render import render
from rlmflow.targets.prompt._task import (
    NO_SHAPES,
    NO_VALUES,
    Shape,
    answer_in_words,
    input_told,
    inputs,
    is_long,
    settings,
)
from rlmflow.targets.repl_names import CONTEXT, offered
from rlmflow.types import TEXT

_NO_LIMITS = Limits()
_LONGEST_TASK = 2000
"""Characters of a task that another root set; a longer one is a variable only."""


@dataclass(frozen=True)
class Terms:
    """The terms on which a root works.

    `turns`: its replies. `depth`: levels of roots that may stand below it. `seconds`: what
    a block may compute for. `output`: characters that it is shown of an output. `window`:
    tokens that a sub-model takes, None where that is not known. `limits`: of the run; where
    nothing is given, the strategy's. `hints`: whether it is told how to work well; with
    `tips_tag` that stands between `<env_tips>` tags, for training to strip. `dialect`: the
    runtime that it works in.
    """

    turns: int = 30
    depth: int = 1
    seconds: float = 120
    output: int = 8192
    window: int | None = None
    limits: Limits | None = None
    hints: bool = True
    tips_tag: bool = False
    dialect: Dialect = OURS


def root_prompt(
    program: Program,
    *,
    shapes: Mapping[str, Shape] = NO_SHAPES,
    values: Mapping[str, object] = NO_VALUES,
    terms: Terms = Terms(),
) -> str:
    """The system prompt of a root that works under the program's main strategy.

    shapes: the sizes of the inputs, by parameter; without one, a placeholder as wide stands
    for its figures. values: the other parameters' values.
    """
    strategy = program.strategies[program.main]
    return _of_strategy(
        strategy,
        shapes,
        values,
        terms,
        steps=outline(strategy, terms.dialect),
        types=record_types(strategy),
        demands=[demand(clause) for clause in strategy.ensures],
    )


def free_prompt(
    program: Program,
    *,
    shapes: Mapping[str, Shape] = NO_SHAPES,
    values: Mapping[str, object] = NO_VALUES,
    terms: Terms = Terms(),
) -> str:
    """The same for a root that is told the task alone: no steps, no contract."""
    return _of_strategy(program.strategies[program.main], shapes, values, terms)


def step_prompt(
    call: Call,
    *,
    items: Shape | None = None,
    values: Mapping[str, object] = NO_VALUES,
    terms: Terms = Terms(),
) -> str:
    """The prompt of a root that improvises in one step: the call's prompt is its task.

    items: how many items the step has (as `documents`), and their characters. A task that
    uses a long value is not in the prompt: it is the variable `task`.
    """
    if call.prompt is None or call.returns is None:
        raise ValueError(f"`{call.operator.name}` has no prompt and type to make a task of")
    used = template.names(call.prompt.value) & values.keys()
    task = template.render(call.prompt, values)
    return _prompt(
        terms,
        task=_task(task, hidden=any(is_long(values[name]) for name in used)),
        answer=answer_in_words(call.returns),
        inputs=[input_told("items", "items", items)],
        items=True,
    )


def child_prompt(task: str, *, shape: Shape | None = None, terms: Terms = Terms()) -> str:
    """The prompt of a root that another root gave a task and a `context`.

    A long task is not in the prompt: it is the variable `task`.
    """
    return _prompt(
        terms,
        task=_task(task),
        answer=answer_in_words(TEXT),
        inputs=[input_told(CONTEXT, CONTEXT, shape)],
    )


def hints(program: Program, *, free: bool = False, terms: Terms = Terms()) -> str:
    """How to work well, alone: what a prompt without hints lacks."""
    strategy = program.strategies[program.main]
    return _hints(strategy.hints, terms, guided=not free)


def _of_strategy(
    strategy: StrategyGraph,
    shapes: Mapping[str, Shape],
    values: Mapping[str, object],
    terms: Terms,
    **guidance: object,
) -> str:
    return _prompt(
        terms,
        limits=strategy.limits,
        authors_hints=strategy.hints,
        task=strategy.doc or f"Do what `{strategy.name}` says.",
        answer=answer_in_words(strategy.returns),
        inputs=inputs(strategy, shapes),
        settings=settings(strategy, values),
        **guidance,
    )


def _prompt(
    terms: Terms,
    *,
    limits: Limits = _NO_LIMITS,
    authors_hints: tuple[str, ...] = (),
    steps: object = (),
    inputs: object = (),
    **told: object,
) -> str:
    names = offered(input_=bool(inputs), depth=terms.depth > 0, steps=bool(steps))
    tips = _hints(authors_hints, terms, guided=bool(steps)) if terms.hints else ""
    prompt = render(
        terms.dialect.template,
        **{"settings": (), "types": (), "demands": (), "items": False, **told},
        terms=terms,
        limits=limits_in_words(terms.limits or limits),
        steps=steps,
        inputs=inputs,
        names=names,
        hints=tips,
        finish=terms.dialect.finish,
    )
    return terms.dialect.written(prompt)


def _hints(authors: tuple[str, ...], terms: Terms, *, guided: bool) -> str:
    many = terms.dialect.many
    return render("hints.md.j2", authors=authors, guided=guided, tips_tag=terms.tips_tag, many=many)


def _task(task: str, *, hidden: bool = False) -> str:
    if not hidden and len(task) <= _LONGEST_TASK:
        return task.strip()
    return f"It stands in the variable `task` ({len(task):,} characters). Print it before all else."
