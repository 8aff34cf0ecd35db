"""What a node needs: the nodes that its expressions name, and how it needs them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from rlmflow import template
from rlmflow.expressions import references
from rlmflow.graph.model import (
    Choice,
    EdgeRole,
    Graph,
    Input,
    Invocation,
    Node,
    Operation,
    Value,
)
from rlmflow.operators._operator import Argument, Call
from rlmflow.operators._parameters import Parameter

Use: TypeAlias = tuple[str, EdgeRole, str]
"""A producer, the role in which it is needed, and the argument it is needed for."""


def uses(node: Node) -> Iterator[Use]:
    """What a node needs, of its own graph and of those around it."""
    match node:
        case Input():
            return
        case Operation():
            yield from _call_uses(node.call)
        case Invocation():
            for name, argument in node.arguments.items():
                role: EdgeRole = "item" if name in node.data else "context"
                yield from ((producer, role, name) for producer in references(argument))
        case Value():
            yield from ((producer, "item", "value") for producer in references(node.expression))
        case Choice():
            yield from ((producer, "context", "match") for producer in references(node.value))
            arms = [graph for _, graph in node.arms]
            for graph in [*arms, *([node.otherwise] if node.otherwise else [])]:
                yield from ((producer, "item", "arm") for producer in needed_outside(graph))


def needed_outside(graph: Graph) -> Iterator[str]:
    """The names that a graph takes from the graphs around it."""
    inner = (producer for node in graph for producer, _, _ in uses(node))
    for name in dict.fromkeys([*inner, *references(graph.result)]):
        if name not in graph:
            yield name


def _call_uses(call: Call) -> Iterator[Use]:
    for parameter in call.operator.known_parameters:
        role: EdgeRole = "item" if parameter.is_input else "context"
        for argument in (call.arguments.get(parameter.name), *_more(call, parameter)):
            if argument is not None and not argument.known:
                for producer in references(argument.written):
                    yield producer, role, parameter.name
    if call.prompt is not None:
        for name in sorted(template.names(call.prompt.value)):
            yield name, "context", "prompt"


def _more(call: Call, parameter: Parameter) -> tuple[Argument, ...]:
    return call.more if parameter.variadic else ()
