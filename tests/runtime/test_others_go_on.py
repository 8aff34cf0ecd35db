"""A step that works through much text lets what else is under way go on meanwhile."""

from __future__ import annotations

import asyncio

from rlmflow.runtime.fanout import expand
from rlmflow.values import Document, Item, Stream, whole_part

DOCUMENTS = 40


def test_others_have_their_turn_between_large_documents() -> None:
    turns: list[int] = []

    async def run() -> None:
        text = "x" * (1 << 20)
        items = [
            Item(whole_part(Document(f"{n}.txt", text)), "docs", n, ()) for n in range(DOCUMENTS)
        ]
        out, left = Stream(), []
        worked = 0

        def work(item: Item) -> list[Item]:
            nonlocal worked
            worked += 1
            return [item]

        async def other() -> None:
            while worked < DOCUMENTS:
                turns.append(worked)
                await asyncio.sleep(0)

        waiting = asyncio.create_task(other())
        await expand(Stream.of(items), work, out, lambda item, _: left.append(item))
        await waiting
        assert left == []

    asyncio.run(run())
    assert len(set(turns)) > DOCUMENTS // 2
