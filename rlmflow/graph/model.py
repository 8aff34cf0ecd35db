"""The typed program: a DAG of steps for each strategy. The only importer of networkx.

Nodes are named; an expression refers to a node by its name, so names are unique
in a strategy. A call that an author nested in another expression is a node of
its own, with a `/` in its name, which no author can write.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from graphlib import CycleError, TopologicalSorter
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Literal, TypeAlias

from rlmflow._lazy import heavy
from rlmflow.operators._function import PythonFunction
from rlmflow.operators._operator import Call
from rlmflow.source import Source, Span
from rlmflow.syntax import ast
from rlmflow.types import Type

if TYPE_CHECKING:
    import networkx as nx

EdgeRole: TypeAlias = Literal["item", "context"]

ANSWER = "answer"
"""The name of the node of an answer that is a call. No author can give it to a step."""


@dataclass(frozen=True)
class Input:
    """A parameter of the strategy. `doc`: what its author says it is."""

    name: str
    type: Type
    span: Span
    default: ast.Expression | None = None
    doc: str | None = None


@dataclass(frozen=True)
class Operation:
    """A call of an operator."""

    name: str
    type: Type
    span: Span
    call: Call


@dataclass(frozen=True)
class Invocation:
    """A call of a strategy: `arguments` by the callee's parameter names.

    `data` names those through which items flow; the others are settings.
    """

    name: str
    type: Type
    span: Span
    strategy: str
    arguments: Mapping[str, ast.Expression]
    data: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Value:
    """A pure expression over other nodes, a field or a complement of one (`near.dropped`)."""

    name: str
    type: Type
    span: Span
    expression: ast.Expression


@dataclass(frozen=True)
class Choice:
    """A `match`: one arm runs. An arm's graph may refer to the nodes around it."""

    name: str
    type: Type
    span: Span
    value: ast.Expression
    arms: tuple[tuple[str | int | Decimal | bool | None, Graph], ...]
    otherwise: Graph | None

    @property
    def graphs(self) -> tuple[Graph, ...]:
        """The graphs of its arms, that of `else` last."""
        last = () if self.otherwise is None else (self.otherwise,)
        return (*(graph for _, graph in self.arms), *last)


Node: TypeAlias = Input | Operation | Invocation | Value | Choice


@dataclass(eq=False)
class Graph:
    """Nodes, the edges between them, and the expression that they are there for."""

    result: ast.Expression
    result_type: Type
    _nodes: dict[str, Node] = field(default_factory=dict)
    _needs: dict[str, list[tuple[str, EdgeRole, str]]] = field(default_factory=dict)

    def add(self, node: Node) -> None:
        self._nodes[node.name] = node
        self._needs[node.name] = []

    def connect(self, producer: str, consumer: str, role: EdgeRole, argument: str) -> None:
        """Say that `consumer` needs `producer`, as items or as context."""
        self._needs[consumer].append((producer, role, argument))

    def __getitem__(self, name: str) -> Node:
        return self._nodes[name]

    def __contains__(self, name: str) -> bool:
        return name in self._nodes

    @property
    def nodes(self) -> list[Node]:
        """The nodes in order of addition, whatever is wrong with the edges."""
        return list(self._nodes.values())

    def __iter__(self) -> Iterator[Node]:
        """The nodes, each after all that it needs, otherwise in source order."""
        order = {name: place for place, name in enumerate(self._nodes)}
        sorter = self._sorter()
        sorter.prepare()
        ready = [order[name] for name in sorter.get_ready()]
        names = list(self._nodes)
        heapify(ready)
        while ready:
            name = names[heappop(ready)]
            yield self._nodes[name]
            sorter.done(name)
            for following in sorter.get_ready():
                heappush(ready, order[following])

    def _sorter(self) -> TopologicalSorter[str]:
        return TopologicalSorter({name: {p for p, _, _ in n} for name, n in self._needs.items()})

    @property
    def all_nodes(self) -> Iterator[Node]:
        """The nodes in order of addition, each with those in its arms behind it."""
        for node in self.nodes:
            yield node
            if isinstance(node, Choice):
                for graph in node.graphs:
                    yield from graph.all_nodes

    def needs(self, name: str) -> list[tuple[str, EdgeRole, str]]:
        """What a node needs: (producer, role, argument), in order of addition."""
        return self._needs[name]

    def only(self, names: Collection[str]) -> Graph:
        """This graph with no other nodes than these, in the same order."""
        kept = Graph(self.result, self.result_type)
        for name, node in self._nodes.items():
            if name in names:
                kept.add(node)
                kept._needs[name] = [need for need in self._needs[name] if need[0] in names]
        return kept

    def has_circle(self) -> bool:
        try:
            self._sorter().prepare()
        except CycleError:
            return True
        return False

    def digraph(self) -> nx.DiGraph[str]:
        """The graph for networkx's algorithms: names, and an edge where one needs another."""
        made: nx.DiGraph[str] = heavy("networkx").DiGraph()
        made.add_nodes_from(self._nodes)
        made.add_edges_from((p, name) for name, n in self._needs.items() for p, _, _ in n)
        return made


@dataclass(frozen=True)
class Limits:
    """`within`: the most a run may use; None where nothing is said. Time in seconds."""

    calls: int | None = None
    tokens: int | None = None
    usd: Decimal | None = None
    seconds: float | None = None
    levels: int | None = None


@dataclass(frozen=True)
class Clause:
    """A clause of `ensures`, resolved. `share` is 1 to 100 percent, None for all."""

    kind: str
    subject: ast.Expression
    share: Decimal | None
    span: Span


@dataclass(frozen=True, eq=False)
class StrategyGraph:
    """A checked strategy. `name` is unique in its program (`file path:name`, or `name`).

    `functions`: those of Python files that it calls, or that its models may, by their
    names in its file. `proved`: those of its clauses that hold for every input, whatever
    models reply.
    """

    name: str
    doc: str
    parameters: tuple[Input, ...]
    returns: Type
    limits: Limits
    ensures: tuple[Clause, ...]
    hints: tuple[str, ...]
    graph: Graph
    span: Span
    functions: Mapping[str, PythonFunction] = field(default_factory=dict)
    proved: tuple[Clause, ...] = ()

    @property
    def left_to_run(self) -> tuple[Clause, ...]:
        """The clauses that only a run can hold the strategy to."""
        return tuple(clause for clause in self.ensures if clause not in self.proved)


@dataclass(frozen=True, eq=False)
class Trial:
    """A `test` of a strategy: what it is given, what its steps are told, what must come out.

    `given` by parameter. `replies` by step, over `item`, the text that a call shows.
    `reader` answers the calls of the steps that have no reply.
    """

    title: str
    strategy: str
    given: Mapping[str, ast.Expression]
    replies: Mapping[str, ast.Expression]
    reader: ast.Name | None
    expects: tuple[ast.Expression, ...]
    span: Span


@dataclass(frozen=True, eq=False)
class Program:
    """All strategies that one file needs. `main` names the one that a run starts.

    `trials` are the file's own tests, of any of its strategies. `rewritten`: what was made
    other than it is written, a sentence each.
    """

    source: Source
    main: str
    strategies: Mapping[str, StrategyGraph]
    trials: tuple[Trial, ...] = ()
    rewritten: tuple[str, ...] = ()

    @property
    def functions(self) -> dict[str, PythonFunction]:
        """The Python functions that its strategies need, by id."""
        strategies = self.strategies.values()
        every = (each for strategy in strategies for each in strategy.functions.values())
        return {function.id: function for function in every}
