"""From checked calls and expressions to the nodes and edges of a graph."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from rlmflow.graph.model import Graph, Node
from rlmflow.graph.uses import graph_of
from rlmflow.syntax import ast
from rlmflow.types import DictType, DocumentType, ListType, RecordType, Type


@dataclass(eq=False)
class Block:
    """The nodes of one graph while it is made. The arms of a `match` are blocks inside."""

    nodes: list[Node] = field(default_factory=list)
    numbers: Counter[str] = field(default_factory=Counter)

    def add(self, node: Node) -> None:
        self.nodes.append(node)

    def inner(self) -> Block:
        """A block for an arm; its nodes' names differ from all others of the strategy."""
        return Block(numbers=self.numbers)

    def name(self, outer: str, whole: bool) -> str:
        """The name of a call's node: its step's, or `step/1` where it is a piece of it."""
        if whole:
            return outer
        self.numbers[outer] += 1
        return f"{outer}/{self.numbers[outer]}"

    def graph(self, result: ast.Expression, type_: Type) -> Graph:
        """The graph of all nodes, for `result`."""
        return graph_of(self.nodes, result, type_)


def carries_items(type_: Type) -> bool:
    """Whether a value of the type is data, rather than a setting."""
    return isinstance(type_.required, ListType | DocumentType | RecordType | DictType)
