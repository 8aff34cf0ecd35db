"""Compiling a file, and what it imports. The compiler itself opens nothing."""

from __future__ import annotations

from pathlib import Path

from rlmflow.compiler import Compilation, compile_source
from rlmflow.strategy_file import beside, load, read_strategy


def compile_file(path: str | Path, *, strategy: str | None = None) -> Compilation:
    """Compile a file with all that is wrong as diagnostics; `-` is standard input.

    `strategy` names the one that a run starts. Raises `StrategyError` if the file
    itself can't be read.
    """
    return compile_source(read_strategy(path), load, beside=beside, main=strategy)
