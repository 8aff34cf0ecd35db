"""A root's run in another process: turns and state come back, and no call is repeated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rlmflow.api import Strategy
from rlmflow.models._protocol import ModelFailure, Request
from rlmflow.models.scripted import ScriptedModel
from rlmflow.runtime.outcome import Outcome
from rlmflow.runtime.root_options import RootOptions
from rlmflow.testing import compiled
from rlmflow.values import Corpus, Document

STRATEGY = """
strategy question(docs: corpus) -> text { answer ask(docs) -> text "What is it?" }
"""
TURNS = [
    "import time, random\nmark = (time.time(), random.random())\nprint(llm_query('first'))",
    "replies = llm_batch(['same', 'same', 'other'])\nprint(replies)",
    "print(llm_query('same'), llm_query('same'))\nchild = rlm_query('Fetch the moon.', 'its text')",
    "print(mark, child)\nanswer['content'] = f'{mark} {replies} {child}'",
    "answer['ready'] = True",
]
CHILD = ["answer['content'] = llm_query('below')", "answer['ready'] = True"]


class Replies:
    """Replies of one process: what was asked before it, and what it asks, is counted."""

    def __init__(self, number: int, ends_after: int | None = None) -> None:
        self.number = number
        self.asked: list[str] = []
        self._ends_after = ends_after

    def count(self, request: Request) -> None:
        self.asked.append(request.messages[-1].content[-40:])
        if self._ends_after is not None and len(self.asked) > self._ends_after:
            raise ModelFailure("other", "the line is dead", again=False)

    def root(self, request: Request) -> str:
        self.count(request)
        turn = sum(message.role == "assistant" for message in request.messages)
        blocks = CHILD if "Fetch the moon." in request.messages[0].content else TURNS
        return f"```repl\n{blocks[turn]}\n```"

    def sub(self, request: Request) -> str:
        self.count(request)
        return f"{request.messages[1].content} {self.number}.{len(self.asked)}"


def run(journal: Path, replies: Replies, **options: Any) -> Outcome:
    root = ScriptedModel(replies.root, name="root")
    sub = ScriptedModel(replies.sub, name="sub")
    docs = Corpus((Document("a.txt", "the text"),))
    roots = RootOptions(free=True, depth=1, unsafe=True)
    strategy = Strategy(compiled(STRATEGY))
    return strategy.run(docs, root=root, sub=sub, roots=roots, journal=journal, **options)


def test_a_second_run_asks_nothing_and_has_the_same_state(tmp_path: Path) -> None:
    first, second = Replies(1), Replies(2)
    whole = run(tmp_path / "j.sqlite", first)
    again = run(tmp_path / "j.sqlite", second, max_calls=500)
    assert whole.answer is not None
    assert again.answer == whole.answer
    assert len(first.asked) == 5 + 2 + 7
    assert second.asked == []
    assert again.recalled == len(first.asked)


@pytest.mark.parametrize("after", [1, 4, 6, 9, 12])
def test_a_run_that_ended_goes_on_where_it_was(after: int, tmp_path: Path) -> None:
    first, second, third = Replies(1, after), Replies(2), Replies(3)
    assert run(tmp_path / "j.sqlite", first).status == "incomplete"
    resumed = run(tmp_path / "j.sqlite", second)
    assert resumed.status == "complete"
    assert after + len(second.asked) == 14
    assert run(tmp_path / "j.sqlite", third).answer == resumed.answer
    assert third.asked == []


def test_what_code_asks_more_than_once_are_samples(tmp_path: Path) -> None:
    replies = Replies(1)
    outcome = run(tmp_path / "j.sqlite", replies)
    asked = [text for text in replies.asked if text.endswith("same")]
    assert len(asked) == 4
    assert outcome.answer is not None
    assert outcome.answer.value.count("same 1.") == 2
