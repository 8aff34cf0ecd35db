"""What is foretold of a full scan is what the run uses, for any input, with a perfect reader."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rlmflow import api
from rlmflow.graph.model import Operation
from rlmflow.models._protocol import Message, Request
from rlmflow.models.scripted import Answer, ScriptedModel
from rlmflow.models.token_bounds import o200k_count
from rlmflow.operators._frame import Question
from rlmflow.operators._ideal import Asked
from rlmflow.runtime.clock import Surroundings
from rlmflow.runtime.forecast import Forecast
from rlmflow.runtime.outcome import Outcome
from rlmflow.runtime.planning.typical import TypicalReader
from rlmflow.testing import NoWaiting, compiled
from rlmflow.values import Corpus, Document

SCANS = {
    "chunk, map": """
        strategy scan(docs: corpus) -> list[text] {
          parts = chunk(docs, size: 60 chars)
          answer map(parts) -> text "What is it about?"
        }""",
    "chunk with a margin, map alone": """
        strategy scan(docs: corpus) -> list[text] {
          parts = chunk(docs, size: 20 tokens, margin: 5 tokens, at: line)
          answer map(parts, pack: 1) -> text "What is it about?"
        }""",
    "records, map": """
        type Kind { kind: text  sure: bool  many: int? }
        type Line { text: text }
        strategy scan(docs: corpus) -> list[Kind] {
          lines = records(docs, by: line) -> Line
          answer map(lines) -> Kind "What kind is it?"
        }""",
    "records, map, map": """
        type Line { text: text }
        type Kinds { text: text  kind: text  other: text }
        strategy scan(docs: corpus) -> list[Kinds] {
          lines = records(docs, by: line) -> Line
          kinds = map(lines, as: kind, choices: ["a", "b"]) -> text "Which?"
          answer map(kinds, as: other, show: item.text, pack: 3) -> text "What else?"
        }""",
    "chunk, extract": """
        type Found { what: text  quote: quote }
        strategy scan(docs: corpus) -> list[Found] {
          parts = chunk(docs, size: 60 chars, margin: 10 chars)
          answer extract(parts) -> Found "List all."
        }""",
}

# Text as people have it, and text as they do not expect it.
pieces = (
    'the tenant|pays|on time|é|👩‍👩‍👧|\x00|<item id="1">|</item>|{{ x }}|\u2028|\t|- |"|\\|id|1'
)
words = st.sampled_from([*pieces.split("|"), "a" * 70, "e\u0301\u0323"])
ends = st.sampled_from([" ", "\n", "\r\n", "\n\n", ""])
texts = st.lists(st.tuples(words, ends), max_size=40).map(
    lambda pieces: "".join(word + end for word, end in pieces)
)
corpora = st.lists(texts, min_size=1, max_size=5).map(
    lambda texts: Corpus(tuple(Document(f"{n}.txt", text) for n, text in enumerate(texts)))
)


def as_endpoints_count(messages: Sequence[Message]) -> int:
    return o200k_count(messages)


def both(scan: str, corpus: Corpus) -> tuple[Forecast, Outcome]:
    """The forecast of a scan, and its run with each operator's own ideal replies."""
    program = compiled(SCANS[scan])
    graph = program.strategies[program.main].graph
    steps = {node.name: node.call for node in graph if isinstance(node, Operation)}

    def perfect(request: Request) -> Answer:
        system, user = (message.content for message in request.messages)
        ideal = steps[request.step].operator.ideal_reply
        assert ideal is not None
        said = ideal(Asked(Question(system, user), request.schema), TypicalReader())
        return said if isinstance(said, str | dict | list) else None

    model = ScriptedModel(perfect, count=as_endpoints_count)
    job = api.Strategy(program).prepare(corpus, sub=model)
    job = replace(job, surroundings=Surroundings(clock=NoWaiting()))

    async def main() -> tuple[Forecast, Outcome]:
        return await api.estimate(job), await api.run(job)

    return asyncio.run(main())


@pytest.mark.parametrize("scan", SCANS)
@given(corpus=corpora)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
def test_a_full_scan_uses_what_was_foretold(scan: str, corpus: Corpus) -> None:
    forecast, outcome = both(scan, corpus)
    assert outcome.status == "complete", outcome.failures
    assert forecast.exact
    assert forecast.clean.calls == outcome.calls
    assert outcome.spent.calls <= forecast.ceiling.calls
    used, foretold = outcome.spent.tokens_in, forecast.clean.tokens_in
    assert used <= 1.1 * foretold
    assert foretold <= 1.1 * used
    assert outcome.spent.tokens_in <= forecast.ceiling.tokens_in
    assert outcome.coverage.read == outcome.coverage.total
