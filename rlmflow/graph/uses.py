"""What a node needs: the nodes that its expressions name, and how it needs them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from rlmflow import template
from rlmflow.expressions import references
from rlmflow.graph.model import (
    Choice,
    EdgeRole,
    Graph,
    Invocation,
    Node,
    Operation,
    Value,
)
from rlmflow.operators._operator import Argument, Call
from rlmflow.operators._parameters import Parameter
from rlmflow.syntax import ast
from rlmflow.types import Type

Use: TypeAlias = tuple[str, EdgeRole, str]
"""A producer, the role in which it is needed, and the argument it is needed for."""

_Written: TypeAlias = tuple[ast.Expression, EdgeRole, str]


def uses(node: Node) -> Iterator[Use]:
    """What a node needs, of its own graph and of those around it."""
    for expression, role, argument in _written(node):
        yield from ((producer, role, argument) for producer in references(expression))
    match node:
        case Operation(call=call) if call.prompt is not None:
            for name in sorted(template.names(call.prompt.value)):
                yield name, "context", "prompt"
        case Choice():
            for graph in node.graphs:
                yield from ((producer, "item", "arm") for producer in needed_outside(graph))


def needed_outside(graph: Graph) -> Iterator[str]:
    """The names that a graph takes from the graphs around it."""
    inner = (producer for node in graph for producer, _, _ in uses(node))
    for name in dict.fromkeys([*inner, *references(graph.result)]):
        if name not in graph:
            yield name


def expressions_of(node: Node) -> Iterator[ast.Expression]:
    """The expressions that are written in a node, but for those in arms."""
    return (expression for expression, _, _ in _written(node))


def expressions(graph: Graph) -> Iterator[ast.Expression]:
    """All that is written in a graph: in its nodes, its result, and in the same of its arms."""
    yield graph.result
    for node in graph.nodes:
        yield from expressions_of(node)
        if isinstance(node, Choice):
            for arm in node.graphs:
                yield from expressions(arm)


def graph_of(nodes: Iterable[Node], result: ast.Expression, type_: Type) -> Graph:
    """The graph of these nodes, for `result`; what they need of each other connects them."""
    made = Graph(result, type_)
    for node in nodes:
        made.add(node)
    for node in made.nodes:
        for producer, role, argument in dict.fromkeys(uses(node)):
            if producer in made:
                made.connect(producer, node.name, role, argument)
    return made


def _written(node: Node) -> Iterator[_Written]:
    """The expressions that a node is made of, each with the role in which it needs its names."""
    match node:
        case Operation():
            yield from _arguments(node.call)
        case Invocation():
            for name, argument in node.arguments.items():
                yield argument, "item" if name in node.data else "context", name
        case Value():
            yield node.expression, "item", "value"
        case Choice():
            yield node.value, "context", "match"


def _arguments(call: Call) -> Iterator[_Written]:
    for parameter in call.operator.known_parameters:
        role: EdgeRole = "item" if parameter.is_input else "context"
        for argument in (call.arguments.get(parameter.name), *_more(call, parameter)):
            if argument is not None and not argument.known:
                yield argument.written, role, parameter.name


def _more(call: Call, parameter: Parameter) -> tuple[Argument, ...]:
    return call.more if parameter.variadic else ()
