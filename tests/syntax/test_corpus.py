"""Files with mistakes; what must be reported stands on the line of each, and nothing else may be.

A corpus file holds chunks between lines of `---`. A mark `### RF102 "pattern"` asks for
an error on its line, `###^ …` on the line before (`^^` two before), where no comment
can stand. On one line they stand in the order of the errors.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from rlmflow.source import Source
from rlmflow.syntax.parse import parse

_MARK = re.compile(r'###(\^*) (RF\d+) "((?:[^"\\]|\\.)*)"')


class Chunk(NamedTuple):
    name: str
    text: str


def chunks() -> list[Chunk]:
    found = []
    for path in sorted((Path(__file__).parent / "corpus").glob("*.rlm")):
        texts = re.split(r"^---\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        for number, text in enumerate(texts, start=1):
            found.append(Chunk(f"{path.stem}-{number}", text))
    return found


@pytest.mark.parametrize("chunk", chunks(), ids=lambda chunk: chunk.name)
def test_just_the_marked_errors_are_reported(chunk: Chunk) -> None:
    source = Source(chunk.name, chunk.text)
    _, found = parse(source)
    marks = [
        (line - len(up), code, pattern)
        for line, text in enumerate(chunk.text.splitlines(), 1)
        for up, code, pattern in _MARK.findall(text)
    ]
    expected = sorted(marks, key=lambda mark: mark[0])
    reported = []
    for diagnostic in found:
        assert diagnostic.span is not None
        line = source.line_column(diagnostic.span.start)[0]
        reported.append((line, diagnostic.code, diagnostic.message))
    assert [r[:2] for r in reported] == [e[:2] for e in expected], reported
    for (_, _, message), (_, _, pattern) in zip(reported, expected, strict=True):
        assert re.search(pattern, message), (pattern, message)
