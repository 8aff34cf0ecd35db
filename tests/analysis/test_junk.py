"""Whatever an author writes, analysis reports and never raises."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from rlmflow.compiler import compile_source
from rlmflow.source import Source

_CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.rlm"))
_CHUNKS = [chunk for file in _CORPUS for chunk in file.read_text("utf-8").split("\n---\n")]
_PIECE = re.compile(r'r?"""[^"]*"""|r?"[^"\n]*"|\w+|[^\w\s]|\s+')
_WORDS = sorted({word for chunk in _CHUNKS for word in _PIECE.findall(chunk) if word.strip()})


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(_CHUNKS), st.data())
def test_exchanging_words_of_a_strategy_raises_nothing(chunk: str, data: st.DataObject) -> None:
    pieces = _PIECE.findall(chunk)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(pieces) - 1))
        pieces[place] = data.draw(st.sampled_from([*_WORDS, ""]))
    text = "".join(pieces)
    found = compile_source(Source("s.rlm", text))
    for diagnostic in found.diagnostics:
        assert diagnostic.span is None or 0 <= diagnostic.span.start <= diagnostic.span.end
        assert diagnostic.span is None or diagnostic.span.end <= len(text)
