"""Which of several steps that ask the same a step is: they are samples of their own.

What they are called says nothing about that, and neither does where else in the program
anything stands: a step that is renamed, or moved, asks what it asked before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping

from rlmflow.graph.model import Invocation, Node, Operation, Program
from rlmflow.journal.key import Occasion


class Occasions:
    """The nodes of a program, each with how many like it stand before it."""

    def __init__(self, program: Program) -> None:
        names = [program.main, *(name for name in program.strategies if name != program.main)]
        seen = Counter[Hashable]()
        numbers: dict[int, int] = {}
        for strategy in names:
            for node in program.strategies[strategy].graph.all_nodes:
                asks = _asks(node)
                if asks is not None:
                    numbers[id(node)] = seen[asks]
                    seen[asks] += 1
        self._numbers: Mapping[int, int] = numbers

    def of(self, node: Node, path: Occasion = ()) -> Occasion:
        """The occasion of a node in a call that was made at `path`, an occasion itself."""
        occasion = (*path, self._numbers.get(id(node), 0))
        while occasion and occasion[0] == 0:
            occasion = occasion[1:]
        return occasion


def _asks(node: Node) -> Hashable | None:
    """What two nodes have in common that may ask the same; None for one that asks nothing."""
    match node:
        case Invocation():
            return node.strategy
        case Operation(call=call) if call.runs_strategy:
            return call.operator.name, call.constant("with")
        case Operation(call=call) if call.asks_model:
            prompt = call.prompt.value if call.prompt else None
            return call.operator.name, prompt, str(call.returns), call.roles
        case _:
            return None
