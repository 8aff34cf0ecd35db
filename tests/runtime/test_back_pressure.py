"""What a run has under way follows its width, not its input."""

from __future__ import annotations

import asyncio

import pytest

from rlmflow.models._protocol import Request
from rlmflow.testing import items_of, run_text

WIDTH = 4
CHAIN = """
strategy chain(docs: corpus) -> list[text] {
  lines = records(docs, by: line)
  one   = map(lines, pack: 1) -> text "One."
  two   = map(one, pack: 1) -> text "Two."
  answer map(two, pack: 3) -> text "Three."
}
"""
NESTED = """
strategy inner(part: document) -> list[text] {
  words = records(part, by: r"\\S+")
  said  = map(words, pack: 1) -> text "Say it."
  answer map(said, pack: 1) -> text "Again."
}
strategy outer(docs: corpus) -> list[list[text]] {
  lines = chunk(docs, size: 400 chars, at: line)
  answer map(lines, with: inner)
}
"""


def most_tasks(text: str, lines: int) -> int:
    """The most tasks that were alive at a time in a run over so many lines."""
    most = 0

    async def counted(request: Request) -> object:
        nonlocal most
        most = max(most, len(asyncio.all_tasks()))
        await asyncio.sleep(0)
        shown = items_of(request)
        return shown[1] if len(shown) == 1 else {str(n): item for n, item in shown.items()}

    docs = "\n".join(" ".join(f"w{number}-{word}" for word in range(24)) for number in range(lines))
    outcome = run_text(text, docs, counted, width=WIDTH)
    assert outcome.status == "complete"
    return most


@pytest.mark.parametrize("lines", [12, 48])
@pytest.mark.parametrize("text", [CHAIN, NESTED], ids=["chain", "nested"])
def test_what_is_under_way_does_not_grow_with_the_input(text: str, lines: int) -> None:
    """Nor with the calls of a strategy for each item: they share what their steps may do."""
    assert most_tasks(text, lines) < 16 * WIDTH
