"""The strategies that targets are tested on: every example, the library, and odd ones."""

from __future__ import annotations

from pathlib import Path

from rlmflow.compile_file import compile_file
from rlmflow.compiler import Compilation, compile_source
from rlmflow.graph.model import Program
from rlmflow.source import Source

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
SAMPLES = (
    ROOT / "tests" / "graph" / "samples" / "nested.rlm",
    HERE / "samples" / "many_operators.rlm",
    HERE / "samples" / "words.rlm",
)
EXAMPLES = sorted((ROOT / "examples").glob("*.rlm"))
FILES = [*EXAMPLES, *SAMPLES]
ALL = [*FILES, *sorted((ROOT / "stdlib").glob("*.rlm"))]


def compiled(path: Path) -> Program:
    """The program of a file, which must be sound."""
    return _sound(compile_file(path))


def compiled_text(text: str) -> Program:
    """The program of a text, which must be sound."""
    return _sound(compile_source(Source("test.rlm", text)))


def _sound(found: Compilation) -> Program:
    assert found.program is not None, [d.message for d in found.diagnostics]
    return found.program
