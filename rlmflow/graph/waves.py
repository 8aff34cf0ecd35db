"""Which steps may run side by side: the generations of the graph."""

from __future__ import annotations

from rlmflow._lazy import heavy
from rlmflow.graph.model import Graph, Input


def waves(graph: Graph) -> list[list[str]]:
    """The names of the steps in waves: each needs nothing but steps of earlier waves.

    A later wave need not wait for an earlier one to end, only for what it needs of it.
    """
    generations = heavy("networkx").topological_generations(graph.digraph())
    order = {node.name: place for place, node in enumerate(graph.nodes)}
    steps = [
        sorted((n for n in generation if not isinstance(graph[n], Input)), key=order.__getitem__)
        for generation in generations
    ]
    return [wave for wave in steps if wave]
