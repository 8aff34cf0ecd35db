"""Output caps by type keep what is set aside small, so that a tight budget fills the width."""

from __future__ import annotations

import asyncio

import pytest

from rlmflow import api
from rlmflow.models._protocol import Request
from rlmflow.models.scripted import ScriptedModel
from rlmflow.testing import compiled
from rlmflow.values import Corpus, Document

LABELS = """
type Line { text: text }
strategy s(docs: corpus) -> int {
  lines = records(docs, by: line) -> Line
  kinds = map(lines, as: kind, pack: 1, choices: ["yes", "no"], retries: 0CAP) -> text "Is it?"
  answer len(kinds)
}
"""
WIDTH = CALLS = 8


@pytest.mark.parametrize(("cap", "full"), [("", True), (", max_output: 1_024 tokens", False)])
def test_a_tight_budget_fills_the_width(cap: str, full: bool) -> None:
    under_way, most = 0, 0

    async def reply(_: Request) -> dict[str, str]:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.001)
        under_way -= 1
        return {"answer": "no"}

    model = ScriptedModel(reply)
    text = (
        LABELS.replace("CAP", cap)
        .replace("list[Line]", "int")
        .replace("answer len(kinds)", "answer len(kinds)")
    )
    corpus = Corpus((Document("d.txt", "a line\n" * CALLS),))
    ready = api.Strategy(compiled(text))
    once = asyncio.run(api.run(ready.prepare(corpus, sub=model, width=WIDTH))).spent
    assert most == WIDTH
    most = 0
    # What is used, and what eight calls may take beside that with the cap of their type.
    tight = once.tokens + WIDTH * 256
    asyncio.run(api.run(ready.prepare(corpus, sub=model, width=WIDTH, max_tokens=tight)))
    assert (most == WIDTH) is full
