"""The whole pipeline: source, typed program, checks, rewrites. It opens nothing."""

from __future__ import annotations

from dataclasses import dataclass

from rlmflow.analysis import analyse
from rlmflow.analysis.imports import Beside, Load
from rlmflow.diagnostics.model import Diagnostic, Diagnostics
from rlmflow.graph.model import Program
from rlmflow.graph.verify import verify
from rlmflow.passes import CHECKS, REWRITES, Rewrite
from rlmflow.proof.proving import is_still_proved
from rlmflow.source import Source


@dataclass(frozen=True)
class Compilation:
    """What came out. `program` is None where there is an error or no strategy."""

    program: Program | None
    diagnostics: list[Diagnostic]


def no_file(_: str) -> Source | None:
    """The `load` of a caller without files: nothing can be imported."""
    return None


def compile_source(
    source: Source,
    load: Load = no_file,
    *,
    main: str | None = None,
    beside: Beside = lambda _: (),
) -> Compilation:
    """Compile a file.

    `load` gives the text of a path, or of a library's file such as `std/needle`, and
    `beside` the names that could have been written instead. `main` is the strategy
    that a run starts: by default the one named like the file, else the last.
    """
    found = Diagnostics()
    program = analyse(source, load, beside, main, found)
    if program is None:
        return Compilation(None, found.sorted())
    verify(program)
    for check in CHECKS:
        program = check(program, found)
    if found.errors:
        return Compilation(None, found.sorted())
    for rewrite in REWRITES:
        program = _rewritten(program, rewrite)
    return Compilation(program, found.sorted())


def _rewritten(program: Program, rewrite: Rewrite) -> Program:
    """A program after a rewrite; as it was, where something would no longer be proved of it."""
    made = rewrite(program)
    if made is program:
        return program
    verify(made)
    return made if is_still_proved(made) else program
