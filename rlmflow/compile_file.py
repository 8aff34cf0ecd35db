"""Compiling a file, and what it imports. The compiler itself opens nothing."""

from __future__ import annotations

from pathlib import Path

from rlmflow.compiler import Compilation, compile_source
from rlmflow.diagnostics.codes import UNKNOWN_NAME
from rlmflow.diagnostics.model import Diagnostic, StrategyError
from rlmflow.graph.model import Program
from rlmflow.strategy_file import beside, load, read_strategy


def compile_file(path: str | Path, *, strategy: str | None = None) -> Compilation:
    """Compile a file with all that is wrong as diagnostics; `-` is standard input.

    `strategy` names the one that a run starts. Raises `StrategyError` if the file
    itself can't be read.
    """
    return compile_source(read_strategy(path), load, beside=beside, main=strategy)


def program_in(compilation: Compilation, path: str | Path) -> Program:
    """What was compiled from `path`. Raises `StrategyError` with why there is nothing to run."""
    if compilation.program is not None:
        return compilation.program
    wrong = [found for found in compilation.diagnostics if found.severity == "error"]
    raise StrategyError(wrong or [_no_strategy(path)])


def _no_strategy(path: str | Path) -> Diagnostic:
    hint = "add one: `strategy NAME(docs: corpus) -> text { … }`"
    return UNKNOWN_NAME.at(None, f"there is no strategy in {path}", hint=hint)
