"""What a run has under way follows its width, not its input."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from rlmflow.api import Strategy
from rlmflow.models._protocol import Request
from rlmflow.models.scripted import ScriptedModel
from rlmflow.testing import compiled, items_of, run_text
from rlmflow.values import Document

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


MANY = "\n".join(f'  s{n} = map(lines, pack: 1) -> text "Number {n}."' for n in range(8))
SIDE_BY_SIDE = f"""
strategy many(docs: corpus) -> list[text] {{
  lines = records(docs, by: line)
{MANY}
  answer {" + ".join(f"s{n}" for n in range(8))}
}}
"""


def test_a_disk_that_hangs_holds_back_new_calls(tmp_path: Path) -> None:
    """What is sent and not yet on disk is what a crash asks again."""
    journal = tmp_path / "journal.sqlite"
    sent: list[Request] = []
    sent_meanwhile = 0

    async def model_reply(request: Request) -> object:
        sent.append(request)
        if len(sent) == 1:
            release = lock_out_writers()
            hanging.append(asyncio.create_task(until_all_is_sent(release)))
        await asyncio.sleep(0)
        return items_of(request)[1]

    hanging: list[asyncio.Task[None]] = []

    def lock_out_writers() -> sqlite3.Connection:
        other = sqlite3.connect(journal, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        return other

    async def until_all_is_sent(release: sqlite3.Connection) -> None:
        nonlocal sent_meanwhile
        for _ in range(2000):
            await asyncio.sleep(0)
        sent_meanwhile = len(sent)
        release.execute("ROLLBACK")
        release.close()

    lines = [f"line {number}" for number in range(10)]
    model = ScriptedModel(model_reply)
    outcome = Strategy(compiled(SIDE_BY_SIDE)).run(
        Document("in.txt", "\n".join(lines)), sub=model, journal=journal, width=WIDTH
    )
    assert outcome.answer is not None
    assert outcome.answer.value == lines * 8
    assert len(sent) == 80
    assert 0 < sent_meanwhile <= 2 * WIDTH
