"""Strategies with a mistake are refused for that mistake, and sound ones are not refused.

A file is cut into chunks by lines of `---`. `### CODE "part of the message"` stands on the
line of the clause that does not hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from rlmflow.compiler import compile_source
from rlmflow.source import Source

CORPUS = Path(__file__).parent / "corpus"
_EXPECTED = re.compile(r'### (RF\d+) "(.*?)"(?= ###|$)')


class Chunk(NamedTuple):
    file: str
    line: int
    text: str

    @property
    def title(self) -> str:
        return self.text.partition("\n")[0].removeprefix("# ")


def chunks(pattern: str) -> Iterator[Chunk]:
    for file in sorted(CORPUS.glob(pattern)):
        line = 1
        for text in file.read_text("utf-8").split("\n---\n"):
            yield Chunk(file.name, line, text)
            line += text.count("\n") + 2


def refusals(chunk: Chunk) -> list[tuple[int, str, str]]:
    """Line, code and message of each finding."""
    found = []
    for finding in compile_source(Source(chunk.file, chunk.text)).diagnostics:
        assert finding.span is not None
        line, _ = finding.span.source.line_column(finding.span.start)
        found.append((line, finding.code, finding.message))
    return found


def expected(chunk: Chunk) -> list[tuple[int, str, str]]:
    return [
        (number, code, part)
        for number, line in enumerate(chunk.text.splitlines(), start=1)
        for code, part in _EXPECTED.findall(line)
    ]


LOSSY, SOUND = [*chunks("lossy_*.rlm")], [*chunks("sound_*.rlm")]


@pytest.mark.parametrize("chunk", LOSSY, ids=lambda c: f"{c.file}-{c.line}")
def test_a_lossy_strategy_is_refused_for_what_it_loses(chunk: Chunk) -> None:
    found, wanted = refusals(chunk), expected(chunk)
    assert wanted
    assert sorted(f[:2] for f in found) == sorted(w[:2] for w in wanted), found
    for line, code, part in wanted:
        assert any(f[:2] == (line, code) and part in f[2] for f in found), (part, found)


@pytest.mark.parametrize("chunk", SOUND, ids=lambda c: f"{c.file}-{c.line}")
def test_a_sound_strategy_is_not_refused(chunk: Chunk) -> None:
    assert refusals(chunk) == []
    assert "ensures" in chunk.text


def test_there_are_enough_of_both() -> None:
    assert len(LOSSY) >= 40
    assert len(SOUND) >= 40
