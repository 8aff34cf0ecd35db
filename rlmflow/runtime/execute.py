"""Runs the graph of a strategy: every step starts as soon as what it needs has begun to arrive."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, cast

from rlmflow import template
from rlmflow.expressions import ExpressionError, PythonCall
from rlmflow.graph.model import (
    Choice,
    Graph,
    Input,
    Invocation,
    Limits,
    Node,
    Operation,
    Program,
    StrategyGraph,
    Value,
)
from rlmflow.models._protocol import Model
from rlmflow.operators._operator import Call
from rlmflow.operators._parameters import Callee
from rlmflow.operators._step import Result, Shown, Unanswered
from rlmflow.runtime import fanout
from rlmflow.runtime.asking import Asker
from rlmflow.runtime.binding import Binder
from rlmflow.runtime.calling import Caller, Repeats
from rlmflow.runtime.clock import Surroundings
from rlmflow.runtime.contract import Contract, Judgements
from rlmflow.runtime.events import ItemFailed, Listener, StepBegun
from rlmflow.runtime.ledger import Ledger
from rlmflow.runtime.limits import Budget
from rlmflow.runtime.names import Made, Missing, Names, NoValue, as_document, as_stream
from rlmflow.runtime.python_files import NO_FILES, LoadedFunction, PythonFiles
from rlmflow.runtime.showing import show_itself, shown_by
from rlmflow.runtime.step import Explorer, RunningStep
from rlmflow.runtime.tools.toolbox import EMPTY, Toolbox
from rlmflow.runtime.tools.using import ToolUse
from rlmflow.syntax import ast
from rlmflow.types import CORPUS, DATE, DocumentType, ListType, Type
from rlmflow.values import Item, Stream, Unread

ModelOf = Callable[[str, Call], Model]


@dataclass(frozen=True)
class StepMade:
    """What a step was given and what it made, for those who watch a run. Lists may still grow."""

    step: RunningStep
    inputs: tuple[Stream, ...]
    made: Made | Result


Observer = Callable[[StepMade], None]


@dataclass
class Running:
    """What all strategies of one run share.

    `unreadable`: input that is no text, by parameter. `contract`: of the main strategy's
    call, once it has begun; `calls_held`: whether the calls of others held theirs, where
    `judges` says to look.
    """

    program: Program
    model_of: ModelOf
    tell: Listener
    width: int
    surroundings: Surroundings
    tasks: asyncio.TaskGroup
    ledger: Ledger = field(default_factory=Ledger)
    deadline: float | None = None
    began: float = 0.0
    limit: int | None = None
    observe: Observer | None = None
    files: PythonFiles = NO_FILES
    toolbox: Toolbox = EMPTY
    explorer: Explorer | None = None
    unreadable: Mapping[str, Sequence[Unread]] = field(default_factory=dict)
    judges: bool = True
    contract: Contract | None = None
    calls_held: Judgements = field(default_factory=Judgements)
    room: asyncio.Semaphore = field(init=False)
    steps: list[RunningStep] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.room = asyncio.Semaphore(self.width)

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        self.tasks.create_task(work)

    def python(self, function: str) -> LoadedFunction:
        """A Python function by its id."""
        return self.files.get(function, self.deadline)

    def caller(
        self, step: str, model: Model, budget: Budget, repeats: Repeats, role: str
    ) -> Caller:
        """Who sends a step's requests to a model, within what the run and `budget` allow."""
        return Caller(
            step=step,
            model=model,
            budget=budget,
            repeats=repeats,
            room=self.room,
            surroundings=self.surroundings,
            tell=self.tell,
            deadline=self.deadline,
            began=self.began,
            role=role,
        )


