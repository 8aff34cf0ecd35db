"""Whether a program's graphs are well formed. If one is not, a pass of ours is wrong."""

from __future__ import annotations

from collections.abc import Iterator

from rlmflow.expressions import references
from rlmflow.graph.model import Choice, Graph, Input, Invocation, Program
from rlmflow.graph.uses import uses
from rlmflow.syntax import ast


class BrokenGraph(AssertionError):
    """A graph that analysis or a pass must not make."""


def verify(program: Program) -> None:
    """Raise `BrokenGraph` with all that is wrong with a program's graphs, if anything."""
    problems = list(_problems(program))
    if problems:
        raise BrokenGraph("; ".join(problems))


def _problems(program: Program) -> Iterator[str]:
    if program.main not in program.strategies:
        yield f"the main strategy {program.main} is missing"
    for name, strategy in program.strategies.items():
        inputs = [node for node in strategy.graph.nodes if isinstance(node, Input)]
        if [each.name for each in inputs] != [each.name for each in strategy.parameters]:
            yield f"{name}: its inputs are not its parameters"
        for problem in _of_graph(strategy.graph, frozenset(), program):
            yield f"{name}: {problem}"


def _of_graph(graph: Graph, around: frozenset[str], program: Program) -> Iterator[str]:
    if graph.has_circle():
        yield "there is a circle"
        return
    known = around | {node.name for node in graph}
    if isinstance(graph.result, ast.Broken):
        yield "there is no result"
    for name in references(graph.result):
        if name not in known:
            yield f"the result names {name}, which is nowhere"
    for node in graph:
        if node.name in around:
            yield f"{node.name} is the name of two nodes"
        made = {use for use in uses(node) if use[0] in graph}
        for producer, _, argument in uses(node):
            if producer not in known:
                yield f"{node.name} needs {producer} for {argument}, which is nowhere"
        if made != set(graph.needs(node.name)):
            yield f"the edges into {node.name} are not what it needs"
        if isinstance(node, Invocation):
            yield from _of_invocation(node, program)
        if isinstance(node, Choice):
            for arm in node.graphs:
                yield from _of_graph(arm, known, program)


def _of_invocation(node: Invocation, program: Program) -> Iterator[str]:
    callee = program.strategies.get(node.strategy)
    if callee is None:
        yield f"{node.name} calls {node.strategy}, which is missing"
        return
    names = {parameter.name for parameter in callee.parameters}
    needed = {parameter.name for parameter in callee.parameters if parameter.default is None}
    given = set(node.arguments)
    if not needed <= given <= names:
        yield f"{node.name} gives {sorted(given)} to {node.strategy}, which takes {sorted(names)}"
