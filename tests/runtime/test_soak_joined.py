"""A misbehaving server under steps that rest on each other: map, merge, refine, reduce.

Each line comes into the answer once, by way of three calls that depend on each other, or it
is listed as missing; nothing is in the answer that no line says.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from runtime.strategies import Jumps
from server.misbehaving import Misbehaving
from server.model_server import ModelServer

from rlmflow import api
from rlmflow.models.config import EndpointTable, ModelConfig
from rlmflow.operators._frame import Question, read_items
from rlmflow.runtime.clock import Surroundings
from rlmflow.runtime.run import run
from rlmflow.testing import compiled
from rlmflow.values import Document

JOINED = """
type Told { key: int  words: text }
strategy joined(docs: corpus) -> list[Told] {
  lines = records(docs, by: line)
  said = map(lines, pack: 4, on_failure: skip(100%)) -> Told "Which pair is it of, in which words?"
  both = merge(said, by: item.key) "Equal keys are one; join their words."
  answer refine(both, until: contains(item.words, "!")) "Add a mark."
}
"""
SUMMED = """
type Sum { lines: list[text] }
strategy summed(docs: corpus) -> Sum {
  lines = records(docs, by: line)
  said = map(lines, pack: 4, on_failure: skip(100%)) -> Sum "Which line is it?"
  answer reduce(said, width: 4, retries: 15%) -> Sum "Join them."
}
"""
SHARE = 0.2


def numbers(texts: Iterable[str]) -> list[int]:
    return sorted(int(found) for text in texts for found in re.findall(r"line (\d+)", text))


def reply(received: Mapping[str, Any]) -> object:
    """What a model that makes no mistake says, told from the message and the schema alone."""
    system, user = (message["content"] for message in received["messages"][:2])
    items = read_items(Question(system, user))
    properties = received["response_format"]["json_schema"]["schema"]["properties"]
    if "groups" in properties:
        alike: dict[int, list[int]] = {}
        for number, text in items.items():
            alike.setdefault(numbers([text])[0] // 2, []).append(number)
        return {"groups": [group for group in alike.values() if len(group) > 1]}
    mark = "!" if "Add a mark." in user else ""
    if "1" not in properties:
        return _told(numbers(items.values()), mark, properties)
    fields = properties["1"]["properties"]
    return {str(n): _told(numbers([text]), mark, fields) for n, text in items.items()}


def _told(found: list[int], mark: str, fields: Collection[str]) -> object:
    lines = [f"line {number}" for number in found]
    if "lines" in fields:
        return {"lines": lines}
    return {"key": found[0] // 2, "words": ", ".join(dict.fromkeys(lines)) + mark}


def soaked(server: ModelServer, text: str, count: int, root: str | None) -> Any:
    misbehaving = Misbehaving(count, SHARE, lambda *_: None)
    server.keep = False
    server.answer = reply
    server.always(misbehaving)
    job = api.Strategy(compiled(text)).prepare(
        Document("in.txt", "\n".join(f"line {number} of it" for number in range(count))),
        sub=server.name,
        config=ModelConfig(endpoint={server.name: EndpointTable(timeout=1.0)}),
        width=32,
        root=root,
    )
    job = replace(job, surroundings=Surroundings(Jumps(), random.Random(count)))
    outcome = asyncio.run(run(job))
    assert misbehaving.faulty > 0.1 * server.count
    return outcome


def check(outcome: Any, told: Iterable[str], count: int) -> None:
    counts = Counter(numbers(told))
    assert set(counts.values()) <= {1}, "in the answer twice"
    assert set(counts) <= set(range(count)), "in no line"
    troubles = [*outcome.failures, *outcome.skipped]
    listed = {int(found) - 1 for t in troubles for found in re.findall(r":(\d+)", t.place or "")}
    assert set(range(count)) - set(counts) <= listed, "lost"


ROOTS = pytest.mark.parametrize("root", [None, "scripted"], ids=["plan", "root"])
COUNTS = pytest.mark.parametrize("count", [120, pytest.param(5_000, marks=pytest.mark.long)])


@ROOTS
@COUNTS
def test_soak_of_what_rests_on_each_other(
    model_server: ModelServer, count: int, root: str | None
) -> None:
    outcome = soaked(model_server, JOINED, count, root)
    assert outcome.answer is not None
    for record in outcome.answer.value:
        assert {number // 2 for number in numbers([record["words"]])} == {record["key"]}
    check(outcome, [record["words"] for record in outcome.answer.value], count)


@ROOTS
@COUNTS
def test_soak_of_a_tree_of_calls(model_server: ModelServer, count: int, root: str | None) -> None:
    outcome = soaked(model_server, SUMMED, count, root)
    if outcome.answer is None:
        assert (outcome.status, bool(outcome.failures)) == ("incomplete", True)
    else:
        check(outcome, outcome.answer.value["lines"], count)