class Execution:
    """One call of one strategy, named `strategy`."""

    def __init__(
        self,
        running: Running,
        strategy: StrategyGraph,
        budget: Budget,
        levels: Mapping[str, int] | None = None,
        ledger: Ledger | None = None,
    ) -> None:
        """`ledger`: what a call by another strategy is booked in; the run's, if it is none."""
        self._running = running
        self.strategy = strategy
        self._budget = budget
        self._is_called = ledger is not None
        self._ledger = ledger or running.ledger
        self._levels = {**(levels or {}), strategy.name: (levels or {}).get(strategy.name, 0) + 1}

    async def answer(self, arguments: Mapping[str, Made]) -> Made:
        """Run it. Raises `Unanswered` where there is no answer."""
        names = await self.begun(arguments)
        made = await self._graph(self.strategy.graph, names)
        if self._is_called and self.strategy.ensures and self._running.judges:
            self._running.start(self._judge(names, made))
        return made

    async def _judge(self, names: Names, made: Made) -> None:
        """Hold a call by another strategy to its contract, once all of it has run."""
        await names.settled()
        self._running.calls_held.add(self.strategy.name, await self._contract(names).verdicts(made))

    def _contract(self, names: Names) -> Contract:
        trial = self._running.limit is not None
        unreadable = {} if self._is_called else self._running.unreadable
        return Contract(self.strategy, names, self._ledger, unreadable, trial)

    async def begun(self, arguments: Mapping[str, Made]) -> Names:
        """The names of a call whose parameters have values and whose steps have not begun.

        Raises `Unanswered`.
        """
        most = self.strategy.limits.levels
        if most is not None and self._levels[self.strategy.name] > most:
            raise Unanswered(f"`{self.strategy.name}` is out of levels (within {most} levels)")
        names = Names(self._running.start, self._compute)
        for parameter in self.strategy.parameters:
            if parameter.name in arguments:
                made = arguments[parameter.name]
            elif parameter.default is not None:
                made = await names.made(parameter.default)
            else:
                raise AssertionError(f"no value for {parameter.name}")
            names.define(parameter.name, _fitted(made, parameter.type))
        if not self._is_called:
            self._running.contract = self._contract(names)
        return names

    async def _graph(self, graph: Graph, names: Names) -> Made:
        nodes = [node for node in graph if not isinstance(node, Input)]
        for node in nodes:
            names.declare(node.name)
        for node in nodes:
            self._running.start(self.node(node, names))
        return await self.result(graph, names)

    async def result(self, graph: Graph, names: Names) -> Made:
        """What a graph is there for, once its steps have made it."""
        return _fitted(await names.made(graph.result), graph.result_type)

    async def node(self, node: Node, names: Names) -> None:
        """Run one node and define what it made; one that fails is listed."""
        try:
            result = await self._run(node, names)
        except NoValue:
            names.define(node.name, Missing(node.name))
            return
        except (Unanswered, ExpressionError) as reason:
            self._ledger.stop(node.name, str(reason))
            self._running.tell(ItemFailed(node.name, node.name, None, str(reason)))
            names.define(node.name, Missing(node.name))
            return
        if isinstance(result, Result):
            for name, complement in result.complements.items():
                names.define(f"{node.name}.{name}", complement)
                if isinstance(node, Operation) and node.call.operator.complements[name].apart:
                    self._running.start(self._leave(node, name, complement))
            result = result.main
        names.define(node.name, _fitted(result, node.type))

    async def _leave(self, node: Node, name: str, complement: Stream) -> None:
        """Book what a step left out."""
        async for _, cell in complement.cells():
            self._ledger.leave(node.name, name, cell)

    async def over(self, node: Operation, items: Stream, names: Names) -> Made | Result:
        """What a step makes of other items than its own. Raises `Unanswered`."""
        return await self._operation(node, names, items)

    async def _run(self, node: Node, names: Names) -> Made | Result:
        match node:
            case Operation():
                return await self._operation(node, names)
            case Value(expression=expression):
                return await names.made(expression)
            case Invocation(strategy=callee, arguments=arguments):
                made = {name: await names.made(value) for name, value in arguments.items()}
                return await self._inner(callee).answer(made)
            case Choice():
                return await self._choice(node, names)
            case Input():
                raise AssertionError("an input is not run")

    async def _operation(
        self, node: Operation, names: Names, items: Stream | None = None
    ) -> Made | Result:
        binder = Binder(node.call, names, self._callee, self._as_documents, items)
        step = await self._step(node, names, binder)
        self._running.steps.append(step)
        self._running.tell(StepBegun(node.name, node.call.operator.name, step.asker is not None))
        positional, keywords = await binder.bound()
        made = cast("Made | Result", await node.call.operator.body(step, *positional, **keywords))
        if self._running.observe is not None:
            inputs = tuple(_inputs(node.call, positional, keywords))
            self._running.observe(StepMade(step, inputs, made))
        return made

    async def _choice(self, node: Choice, names: Names) -> Made:
        value = await names.plain(node.value)
        matching = (graph for pattern, graph in node.arms if pattern == value)
        graph = next(matching, node.otherwise)
        if graph is None:
            raise Unanswered(f"no arm of `match` fits {value!r}")
        inner = Names(self._running.start, self._compute, names)
        return await self._graph(graph, inner)

    def _compute(self, function: str) -> PythonCall:
        """What computes a call of a Python function, by its name in the strategy's file."""
        return self._running.python(self.strategy.functions[function].id).compute

    def _inner(self, strategy: str) -> Execution:
        found = self._running.program.strategies[strategy]
        ledger = Ledger(outer=self._ledger) if found.ensures else self._ledger
        budget = Budget(found.limits, self._budget)
        return Execution(self._running, found, budget, self._levels, ledger)

    def _callee(self, strategy: str) -> Callee:
        async def run(item: Item) -> Item:
            inner = self._inner(strategy)
            parameters = self._running.program.strategies[strategy].parameters
            needed = next(p for p in parameters if p.default is None)
            made = await inner.answer({needed.name: item})
            if isinstance(made, Item):
                return Item(made.value, strategy, 0, made.spans, made.fields, (made,))
            items = await made.all()
            return Item([one.value for one in items], strategy, 0, parents=tuple(items))

        return run

    def _as_documents(self, items: Stream) -> Stream:
        out = Stream(settled=items.settled)
        work = fanout.expand(items, lambda item: [as_document(item)], out, _never_fails)
        self._running.start(work)
        return out

    async def _step(self, node: Operation, names: Names, binder: Binder) -> RunningStep:
        call = node.call
        show: Callable[[Item], Shown] = show_itself
        also: list[str] = []
        prompt, asker = "", None
        settings: Mapping[str, object] = {}
        if call.asks_model and not call.runs_strategy:
            asker = await self._asker(node, binder)
            also = await _context(binder)
            if call.prompt is not None:
                settings = await _settings(call.prompt, names)
                prompt = template.render(call.prompt, settings)
            if (shown := call.arguments.get("show")) is not None:
                show = shown_by(shown.written, await names.environment(shown.written))
        return RunningStep(
            name=node.name,
            call=call,
            returns=await binder.resolved(call.returns),
            prompt=prompt,
            also=tuple(also),
            show=show,
            tell=self._running.tell,
            start=self._running.start,
            python=self._running.python,
            ledger=self._ledger,
            width=self._running.width,
            limit=self._running.limit,
            asker=asker,
            may_skip=await binder.knob("on_failure") if call.operator.may_ask else 0.0,
            settings=settings,
            explorer=self._running.explorer,
        )

    async def _asker(self, node: Operation, binder: Binder) -> Asker:
        running = self._running
        most = await binder.knob("max_output")
        role = await binder.knob("model")
        caller = running.caller(
            node.name,
            running.model_of(role, node.call),
            self._budget,
            Repeats(await binder.knob("retries"), pinned=node.call.has("retries")),
            role,
        )
        votes = await binder.knob("votes")
        return Asker(
            caller,
            self._ledger,
            votes,
            not node.call.has("show"),
            int(most.value) if most else None,
            await self._tools(node.call, caller),
        )

    async def _tools(self, call: Call, caller: Caller) -> ToolUse | None:
        named = call.constant("tools") if call.has("tools") else ()
        if not named:
            return None
        running = self._running
        tools = await running.toolbox.tools(named, running.deadline)
        return ToolUse(tools, caller, running.toolbox.unknown(named))


