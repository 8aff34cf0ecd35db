"""The strategy as an outline: each step, what it does to its items, and how it is run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rlmflow import template
from rlmflow.graph.model import (
    ANSWER,
    Choice,
    Graph,
    Input,
    Invocation,
    Node,
    Operation,
    StrategyGraph,
    Value,
)
from rlmflow.operators._facts_wording import facts_in_short
from rlmflow.operators._operator import Call
from rlmflow.syntax import ast
from rlmflow.syntax.inline import format_expression
from rlmflow.targets.dialects import OURS, Dialect
from rlmflow.targets.repl_names import step_function, step_names, variables
from rlmflow.text.one_line import one_line
from rlmflow.types import DictType, FieldType, ListType, RecordType, Type

_LONGEST_TOLD = 600
_LONGEST_PROMPT = 200
_LONGEST_EXPRESSION = 160
_LONGEST_FIELD_DOC = 80


@dataclass(frozen=True)
class StepTold:
    """A step as a root is told of it. `snippet` is the Python that runs it."""

    title: str
    type: str
    lines: tuple[str, ...]
    snippet: str


def outline(strategy: StrategyGraph, dialect: Dialect = OURS) -> list[StepTold]:
    """The steps that have a name, in an order in which they can run, and then the answer."""
    names = variables(strategy)
    graph = strategy.graph
    steps = [
        StepTold(
            f"`{name}`",
            str(graph[name].type),
            tuple(_step(graph, graph[name], dialect)),
            f"{names[name]} = {dialect.step(name)}()",
        )
        for name in step_names(strategy)
    ]
    answer = StepTold(
        "the answer",
        str(graph.result_type),
        tuple(_answer(graph, dialect)),
        f"{dialect.result} = {dialect.step(ANSWER)}()",
    )
    return [*steps, answer]


def record_types(strategy: StrategyGraph) -> list[str]:
    """The records that steps give, each once, with their fields.

    One without a name and without docs is told by its type alone, where it is named.
    """
    graph = strategy.graph
    types = [graph[name].type for name in step_names(strategy)]
    found: dict[str, RecordType] = {}
    for record in (r for type_ in [*types, graph.result_type] for r in _records(type_)):
        if record.name is not None or any(field.doc for field in record.fields):
            found.setdefault(str(record), record)
    return [f"`{name}`: {', '.join(map(_field, r.fields))}" for name, r in found.items()]


def _records(type_: Type) -> Iterator[RecordType]:
    match type_.required:
        case ListType(item=item):
            yield from _records(item)
        case DictType(value=value):
            yield from _records(value)
        case RecordType() as record:
            yield record
            for field in record.fields:
                yield from _records(field.type)


def _field(field: FieldType) -> str:
    doc = f": {one_line(field.doc, _LONGEST_FIELD_DOC)}" if field.doc else ""
    return f"`{field.name}` ({field.type}{doc})"


def _step(graph: Graph, node: Node, dialect: Dialect) -> Iterator[str]:
    yield from _pieces(graph, node.name)
    yield from _node(node)
    if isinstance(node, Operation) and not dialect.plain_functions:
        yield from _complements(node)


def _complements(node: Operation) -> Iterator[str]:
    """Where the items are that a step put aside."""
    for name, complement in node.call.operator.complements.items():
        if complement.type_of(node.call) is None:
            continue
        step = step_function(node.name)
        place = f'getattr({step}, "{name}")' if "." in name else f"{step}.{name}"
        yield f"{'Left out' if complement.apart else 'Listed again'}: `{place}`."


def _answer(graph: Graph, dialect: Dialect) -> Iterator[str]:
    if ANSWER in graph and isinstance(graph.result, ast.Reference) and graph.result.name == ANSWER:
        yield from _step(graph, graph[ANSWER], dialect)
        return
    yield from _pieces(graph, ANSWER)
    yield _computed(graph.result)


def _pieces(graph: Graph, name: str) -> Iterator[str]:
    """The calls that stand inside a step, which run with it."""
    for node in graph:
        if node.name.startswith(f"{name}/"):
            yield from _listed(f"first `{node.name}`:", _node(node))


def _listed(head: str, lines: Iterable[str]) -> Iterator[str]:
    """Lines as one point of a list, behind its head; below it, where they are a list too."""
    first, *rest = lines
    if first.startswith("- "):
        yield f"- {head}"
        rest.insert(0, first)
    else:
        yield f"- {head} {first}"
    yield from (f"  {line}" for line in rest)


def _node(node: Node) -> Iterator[str]:
    match node:
        case Operation(call=call):
            yield from _call(call)
        case Invocation(strategy=strategy, arguments=arguments):
            given = ", ".join(f"{name}: {format_expression(v)}" for name, v in arguments.items())
            yield f"Runs the strategy `{strategy}` with {_quoted(given)}."
        case Choice():
            yield from _choice(node)
        case Value(expression=expression):
            yield _computed(expression)
        case Input():
            return


def _computed(expression: ast.Expression) -> str:
    what = _quoted(format_expression(expression))
    return f"Is {what}." if isinstance(expression, ast.Reference) else f"Is {what}, computed."


def _quoted(written: str) -> str:
    return f"`{one_line(written, _LONGEST_EXPRESSION)}`"


def _choice(node: Choice) -> Iterator[str]:
    yield f"Depends on {_quoted(format_expression(node.value))}; one of these is run:"
    for pattern, arm in node.arms:
        yield from _listed(f"where it is {_pattern(pattern)}:", _arm(arm))
    if node.otherwise is not None:
        yield from _listed("else:", _arm(node.otherwise))


def _pattern(pattern: object) -> str:
    match pattern:
        case str():
            return f'"{one_line(pattern, _LONGEST_EXPRESSION)}"'
        case bool() | None:
            return str(pattern).lower()
        case _:
            return str(pattern)


def _arm(graph: Graph) -> Iterator[str]:
    nodes = list(graph)
    if len(nodes) == 1 and isinstance(graph.result, ast.Reference):
        yield from _node(nodes[0])
        return
    for node in nodes:
        yield from _listed(f"first `{node.name}`:", _node(node))
    yield _computed(graph.result)


def _call(call: Call) -> Iterator[str]:
    """What a call does, by its own fragment, its knobs, its facts and its prompt."""
    told = call.operator.told
    said = told(call) if told else call.operator.summary
    yield one_line(" ".join([said, *_knobs(call)]), _LONGEST_TOLD)
    if call.prompt is not None:
        yield f'The model is told: "{one_line(template.text(call.prompt), _LONGEST_PROMPT)}"'
    if not call.runs_strategy:
        yield facts_in_short(call.facts)


def _knobs(call: Call) -> Iterator[str]:
    """The knobs that every step has which asks a model, where they are turned."""
    if call.has("show"):
        yield f"Of an item a model sees {call.words('show')}."
    if call.has("also"):
        yield f"Every call also shows {call.words('also')}."
    if call.has("choices"):
        yield f"An answer is one of {call.words('choices')}."
    if call.has("votes") and call.constant("votes") != 1:
        yield f"Each is asked {call.words('votes')} times, and the majority counts."
    if call.has("on_failure") and call.constant("on_failure"):
        yield f"Up to {call.constant('on_failure'):.0%} of the items may fail and are left out."
    if call.has("model"):
        yield f"The model asked is {call.words('model')}."
