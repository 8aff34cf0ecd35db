"""What the answer does not need is dropped; what a clause names is kept."""

from __future__ import annotations

from rlmflow.analysis import analyse
from rlmflow.compiler import no_file
from rlmflow.diagnostics.model import Diagnostics
from rlmflow.graph.dump import dump
from rlmflow.graph.verify import verify
from rlmflow.passes.drop_dead_steps import drop_dead_steps
from rlmflow.source import Source

BEFORE = """
strategy s(docs: corpus, unused: text) -> list[document] ensures keeps(_promised) {
  parts = chunk(docs, size: 6k chars)
  _topics = map(chunk(parts, size: 10 chars)) -> text "What?"
  _after = count(_topics)
  _promised = filter(parts, where: true)
  answer parts
}
"""
AFTER = """strategy s(docs: list[document], unused: text) -> list[document]
  ensures keeps(_promised)
  parts: list[document] = chunk(docs: docs, size: 6k chars)
    item docs as docs
  _promised: list[document] = filter(x: parts, where: true)
    item parts as x
  result parts: list[document]
"""


def test_before_and_after() -> None:
    found = Diagnostics()
    program = analyse(Source("s.rlm", BEFORE), no_file, lambda _: (), None, found)
    assert found.found == []
    assert program is not None
    assert "_topics" in dump(program)
    dropped = drop_dead_steps(program)
    verify(dropped)
    assert dump(dropped) == AFTER
    assert dump(drop_dead_steps(dropped)) == AFTER
