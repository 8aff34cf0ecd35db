"""When models are opened: before the first call, all of them, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

import rlmflow
from rlmflow.diagnostics.codes import NO_MODEL
from rlmflow.diagnostics.model import StrategyError
from rlmflow.models._protocol import Reply, Request
from rlmflow.models.scripted import ScriptedModel

TWO = """
strategy two(docs: corpus) -> text {
  first = ask(docs) -> text "What is it?"
  answer ask(first, model: expert) -> text "Is that so?"
}
"""


class Opened(ScriptedModel):
    """Counts how often it was opened and closed, and is asked nothing while it is shut."""

    def __init__(self, name: str) -> None:
        super().__init__(lambda request: "it is", name=name)
        self.opened = self.closed = 0

    async def open(self) -> None:
        self.opened += 1

    async def close(self) -> None:
        self.closed += 1

    async def complete(self, request: Request) -> Reply:
        assert self.opened > self.closed
        return await super().complete(request)


class WithoutKey(Opened):
    async def open(self) -> None:
        raise StrategyError([NO_MODEL.at(None, "it needs a key")])


@pytest.fixture
def strategy(tmp_path: Path) -> rlmflow.Strategy:
    (tmp_path / "two.rlm").write_text(TWO)
    (tmp_path / "a.txt").write_text("A boat.")
    return rlmflow.load(tmp_path / "two.rlm")


def test_where_all_replies_are_known_nothing_is_opened(
    strategy: rlmflow.Strategy, tmp_path: Path
) -> None:
    journal = tmp_path / "journal.sqlite"
    for opened in (1, 0):
        sub, expert = Opened("sub"), Opened("expert")
        outcome = strategy.run(
            tmp_path / "a.txt", sub=sub, models={"expert": expert}, journal=journal
        )
        assert outcome.status == "complete"
        assert [sub.opened, sub.closed, expert.opened, expert.closed] == [opened] * 4


def test_no_call_is_paid_for_while_another_model_can_not_be_had(
    strategy: rlmflow.Strategy, tmp_path: Path
) -> None:
    sub = Opened("sub")
    with pytest.raises(StrategyError, match="it needs a key"):
        strategy.run(tmp_path / "a.txt", sub=sub, models={"expert": WithoutKey("expert")})
    assert sub.requests == []
    assert sub.closed == sub.opened
