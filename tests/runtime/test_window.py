"""What does not fit a model's window is not sent: an error before the run where that is sure."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from rlmflow import api
from rlmflow.diagnostics.model import StrategyError
from rlmflow.models.scripted import ScriptedModel
from rlmflow.models.token_bounds import byte_bound, o200k_count
from rlmflow.testing import compiled
from rlmflow.values import Corpus, Document

ASK = 'strategy s(docs: corpus) -> text { answer ask(docs) -> text "Sum up." }'
AFTER = """
strategy s(docs: corpus) -> text {
  found = map(docs, pack: 1) -> text "Say it all."
  answer ask(found) -> text "Sum up."
}
"""
SKIPS = """
strategy s(docs: corpus) -> list[text] {
  answer map(docs, pack: 1, on_failure: skip(50%)) -> text "Sum up."
}
"""
WORDS = "the tenant pays the rent. "
LONG = Corpus((Document("long.txt", WORDS * 200), Document("short.txt", WORDS)))


def model(count: object = o200k_count) -> ScriptedModel:
    return ScriptedModel(lambda _: WORDS * 60, window=500, count=count)  # type: ignore[arg-type]


def test_an_input_that_does_not_fit_is_an_error_before_the_run() -> None:
    job = api.Strategy(compiled(ASK)).prepare(LONG, sub=model())
    with pytest.raises(StrategyError) as refused:
        asyncio.run(api.estimate(job))
    (found,) = refused.value.diagnostics
    assert found.code == "RF503"
    assert found.message.startswith("a call of `answer` has 1,2")
    assert found.span is not None
    assert found.span.text.startswith("ask(docs)")


def test_what_the_run_alone_shows_leaves_it_incomplete_and_is_not_sent() -> None:
    asked = model()
    job = api.Strategy(compiled(AFTER)).prepare(
        Corpus(tuple(Document(f"{n}.txt", WORDS) for n in range(3))), sub=asked
    )
    asyncio.run(api.estimate(job))
    outcome = asyncio.run(api.run(job))
    assert outcome.status == "incomplete"
    assert [request.step for request in asked.requests] == ["found"] * 3
    assert "takes 500" in outcome.failures[0].reason


def test_a_step_that_may_skip_items_goes_on_without() -> None:
    asked = model()
    job = api.Strategy(compiled(SKIPS)).prepare(LONG, sub=asked)
    assert asyncio.run(api.estimate(job)).clean.calls == 1
    outcome = asyncio.run(api.run(job))
    assert (outcome.status, len(outcome.skipped), len(asked.requests)) == ("complete", 1, 1)


def test_where_tokens_are_not_known_it_is_left_to_the_endpoint() -> None:
    asked = model(byte_bound)
    job = api.Strategy(compiled(ASK)).prepare(LONG, sub=asked)
    asyncio.run(api.estimate(replace(job)))
    asyncio.run(api.run(job))
    assert len(asked.requests) == 1