def _inputs(
    call: Call, positional: Iterable[object], keywords: Mapping[str, object]
) -> Iterator[Stream]:
    yield from (value for value in positional if isinstance(value, Stream))
    for parameter in call.operator.parameters:
        value = keywords.get(parameter.python_name)
        if parameter.is_input and isinstance(value, Stream):
            yield value


def _never_fails(item: Item, reason: str | Unanswered) -> None:
    raise AssertionError(f"{item.id}: {reason}")


async def _context(binder: Binder) -> list[str]:
    also = await binder.knob("also")
    shown: list[Shown] = [show_itself(item) for item in await also.all()] if also else []
    return [piece.text for piece in shown]


async def _settings(prompt: ast.Text, names: Names) -> dict[str, object]:
    """The values of the names that stand in a prompt."""
    wanted = template.names(prompt.value)
    return {name: await _scalar(names, name) for name in sorted(wanted)}


async def _scalar(names: Names, name: str) -> object:
    made = await names.get(name)
    return made.value if isinstance(made, Item) else [item.value for item in await made.all()]


def _fitted(made: Made, type_: Type) -> Made:
    """A value in the form that its type has when run: a list as a stream, a document as a part."""
    if isinstance(type_, ListType):
        if isinstance(made, Stream):
            return made
        return Stream.of([as_document(made)]) if _is_corpus(made, type_) else as_stream(made)
    if isinstance(type_, DocumentType) and isinstance(made, Item):
        return as_document(made)
    if type_.required == DATE and isinstance(made, Item) and isinstance(made.value, str):
        return replace(made, value=date.fromisoformat(made.value))
    return made


def _is_corpus(made: Item, type_: Type) -> bool:
    return type_ == CORPUS and not isinstance(made.value, list)


def effective_limits(strategy: Limits, given: Limits) -> Limits:
    """The tighter of two sets of limits, each for itself."""

    def least(*values: Any) -> Any:
        known = [value for value in values if value is not None]
        return min(known) if known else None

    return Limits(
        calls=least(strategy.calls, given.calls),
        tokens=least(strategy.tokens, given.tokens),
        usd=least(strategy.usd, given.usd),
        seconds=least(strategy.seconds, given.seconds),
        levels=strategy.levels,
    )
