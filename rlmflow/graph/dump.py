"""A program as text: the same for the same program, made to be read and compared."""

from __future__ import annotations

from collections.abc import Iterator

from rlmflow.graph.model import (
    Choice,
    Graph,
    Input,
    Invocation,
    Node,
    Operation,
    Program,
    StrategyGraph,
    Value,
)
from rlmflow.operators._operator import Call
from rlmflow.syntax import ast
from rlmflow.syntax.format import format_expression


def dump(program: Program) -> str:
    """The strategies of a program, the main one first, each node on a line of its own."""
    names = sorted(program.strategies, key=lambda name: (name != program.main, name))
    return "\n".join("\n".join(_strategy(program.strategies[name])) for name in names) + "\n"


def _strategy(strategy: StrategyGraph) -> Iterator[str]:
    parameters = ", ".join(f"{p.name}: {p.type}" for p in strategy.parameters)
    yield f"strategy {strategy.name}({parameters}) -> {strategy.returns}"
    for clause in strategy.ensures:
        share = f", {clause.share}%" if clause.share is not None else ""
        yield f"  ensures {clause.kind}({format_expression(clause.subject)}{share})"
    yield from (f"  {line}" for line in _graph(strategy.graph))


def _graph(graph: Graph) -> Iterator[str]:
    for node in graph:
        if not isinstance(node, Input):
            yield f"{node.name}: {node.type} = {_what(node)}"
            yield from (f"  {line}" for line in _edges(graph, node))
            if isinstance(node, Choice):
                yield from (f"  {line}" for line in _arms(node))
    yield f"result {_written(graph.result)}: {graph.result_type}"


def _what(node: Node) -> str:
    match node:
        case Operation(call=call):
            return _call(call)
        case Invocation(strategy=strategy, arguments=arguments):
            given = ", ".join(f"{name}: {_written(value)}" for name, value in arguments.items())
            return f"{strategy}({given})"
        case Value(expression=expression):
            return _written(expression)
        case Choice(value=value):
            return f"match {_written(value)}"
        case Input():
            return "input"


def _call(call: Call) -> str:
    named = [f"{name}: {_written(each.written)}" for name, each in call.arguments.items()]
    more = [_written(each.written) for each in call.more]
    returns = f" -> {call.returns}" if call.returns is not None else ""
    prompt = " with a prompt" if call.prompt is not None else ""
    return f"{call.operator.name}({', '.join([*more, *named])}){returns}{prompt}"


def _written(expression: ast.Expression) -> str:
    return format_expression(expression)


def _edges(graph: Graph, node: Node) -> Iterator[str]:
    for producer, role, argument in graph.needs(node.name):
        yield f"{role} {producer} as {argument}"


def _arms(node: Choice) -> Iterator[str]:
    arms = [(repr(pattern), arm) for pattern, arm in node.arms]
    for pattern, arm in [*arms, *([("else", node.otherwise)] if node.otherwise else [])]:
        yield f"{pattern}:"
        yield from (f"  {line}" for line in _graph(arm))
