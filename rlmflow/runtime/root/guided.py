"""A strategy in a root's hands: as guidance, as a program that is played, or not at all."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, TypeAlias

from rlmflow.graph.model import Limits, StrategyGraph
from rlmflow.graph.model import Program as Strategies
from rlmflow.runtime.contract import Contract
from rlmflow.runtime.execute import Execution
from rlmflow.runtime.limits import Budget
from rlmflow.runtime.names import Made
from rlmflow.runtime.repl.wire import Sent
from rlmflow.runtime.root.accepting import no_verdict
from rlmflow.runtime.root.crossing import Crossing, bare
from rlmflow.runtime.root.loop import Ending
from rlmflow.runtime.root.minds import Program
from rlmflow.runtime.root.roots import Roots, improvised
from rlmflow.runtime.root.usage import ROOT
from rlmflow.runtime.root.work import Work
from rlmflow.runtime.running import Running
from rlmflow.runtime.stepwise import Stepwise
from rlmflow.targets.program import program_blocks
from rlmflow.targets.prompt import Shape, free_prompt, root_prompt
from rlmflow.targets.repl_names import first_input, variables
from rlmflow.types import CORPUS, DOCUMENT
from rlmflow.values import Document, Item, Part

Mode: TypeAlias = Literal["plan", "guided", "scripted", "free"]
"""How a strategy runs: by itself; by a root under its guidance; by a program that a root
would ideally write; or by a root that is told the task alone."""


Given: TypeAlias = Mapping[str, Item | list[Item]]
"""The values of a strategy's parameters, by name."""


@dataclass(frozen=True)
class Begun:
    """A call of the main strategy, whose steps run when a root asks for them.

    `calls`: what the root's code may spend. `documents`: those of the first input.
    """

    strategy: StrategyGraph
    stepwise: Stepwise
    contract: Contract
    calls: Budget
    given: Given
    documents: Sequence[Document]
    crossing: Crossing

    @classmethod
    async def of(cls, running: Running, budget: Budget, arguments: Mapping[str, Made]) -> Begun:
        """Begin a call with these arguments. Raises `Unanswered`."""
        strategy = running.program.strategies[running.program.main]
        calls = improvised(budget)
        again = Execution(running, strategy, calls)
        execution = Execution(running, strategy, budget)
        stepwise = await Stepwise.of(running, execution, arguments, again)
        contract = running.contract
        assert contract is not None
        given = await given_to(strategy, stepwise)
        first = first_input(strategy)
        documents = documents_of(given[first.name]) if first else []
        return cls(strategy, stepwise, contract, calls, given, documents, Crossing(documents))

    @property
    def texts(self) -> list[tuple[str, str]]:
        """The documents of the first input, under names of which none stands twice."""
        return named_apart([(document.name, document.text) for document in self.documents])

    @property
    def names(self) -> dict[str, object]:
        """The parameters as variables, but for the first input, which is `context`."""
        return dict(names_of(self.strategy, self.given, self.crossing))


async def led(
    roots: Roots,
    running: Running,
    budget: Budget,
    arguments: Mapping[str, Made],
    mode: Mode,
) -> Ending:
    """Have a root answer the main strategy of a program. Raises `Unanswered`."""
    program = running.program
    begun = await Begun.of(running, budget, arguments)
    begun.contract.steps = mode != "free"
    stepwise = begun.stepwise
    played = Program(program_blocks(program)) if mode == "scripted" else None
    if played:
        roots = replace(roots, settings=replace(roots.settings, depth=0))
    turns = max(roots.settings.turns, len(played.blocks) + 1 if played else 0)
    prompt = partial(strategy_prompt, roots, program, begun.given, turns=turns, mode=mode)
    work = Work(
        step=ROOT,
        system="" if played else prompt(budget.limits),
        lasting="" if played else prompt(Limits()),
        returns=begun.strategy.returns,
        documents=begun.texts,
        turns=turns,
        crossing=begun.crossing,
        names=begun.names,
        stepwise=None if mode == "free" else stepwise,
        mind=played,
        suggest=None if mode == "free" else partial(_next_block, program, stepwise),
        # A trial of a few items leaves the rest unread on purpose.
        verdict=begun.contract.unmet if running.limit is None else no_verdict,
    )
    return await roots.work(work, budget, begun.calls)


def _next_block(program: Strategies, stepwise: Stepwise) -> str:
    """The block of the ideal program for the first step that has not run; then the answer's."""
    *blocks, answer, _ = program_blocks(program)
    named = zip(stepwise.step_names, blocks, strict=True)
    return next((block for name, block in named if name not in stepwise.begun), answer)


def settings_of(given: Given, inputs: Collection[str]) -> dict[str, object]:
    """The plain values of the parameters that are no inputs."""
    return {name: bare(made) for name, made in given.items() if name not in inputs}


async def given_to(strategy: StrategyGraph, stepwise: Stepwise) -> Given:
    """The values of all parameters of a call, those with a default too."""
    made = {p.name: await stepwise.value(p.name) for p in strategy.parameters}
    return {n: one if isinstance(one, Item) else await one.all() for n, one in made.items()}


def shapes_of(strategy: StrategyGraph, given: Given) -> dict[str, Shape]:
    """The sizes of the inputs."""
    inputs = [p.name for p in strategy.parameters if p.type in (CORPUS, DOCUMENT)]
    return {name: _shape(documents_of(given[name])) for name in inputs}


def strategy_prompt(
    roots: Roots,
    program: Strategies,
    given: Given,
    limits: Limits,
    turns: int,
    mode: Mode,
) -> str:
    """What the root of a run is told."""
    shapes = shapes_of(program.strategies[program.main], given)
    values = settings_of(given, shapes)
    terms = roots.settings.terms(level=0, turns=turns, window=roots.sub_window, limits=limits)
    compiled = free_prompt if mode == "free" else root_prompt
    return compiled(program, shapes=shapes, values=values, terms=terms)


def names_of(
    strategy: StrategyGraph, given: Given, crossing: Crossing
) -> Iterator[tuple[str, object]]:
    """The parameters as variables, but for the first input, which is `context`."""
    first = first_input(strategy)
    names = variables(strategy)
    for parameter in strategy.parameters:
        if parameter is first:
            continue
        made = given[parameter.name]
        if parameter.type in (CORPUS, DOCUMENT):
            yield names[parameter.name], _further_input(made, crossing)
        else:
            yield names[parameter.name], crossing.written(bare(made))


def _further_input(made: Item | list[Item], crossing: Crossing) -> Sent | dict[str, Sent]:
    """An input beside the first in the form of `context`; its texts know where they are from."""
    items = [made] if isinstance(made, Item) else made
    sent = [crossing.item_sent(item) for item in items]
    if len(sent) == 1:
        return sent[0]
    names = named_apart([(document.name, "") for document in documents_of(items)])
    return {name: one for (name, _), one in zip(names, sent, strict=True)}


def documents_of(made: Item | list[Item]) -> list[Document]:
    items = [made] if isinstance(made, Item) else made
    sources = [item.value.core.source for item in items if isinstance(item.value, Part)]
    return [source for source in sources if isinstance(source, Document)]


def _shape(documents: Sequence[Document]) -> Shape:
    return Shape(len(documents), sum(document.length for document in documents))


def named_apart(documents: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The same texts under names of which none stands twice."""
    taken: set[str] = set()
    named = []
    for name, text in documents:
        own, number = name, 1
        while own in taken:
            number += 1
            own = f"{name} ({number})"
        taken.add(own)
        named.append((own, text))
    return named
