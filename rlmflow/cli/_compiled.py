"""The strategy that a command is about, compiled."""

from __future__ import annotations

from rlmflow.cli._screen import show_findings
from rlmflow.compile_file import compile_file, program_in
from rlmflow.graph.model import Program


def compiled(path: str, strategy: str | None) -> Program:
    """The program of a file; its warnings are shown. Raises `StrategyError`."""
    compilation = compile_file(path, strategy=strategy)
    program = program_in(compilation, path)
    show_findings(compilation.diagnostics)
    return program
