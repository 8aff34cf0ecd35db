"""The plan: a program as data, the same bytes for the same program."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from rlmflow import template
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
from rlmflow.graph.waves import waves
from rlmflow.operators._operator import Call, Facts
from rlmflow.syntax.format import format_expression
from rlmflow.types import Type

VERSION = 1

Json = dict[str, object]


def plan(program: Program) -> Json:
    """The plan of a program, ready for `json.dumps`.

    `strategy` names the one that a run starts; `strategies` has each with its inputs,
    limits, contract and steps, in the order in which they can run.
    """
    return {
        "version": VERSION,
        "file": program.source.name,
        "strategy": program.main,
        "strategies": {
            name: _strategy(program.strategies[name]) for name in sorted(program.strategies)
        },
    }


def _strategy(strategy: StrategyGraph) -> Json:
    return {
        "doc": strategy.doc,
        "inputs": [_input(parameter) for parameter in strategy.parameters],
        "returns": str(strategy.returns),
        "limits": _limits(strategy.limits),
        "contract": [
            {
                "clause": clause.kind,
                "of": format_expression(clause.subject),
                "share": _number(clause.share),
                "proved": clause in strategy.proved,
            }
            for clause in strategy.ensures
        ],
        "hints": list(strategy.hints),
        **_graph(strategy.graph),
    }


def _input(parameter: Input) -> Json:
    default = parameter.default
    return {
        "name": parameter.name,
        "type": str(parameter.type),
        "default": format_expression(default) if default is not None else None,
    }


def _limits(limits: Limits) -> Json:
    return {
        "calls": limits.calls,
        "tokens": limits.tokens,
        "usd": _number(limits.usd),
        "seconds": limits.seconds,
        "levels": limits.levels,
    }


def _number(value: Decimal | None) -> float | None:
    return float(value) if value is not None else None


def _graph(graph: Graph) -> Json:
    steps = [_step(graph, node) for node in graph if not isinstance(node, Input)]
    return {
        "steps": steps,
        "waves": waves(graph),
        "answer": {"value": format_expression(graph.result), "type": str(graph.result_type)},
    }


def _step(graph: Graph, node: Node) -> Json:
    return {
        "name": node.name,
        "line": node.span.source.line_column(node.span.start)[0],
        "type": str(node.type),
        **_what(node),
        "needs": [
            {"step": producer, "as": role, "for": argument}
            for producer, role, argument in graph.needs(node.name)
        ],
    }


def _what(node: Node) -> Json:
    match node:
        case Operation(call=call):
            return _call(call)
        case Invocation(strategy=strategy, arguments=arguments):
            given = {name: format_expression(value) for name, value in arguments.items()}
            return {"strategy": strategy, "arguments": given}
        case Choice():
            return {"match": format_expression(node.value), "arms": list(_arms(node))}
        case Value(expression=expression):
            return {"value": format_expression(expression)}
        case Input():
            return {}


def _call(call: Call) -> Json:
    arguments = {name: format_expression(each.written) for name, each in call.arguments.items()}
    more = [format_expression(each.written) for each in call.more]
    return {
        "operator": call.operator.name,
        "arguments": arguments,
        **({"items": more} if more else {}),
        "returns": _name(call.returns),
        "prompt": template.text(call.prompt) if call.prompt is not None else None,
        "asks_model": call.asks_model and not call.runs_strategy,
        "facts": _facts(call.facts),
    }


def _name(type_: Type | None) -> str | None:
    return str(type_) if type_ is not None else None


def _facts(facts: Facts) -> Json:
    return {
        "reads": facts.reads.value,
        "keeps": facts.keeps.value,
        "once": facts.once,
        "text": facts.text,
    }


def _arms(node: Choice) -> Iterator[Json]:
    for pattern, arm in node.arms:
        value = _number(pattern) if isinstance(pattern, Decimal) else pattern
        yield {"pattern": value, **_graph(arm)}
    if node.otherwise is not None:
        yield {"else": True, **_graph(node.otherwise)}
