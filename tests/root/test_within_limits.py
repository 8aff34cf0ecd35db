"""Whatever a root writes, and whatever models reply: no limit is passed, as the models count."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from root.rooted import READY, code, lead, saying, setting

from rlmflow.models._protocol import Message, ModelFailure, Price, Reply, Request, Usage
from rlmflow.models.scripted import Script, ScriptedModel
from rlmflow.models.token_bounds import byte_bound, request_tokens
from rlmflow.operators._step import BadReply
from rlmflow.testing import items_of

NESTED = """
strategy inner(x: text) -> text { answer ask(x, retries: 2) -> text "Say it." }
strategy task(docs: corpus) -> list[text] {
  lines = records(docs, by: line)
  said = map(lines, pack: 2, retries: 3) -> text "Say it again."
  nested = map(said, with: inner)
  answer refine(nested, until: len(item) < 3, rounds: 2) "Shorten."
}
"""
TEXT = "".join(f"line {n}\n" for n in range(9))
PRICE = Price(3e-7, 1.1e-6)


@dataclass
class Books:
    """What was used in truth, as the models themselves count it."""

    calls: int = 0
    tokens: int = 0
    usd: Decimal = Decimal(0)

    def add(self, usage: Usage) -> None:
        self.calls += 1
        self.tokens += usage.tokens_in + usage.tokens_out
        self.usd += Decimal(usage.tokens_in) * Decimal(str(PRICE.tokens_in))
        self.usd += Decimal(usage.tokens_out) * Decimal(str(PRICE.tokens_out))


@dataclass
class Counted:
    """A scripted model that keeps the books; one call in `breaks` is lost and paid for."""

    script: Script
    books: Books
    breaks: int
    name: str = "counted"
    price: Price | None = PRICE
    inner: ScriptedModel = field(init=False)

    def __post_init__(self) -> None:
        self.inner = ScriptedModel(self.script, name=self.name, price=self.price)

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)

    def count_tokens(self, messages: Sequence[Message]) -> int:
        return byte_bound(messages)

    async def complete(self, request: Request) -> Reply:
        # Others begin while this one is under way.
        await asyncio.sleep(0.002)
        tokens_in = request_tokens(self, request)
        if self.breaks and (self.books.calls + 1) % self.breaks == 0:
            self.books.add(Usage(tokens_in, request.max_output))
            lost = Usage(tokens_in, request.max_output)
            raise ModelFailure("server", "lost", again=True, usage=lost)
        reply = await self.inner.complete(request)
        usage = Usage(tokens_in, min(request.max_output, len(reply.text.encode()) // 2 + 1))
        self.books.add(usage)
        return Reply(reply.text, usage, reply.tool_calls)


ACTIONS = (
    ('x = llm_query("say " * 50)',),
    ('x = llm_batch(["one", "two", "three", "four", "five", "six", "seven"])',),
    ("x = steps.said()",),
    ("x = steps.nested()",),
    ("x = steps.answer()",),
    ('x = rlm_query("count the lines", context)',),
    ('x = rlm_batch([("count", context), ("count again", context)])',),
    (
        "import threading",
        'ts = [threading.Thread(target=llm_query, args=("hi",)) for _ in range(5)]',
        "[t.start() for t in ts]",
        "[t.join() for t in ts]",
    ),
    ("for _ in range(4):", "    try:", '        llm_query("again")', "    except Exception: pass"),
)
"""What the root may do in a turn, in lines of code."""


def sub(request: Request) -> object:
    try:
        items = items_of(request)
    except (BadReply, LookupError, AssertionError):
        return "a plain reply"
    if request.schema is None:
        return "a reply of some length"
    properties = request.schema["properties"]
    assert isinstance(properties, dict)
    said = {str(n): "said" for n in items}
    return said if set(said) <= set(properties) else dict.fromkeys(properties, "said")


# One limit at a time: with several, the tightest would hide the others.
limits = st.one_of(
    st.builds(lambda n: {"calls": n}, st.integers(2, 25)),
    st.builds(lambda n: {"tokens": n}, st.integers(15_000, 90_000)),
    st.builds(lambda n: {"usd": f"{n / 1000}"}, st.integers(8, 60)),
)


@given(
    actions=st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=4),
    limit=limits,
    breaks=st.sampled_from([0, 0, 2, 3]),
)
def no_root_passes_a_limit(
    actions: list[tuple[str, ...]], limit: dict[str, object], breaks: int
) -> None:
    books = Books()
    turns = [code(*action) for action in actions]
    root = Counted(saying([*turns, setting("['done']"), READY]), books, breaks, "root")
    models = {"root": root, "root1": root}
    lead(NESTED, TEXT, [], sub=Counted(sub, books, breaks), models=models, **limit)
    assert books.calls <= limit.get("calls", books.calls)
    assert books.tokens <= limit.get("tokens", books.tokens)
    assert books.usd <= Decimal(limit.get("usd", books.usd))


@pytest.mark.parametrize("examples", [8, pytest.param(80, marks=pytest.mark.long)])
def test_no_root_passes_a_limit(examples: int) -> None:
    law = settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    law(no_root_passes_a_limit)()
