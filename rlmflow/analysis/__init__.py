"""From a file to its typed program: names, types, prompts, contracts, and the graph.

Everything that is wrong is collected in one run, each mistake once: what is wrong has
a type that fits everything. Nothing here raises for bad input or opens a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath

from rlmflow.analysis.body import check_strategy
from rlmflow.analysis.declare import declare
from rlmflow.analysis.imports import Beside, Importer, Load, bind_imports
from rlmflow.analysis.module import Module, Signature
from rlmflow.analysis.recursion import calls_of, check_recursion
from rlmflow.analysis.trials import check_test
from rlmflow.diagnostics import codes
from rlmflow.diagnostics.model import Diagnostics
from rlmflow.diagnostics.suggest import did_you_mean
from rlmflow.graph.model import Program, StrategyGraph, Trial
from rlmflow.source import Source, Span
from rlmflow.strategy_file import without_suffix
from rlmflow.syntax import ast


def analyse(
    source: Source, load: Load, beside: Beside, wanted: str | None, found: Diagnostics
) -> Program | None:
    """The program of a file, None where something is wrong or it has no strategy.

    `wanted` names the strategy that a run starts; by default it is the one that is
    named like the file, else the last.
    """
    importer = Importer(load, beside, found)
    main = importer.main(source)
    strategies: dict[str, StrategyGraph] = {}
    for module in importer.modules.values():
        strategies.update(_checked(module, found))
    trials = _trials(importer.modules.values(), main, found)
    check_recursion(strategies, found)
    start = _start(main, wanted, found)
    if found.errors or start is None:
        return None
    return Program(source, start, _needed(strategies, main), trials)


def _checked(module: Module, found: Diagnostics) -> dict[str, StrategyGraph]:
    bind_imports(module, found)
    declare(module, found)
    made: dict[str, StrategyGraph] = {}
    for item in module.file.items:
        if isinstance(item, ast.Strategy):
            signature = module.names.get(item.name.text)
            if isinstance(signature, Signature) and signature.definition is item:
                made[signature.name] = check_strategy(signature, module, found)
    return made


def _trials(modules: Iterable[Module], main: Module, found: Diagnostics) -> tuple[Trial, ...]:
    """The tests of the main file; those of the others are checked alone."""
    made: list[Trial] = []
    for module in modules:
        tests = [item for item in module.file.items if isinstance(item, ast.Test)]
        checked = [check_test(test, module, found) for test in tests]
        made += [trial for trial in checked if trial is not None and module is main]
    return tuple(made)


def _start(main: Module, wanted: str | None, found: Diagnostics) -> str | None:
    own = [item.name.text for item in main.file.items if isinstance(item, ast.Strategy)]
    if wanted is not None and wanted not in own:
        message = f"`{main.source.name}` has no strategy `{wanted}`"
        place = Span(main.source, 0, 0)
        hint = did_you_mean(wanted, own) or f"it has {', '.join(own) or 'none'}"
        found.add(codes.UNKNOWN_NAME.at(place, message, hint=hint))
        return None
    if wanted is not None or not own:
        return wanted
    stem = without_suffix(PurePath(main.source.name).name)
    return stem if stem in own else own[-1]


def _needed(strategies: Mapping[str, StrategyGraph], main: Module) -> dict[str, StrategyGraph]:
    """The file's own strategies, and those of other files that they call."""
    waiting = [item.name.text for item in main.file.items if isinstance(item, ast.Strategy)]
    needed: dict[str, StrategyGraph] = {}
    while waiting:
        name = waiting.pop(0)
        if name not in needed:
            needed[name] = strategies[name]
            waiting.extend(callee for callee, _ in calls_of(strategies[name].graph))
    return needed


def nothing_beside(_: str) -> Sequence[str]:
    """The `Beside` of a caller that can't list files."""
    return ()
