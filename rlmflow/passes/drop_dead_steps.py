"""Drop what the answer does not need, so that nothing is paid for it.

Harmless: a node has no effect but its value, and a proof about the answer rests on no
step that the answer does not need. A step that `ensures` names is kept, since a run
holds the strategy to what is said of it.
"""

from __future__ import annotations

from dataclasses import replace

from rlmflow.expressions import references
from rlmflow.graph.model import Input, Program, StrategyGraph


def drop_dead_steps(program: Program) -> Program:
    """The program without steps that no answer and no clause needs; the same if it has none."""
    strategies = {name: _dropped(strategy) for name, strategy in program.strategies.items()}
    if all(strategies[name] is strategy for name, strategy in program.strategies.items()):
        return program
    return replace(program, strategies=strategies)


def _dropped(strategy: StrategyGraph) -> StrategyGraph:
    graph = strategy.graph
    needed = {node.name for node in graph if isinstance(node, Input)}
    waiting = [*references(graph.result)]
    for clause in strategy.ensures:
        waiting.extend(references(clause.subject))
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting.extend(producer for producer, _, _ in graph.needs(name))
    if needed.issuperset(node.name for node in graph.nodes):
        return strategy
    return replace(strategy, graph=graph.only(needed))
