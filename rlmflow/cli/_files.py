"""The strategy files that are named on a command line."""

from __future__ import annotations

from pathlib import Path

from rlmflow.cli._screen import BadInput, show_findings
from rlmflow.diagnostics.model import StrategyError
from rlmflow.graph.model import Program
from rlmflow.strategy_file import SUFFIX, compile_file


def strategy_files(paths: tuple[str, ...]) -> list[str]:
    """Each path, a folder standing for all strategy files under it; none twice."""
    found: dict[str, None] = {}
    for path in paths:
        if not Path(path).is_dir():
            found[path] = None
            continue
        inside = sorted(Path(path).rglob(f"*{SUFFIX}"))
        if not inside:
            raise BadInput(f"there is no {SUFFIX} file in {path}")
        found.update(dict.fromkeys(map(str, inside)))
    return list(found)


def compiled(path: str, strategy: str | None) -> Program:
    """The program of a file; its warnings are shown. Raises `StrategyError`."""
    compilation = compile_file(path, strategy=strategy)
    if compilation.program is None:
        raise StrategyError(list(compilation.diagnostics))
    show_findings(compilation.diagnostics)
    return compilation.program
