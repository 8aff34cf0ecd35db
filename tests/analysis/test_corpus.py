"""Each mistake of the corpus is found, on its line, and nothing else is.

A file of the corpus is cut into chunks by lines of `---`. In a chunk, `### CODE "part
of the message"` says what is expected on its line; there may be several on one. A line
`=== tools.py` begins a Python file that the strategies above it may use.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

import rlmflow.analysis
from rlmflow.compiler import compile_source
from rlmflow.diagnostics import codes
from rlmflow.diagnostics.model import Diagnostic
from rlmflow.source import Source

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.rlm"))
_EXPECTED = re.compile(r'### (RF\d+) "([^"]*)"')


class Chunk(NamedTuple):
    file: Path
    line: int
    text: str

    @property
    def files(self) -> dict[str, str]:
        """The texts of the chunk by name, the strategies first."""
        main, *others = self.text.split("\n=== ")
        parted = (other.partition("\n") for other in others)
        return {self.file.name: main} | {name: text for name, _, text in parted}


def chunks() -> list[Chunk]:
    made = []
    for file in CORPUS:
        line = 1
        for text in file.read_text("utf-8").split("\n---\n"):
            made.append(Chunk(file, line, text))
            line += text.count("\n") + 2
    return made


def found_in(chunk: Chunk) -> list[Diagnostic]:
    files = chunk.files

    def load(path: str) -> Source | None:
        return Source(path, files[path]) if path in files else None

    main = Source(chunk.file.name, files[chunk.file.name])
    return compile_source(main, load, beside=lambda _: list(files)).diagnostics


def expected_in(chunk: Chunk) -> list[tuple[str, int, str, str]]:
    return [
        (name, number, code, part)
        for name, text in chunk.files.items()
        for number, line in enumerate(text.splitlines(), start=1)
        for code, part in _EXPECTED.findall(line)
    ]


@pytest.mark.parametrize("chunk", chunks(), ids=lambda c: f"{c.file.stem}-{c.line}")
def test_each_mistake_is_found_once_and_on_its_line(chunk: Chunk) -> None:
    found = []
    for diagnostic in found_in(chunk):
        assert diagnostic.span is not None
        source = diagnostic.span.source
        line, _ = source.line_column(diagnostic.span.start)
        found.append((source.name, line, diagnostic.code, diagnostic.message))
    expected = expected_in(chunk)
    assert sorted(f[:3] for f in found) == sorted(e[:3] for e in expected), found
    for name, line, code, part in expected:
        assert any(f[:3] == (name, line, code) and part in f[3] for f in found), (part, found)


def test_every_code_of_the_analysis_is_in_the_corpus() -> None:
    folder = Path(rlmflow.analysis.__file__).parent
    named = {
        name
        for file in folder.glob("*.py")
        for name in re.findall(r"codes\.([A-Z]+(?:_[A-Z]+)+)\b", file.read_text("utf-8"))
    }
    emitted = {getattr(codes, name).code for name in named}
    shown = {code for chunk in chunks() for _, _, code, _ in expected_in(chunk)}
    # What takes several files to go wrong is in `test_imports.py`.
    assert emitted - shown == {"RF221", "RF224"}
