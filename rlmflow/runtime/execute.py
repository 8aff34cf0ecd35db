"""Runs the graph of a strategy: every step starts as soon as what it needs has begun to arrive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from typing import cast

from rlmflow.expressions import ExpressionError, PythonCall
from rlmflow.graph.model import (
    Choice,
    Graph,
    Input,
    Invocation,
    Node,
    Operation,
    StrategyGraph,
    Value,
)
from rlmflow.journal.key import Occasion
from rlmflow.operators._operator import Call
from rlmflow.operators._parameters import Callee
from rlmflow.operators._step import Result, Unanswered
from rlmflow.runtime import fanout
from rlmflow.runtime.binding import Binder
from rlmflow.runtime.contract import Contract
from rlmflow.runtime.events import ItemFailed, StepBegun
from rlmflow.runtime.ledger import Ledger
from rlmflow.runtime.limits import Budget
from rlmflow.runtime.names import Made, Missing, Names, NoValue, as_document, as_stream
from rlmflow.runtime.preparing import Where, prepared
from rlmflow.runtime.running import Running, StepMade
from rlmflow.runtime.schedule.order import Order
from rlmflow.types import CORPUS, DATE, DocumentType, ListType, Type
from rlmflow.values import Item, Stream


class Execution:
    """One call of one strategy, named `strategy`."""

    def __init__(
        self,
        running: Running,
        strategy: StrategyGraph,
        budget: Budget,
        levels: Mapping[str, int] | None = None,
        ledger: Ledger | None = None,
        order: Order = (),
        path: tuple[str, ...] = (),
        occasion: Occasion = (),
    ) -> None:
        """`ledger`: what a call by another strategy is booked in; the run's, if it is none.

        `order`: of the step that calls it. `path`: the names of the steps that led to it.
        `occasion`: which of several calls of the strategy it is.
        """
        self._path = path
        self._occasion = occasion
        self._running = running
        self.strategy = strategy
        self._budget = budget
        self._is_called = ledger is not None
        self._ledger = ledger or running.ledger
        self._outer = order
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
        self._ledger.leave(node.name, name, await complement.all())

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
                return await self._inner(callee, node).answer(made)
            case Choice():
                return await self._choice(node, names)
            case Input():
                raise AssertionError("an input is not run")

    async def _operation(
        self, node: Operation, names: Names, items: Stream | None = None
    ) -> Made | Result:
        callee = partial(self._callee, node)
        binder = Binder(node.call, names, callee, self._as_documents, items)
        room = self._running.room(self.strategy.name, node.name, sum(self._levels.values()))
        where = Where(self._order(node.name), room, self._path, self._occasion_of(node))
        step = await prepared(self._running, node, names, binder, self._budget, self._ledger, where)
        self._running.steps.append(step)
        self._running.tell(StepBegun(node.name, node.call.operator.name, step.asker is not None))
        positional, keywords = await binder.bound()
        made = cast("Made | Result", await node.call.operator.body(step, *positional, **keywords))
        if self._running.observe is not None:
            inputs = tuple(_inputs(node.call, positional, keywords))
            bound = _by_name(node.call, positional, keywords)
            self._running.observe(StepMade(step, inputs, made, bound))
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
        found = self.strategy.functions[function]
        return self._running.python(found.id, self._budget.deadline).compute

    def _order(self, node: str) -> Order:
        return (*self._outer, self._running.positions(self.strategy)[node])

    def _occasion_of(self, node: Node) -> Occasion:
        return self._running.occasions.of(node, self._occasion)

    def _inner(self, strategy: str, caller: Node) -> Execution:
        found = self._running.program.strategies[strategy]
        ledger = Ledger(outer=self._ledger) if found.ensures else self._ledger
        budget = self._budget.inside(found.limits)
        order, occasion = self._order(caller.name), self._occasion_of(caller)
        path = (*self._path, caller.name)
        return Execution(self._running, found, budget, self._levels, ledger, order, path, occasion)

    def _callee(self, caller: Node, strategy: str) -> Callee:
        async def run(item: Item) -> Item:
            inner = self._inner(strategy, caller)
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


def _inputs(
    call: Call, positional: Iterable[object], keywords: Mapping[str, object]
) -> Iterator[Stream]:
    yield from (value for value in positional if isinstance(value, Stream))
    for parameter in call.operator.parameters:
        value = keywords.get(parameter.python_name)
        if parameter.is_input and isinstance(value, Stream):
            yield value


def _by_name(
    call: Call, positional: Iterable[object], keywords: Mapping[str, object]
) -> dict[str, object]:
    """Arguments by the names of the parameters; those of a variadic one together."""
    bound: dict[str, object] = {}
    for parameter in call.operator.parameters:
        if parameter.variadic:
            bound[parameter.name] = tuple(positional)
        elif parameter.python_name in keywords:
            bound[parameter.name] = keywords[parameter.python_name]
    return bound


def _never_fails(item: Item, reason: str | Unanswered) -> None:
    raise AssertionError(f"{item.id}: {reason}")


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
