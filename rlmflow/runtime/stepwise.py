"""A strategy whose steps run when they are asked for, one by one, each once."""

from __future__ import annotations

from collections.abc import Mapping

from rlmflow.expressions import references
from rlmflow.graph.model import ANSWER, Input, Node, Operation
from rlmflow.operators._step import Result
from rlmflow.runtime.execute import Execution
from rlmflow.runtime.names import Made, Names
from rlmflow.runtime.running import Running
from rlmflow.values import Stream


class Stepwise:
    """One call of a strategy, made at the pace of whoever asks for its steps.

    A step that is asked for begins together with all that it needs. What it made is
    kept, so asking again costs nothing. `again` runs steps over other items than their
    own; it may have another budget.
    """

    def __init__(
        self, running: Running, execution: Execution, names: Names, again: Execution | None = None
    ) -> None:
        self._running = running
        self._execution = execution
        self._again = again or execution
        self._names = names
        self._graph = execution.strategy.graph
        self._begun: set[str] = set()
        for node in self._steps:
            names.declare(node.name)

    @classmethod
    async def of(
        cls,
        running: Running,
        execution: Execution,
        arguments: Mapping[str, Made],
        again: Execution | None = None,
    ) -> Stepwise:
        """Begin a call with these arguments. Raises `Unanswered`."""
        return cls(running, execution, await execution.begun(arguments), again)

    @property
    def _steps(self) -> list[Node]:
        return [node for node in self._graph if not isinstance(node, Input)]

    @property
    def step_names(self) -> tuple[str, ...]:
        """The steps that an author named, in an order in which they can run."""
        names = (node.name for node in self._steps if node.name != ANSWER)
        return tuple(name for name in names if "/" not in name)

    @property
    def begun(self) -> frozenset[str]:
        """The steps that have begun, because they were asked for or needed."""
        return frozenset(self._begun)

    async def value(self, name: str) -> Made:
        """What a step makes, or a parameter's value. Raises `NoValue` if the step failed."""
        self._begin(name)
        return await self._names.get(name)

    async def complement(self, name: str, complement: str) -> Stream | None:
        """A step's complement, such as `dropped`; None if it has none of that name."""
        self._begin(name)
        return await self._names.complement(name, complement)

    async def over(self, name: str, items: Stream) -> Made | Result:
        """What a step makes of other items than its own: a call of its own, each time.

        Raises `Unanswered`, and `LookupError` where there is no such step or it takes no items.
        """
        if name not in self._graph:
            raise LookupError(f"there is no step `{name}`")
        node = self._graph[name]
        if not isinstance(node, Operation) or next(node.call.inputs, None) is None:
            raise LookupError(f"`{name}` takes no items")
        for producer, _, argument in self._graph.needs(name):
            if argument != _first_input(node):
                self._begin(producer)
        return await self._again.over(node, items, self._names)

    async def answer(self) -> Made:
        """The strategy's answer. Raises `Unanswered`."""
        for name in references(self._graph.result):
            self._begin(name)
        return await self._execution.result(self._graph, self._names)

    def _begin(self, name: str) -> None:
        if name in self._begun or name not in self._graph:
            return
        self._begun.add(name)
        for producer, _, _ in self._graph.needs(name):
            self._begin(producer)
        node = self._graph[name]
        if not isinstance(node, Input):
            self._running.start(self._execution.node(node, self._names))


def _first_input(node: Operation) -> str:
    return next(parameter.name for parameter in node.call.operator.parameters if parameter.is_input)
