"""Select first, ask then: what a later step leaves out anyway is not asked about.

    kinds = map(lines, as: kind) -> Kind "…"
    mine  = filter(kinds, where: item.user == user)

becomes

    kinds = map(filter(lines, where: item.user == user), as: kind) -> Kind "…"
    mine  = kinds

Harmless where the two steps commute: each treats an item by that item alone and hands its
text on as it was, the selection looks at nothing that the model adds, and nobody else sees
what lies between them. Where a run is held to a share of the text read, all is asked, since
a selection would take text from the models.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

from rlmflow.expressions import children, field_path, references
from rlmflow.graph.model import Graph, Node, Operation, Program, Value
from rlmflow.graph.uses import expressions, graph_of, uses
from rlmflow.operators._operator import NONE, Argument, Call
from rlmflow.operators._parameters import ScopeKind
from rlmflow.syntax import ast
from rlmflow.types import RecordType


def select_before_asking(program: Program) -> Program:
    """The program with selections moved before the questions that they make needless."""
    if any(strategy.left_to_run for strategy in program.strategies.values()):
        return program
    strategies, said = dict(program.strategies), list[str]()
    for name, strategy in program.strategies.items():
        named = {each for clause in strategy.ensures for each in references(clause.subject)}
        graph = strategy.graph
        while pair := next(_pairs(graph, named), None):
            asking, selecting = pair
            graph = _swapped(graph, asking, selecting)
            said.append(f"what `{selecting.span.text}` leaves out is not asked by `{asking.name}`")
        strategies[name] = replace(strategy, graph=graph)
    if not said:
        return program
    return replace(program, strategies=strategies, rewritten=(*program.rewritten, *said))


def _pairs(graph: Graph, named: set[str]) -> Iterator[tuple[Operation, Operation]]:
    """Steps that ask, each with a step after it that may as well select before."""
    for node in graph.nodes:
        if not isinstance(node, Operation) or not _selects(node.call):
            continue
        asking = graph[name] if (name := _taken(node.call)) in graph else None
        if (
            isinstance(asking, Operation)
            and _asks_of_each(asking.call)
            and not named & {asking.name, node.name}
            and not _looks_at_answer(node.call, asking.call)
            and _is_only_taken_by(graph, asking, node)
            and not _has_rest_in_use(graph, node)
        ):
            yield asking, node


def _taken(call: Call) -> str:
    """The step whose items a call takes as they are; empty where it takes anything else."""
    (only,) = call.inputs
    return only.written.name if isinstance(only.written, ast.Reference) else ""


def _one_by_one(call: Call) -> bool:
    facts = call.facts
    single = len(list(call.inputs)) == 1
    return single and facts.alone and facts.once and facts.text == "same"


def _selects(call: Call) -> bool:
    facts = call.facts
    return _one_by_one(call) and facts.reads is NONE and facts.items == "same" and facts.whole


def _asks_of_each(call: Call) -> bool:
    adds_at_most_a_field = call.facts.items == "same" or call.added_field is not None
    asks = call.asks_model and not call.may_skip
    return _one_by_one(call) and asks and adds_at_most_a_field


def _looks_at_answer(selecting: Call, asking: Call) -> bool:
    """Whether a selection may rest on the field that a model fills."""
    if asking.added_field is None:
        return False
    if not isinstance(asking.item_of(_input_name(asking)), RecordType):
        return True
    scopes = [
        selecting.arguments[parameter.name].written
        for parameter in selecting.operator.parameters
        if parameter.name in selecting.arguments
        and any(isinstance(kind, ScopeKind) for kind in parameter.kinds)
    ]
    return not scopes or any(_names(scope, asking.added_field) for scope in scopes)


def _names(expression: ast.Expression, field: str) -> bool:
    """Whether the item in scope is looked at as a whole, or this field of it."""
    path = field_path(expression)
    if path is not None and path[0] == "item":
        return path[1].partition(".")[0] == field
    if isinstance(expression, ast.Reference):
        return expression.name == "item"
    return any(_names(child, field) for child in children(expression))


def _is_only_taken_by(graph: Graph, asking: Operation, selecting: Operation) -> bool:
    taken = [node.name for node in graph.nodes for use in uses(node) if use[0] == asking.name]
    return taken == [selecting.name] and asking.name not in references(graph.result)


def _has_rest_in_use(graph: Graph, node: Operation) -> bool:
    """Whether something needs what a step leaves out."""
    rest = set(node.call.operator.complements)
    return any(_takes(written, node.name, rest) for written in expressions(graph))


def _takes(expression: ast.Expression, step: str, fields: set[str]) -> bool:
    path = field_path(expression)
    if path is not None:
        return path[0] == step and path[1].partition(".")[0] in fields
    return any(_takes(child, step, fields) for child in children(expression))


def _swapped(graph: Graph, asking: Operation, selecting: Operation) -> Graph:
    """The graph in which `asking` is asked of what is selected of its items."""
    taken = asking.call.arguments[_input_name(asking.call)]
    early = _over(selecting, taken)
    early = replace(early, name=_free_name(graph, asking.name), type=taken.type)
    selected = Argument(ast.Reference(early.name, span=taken.span), taken.type)
    same = ast.Reference(asking.name, span=selecting.span)
    instead: dict[str, tuple[Node, ...]] = {
        asking.name: (early, _over(asking, selected)),
        selecting.name: (Value(selecting.name, selecting.type, selecting.span, same),),
    }
    nodes = (each for node in graph.nodes for each in instead.get(node.name, (node,)))
    return graph_of(nodes, graph.result, graph.result_type)


def _over(node: Operation, items: Argument) -> Operation:
    arguments = {**node.call.arguments, _input_name(node.call): items}
    return replace(node, call=replace(node.call, arguments=arguments))


def _input_name(call: Call) -> str:
    ((name, _),) = call.named_inputs
    return name


def _free_name(graph: Graph, outer: str) -> str:
    """A name for a node that its author wrote nowhere, as of a call inside of a call."""
    return next(name for n in count(1) if (name := f"{outer}/{n}") not in graph)
