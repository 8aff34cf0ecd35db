"""The typed program: a DAG of steps for each strategy. The only importer of networkx.

Nodes are named; an expression refers to a node by its name, so names are unique
in a strategy. A call that an author nested in another expression is a node of
its own, with a `/` in its name, which no author can write.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, TypeAlias

import networkx as nx

from rlmflow.operators._operator import Call
from rlmflow.source import Source, Span
from rlmflow.syntax import ast
from rlmflow.types import Type

EdgeRole: TypeAlias = Literal["item", "context"]


@dataclass(frozen=True)
class Input:
    """A parameter of the strategy."""

    name: str
    type: Type
    span: Span
    default: ast.Expression | None = None


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


Node: TypeAlias = Input | Operation | Invocation | Value | Choice


@dataclass(eq=False)
class Graph:
    """Nodes, the edges between them, and the expression that they are there for."""

    result: ast.Expression
    result_type: Type
    dag: nx.DiGraph[str] = field(default_factory=nx.DiGraph)

    def add(self, node: Node) -> None:
        self.dag.add_node(node.name, node=node)

    def connect(self, producer: str, consumer: str, role: EdgeRole, argument: str) -> None:
        """Say that `consumer` needs `producer`, as items or as context."""
        uses = self.dag.edges.get((producer, consumer), {}).get("uses", ())
        self.dag.add_edge(producer, consumer, uses=(*uses, (role, argument)))

    def __getitem__(self, name: str) -> Node:
        node: Node = self.dag.nodes[name]["node"]
        return node

    def __contains__(self, name: str) -> bool:
        return name in self.dag

    @property
    def nodes(self) -> list[Node]:
        """The nodes in order of addition, whatever is wrong with the edges."""
        return [self[name] for name in self.dag]

    def __iter__(self) -> Iterator[Node]:
        """The nodes, each after all that it needs, otherwise in source order."""
        order = {name: place for place, name in enumerate(self.dag)}
        for name in nx.lexicographical_topological_sort(self.dag, key=order.__getitem__):
            yield self[name]

    def needs(self, name: str) -> list[tuple[str, EdgeRole, str]]:
        """What a node needs: (producer, role, argument), in order of addition."""
        return [
            (producer, role, argument)
            for producer, _, data in self.dag.in_edges(name, data=True)
            for role, argument in data["uses"]
        ]

    def only(self, names: Collection[str]) -> Graph:
        """This graph with no other nodes than these, in the same order."""
        kept = Graph(self.result, self.result_type)
        for name in self.dag:
            if name in names:
                kept.add(self[name])
        for producer, consumer, data in self.dag.edges(data=True):
            if producer in kept and consumer in kept:
                kept.dag.add_edge(producer, consumer, **data)
        return kept

    def has_circle(self) -> bool:
        return not nx.is_directed_acyclic_graph(self.dag)


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
    """A checked strategy. `name` is unique in its program (`file path:name`, or `name`)."""

    name: str
    doc: str
    parameters: tuple[Input, ...]
    returns: Type
    limits: Limits
    ensures: tuple[Clause, ...]
    hints: tuple[str, ...]
    graph: Graph
    span: Span


@dataclass(frozen=True, eq=False)
class Program:
    """All strategies that one file needs. `main` names the one that a run starts."""

    source: Source
    main: str
    strategies: Mapping[str, StrategyGraph]
