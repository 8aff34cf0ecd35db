"""When models are opened: before the first call, all of them, or not at all."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

import rlmflow
from rlmflow.diagnostics.codes import NO_MODEL
from rlmflow.diagnostics.model import StrategyError
from rlmflow.models._protocol import Reply, Request
from rlmflow.models.scripted import ScriptedModel
from rlmflow.runtime.openings import Openings
from rlmflow.runtime.run import run
from rlmflow.runtime.stopping import Stopping
from rlmflow.testing import compiled

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
        await super().open()
        await asyncio.sleep(0)
        raise StrategyError([NO_MODEL.at(None, "it needs a key")])


@pytest.fixture
def strategy(tmp_path: Path) -> rlmflow.Strategy:
    (tmp_path / "a.txt").write_text("A boat.")
    return rlmflow.Strategy(compiled(TWO))


def test_where_all_replies_are_known_nothing_is_opened(
    strategy: rlmflow.Strategy, tmp_path: Path
) -> None:
    journal = tmp_path / "journal.sqlite"
    for opened in (1, 0):
        sub, expert = Opened("sub"), Opened("expert")
        outcome = strategy.run(tmp_path, sub=sub, models={"expert": expert}, journal=journal)
        assert outcome.status == "complete"
        assert [sub.opened, sub.closed, expert.opened, expert.closed] == [opened] * 4


def test_where_one_reply_is_not_known_all_are_opened_once_before_it_is_asked_for(
    strategy: rlmflow.Strategy, tmp_path: Path
) -> None:
    journal = tmp_path / "journal.sqlite"
    strategy.run(tmp_path, sub=Opened("sub"), models={"expert": Opened("expert")}, journal=journal)
    (tmp_path / "a.txt").write_text("A ship.")
    sub, expert = Opened("sub"), Opened("expert")
    strategy.run(tmp_path, sub=sub, models={"expert": expert}, journal=journal)
    assert [sub.opened, sub.closed, expert.opened, expert.closed] == [1] * 4


def test_a_model_that_can_not_be_had_is_tried_once_by_all_who_wait(tmp_path: Path) -> None:
    wanting = WithoutKey("sub")

    async def many() -> list[BaseException | None]:
        openings = Openings([wanting])
        tries = [openings.open() for _ in range(5)]
        found = await asyncio.gather(*tries, return_exceptions=True)
        await openings.close()
        return found

    assert all(isinstance(error, StrategyError) for error in asyncio.run(many()))
    assert (wanting.opened, wanting.closed) == (1, 1)


def test_who_gives_up_ends_no_opening_that_others_wait_for(tmp_path: Path) -> None:
    class Slow(Opened):
        async def open(self) -> None:
            await asyncio.sleep(0.05)
            await super().open()

    model = Slow("sub")

    async def two() -> None:
        openings = Openings([model])
        impatient = asyncio.create_task(openings.open())
        patient = asyncio.create_task(openings.open())
        await asyncio.sleep(0)
        impatient.cancel()
        await patient
        assert openings.done
        await openings.close()

    asyncio.run(two())
    assert (model.opened, model.closed) == (1, 1)


def test_a_run_that_is_told_to_stop_opens_nothing(
    strategy: rlmflow.Strategy, tmp_path: Path
) -> None:
    journal = tmp_path / "journal.sqlite"
    models = {"sub": Opened("sub"), "expert": Opened("expert")}
    strategy.run(tmp_path, models=models, journal=journal)
    (tmp_path / "a.txt").write_text("A ship.")
    wanting, stopping = WithoutKey("sub"), Stopping()
    stopping.stop("the run was interrupted")
    job = strategy.prepare(tmp_path, models={**models, "sub": wanting}, journal=journal)
    outcome = asyncio.run(run(job, stopping=stopping))
    assert (outcome.status, outcome.failures[0].reason) == ("incomplete", stopping.reason)
    assert wanting.opened == 0


def test_no_call_is_paid_for_while_another_model_can_not_be_had(
    strategy: rlmflow.Strategy, tmp_path: Path
) -> None:
    sub = Opened("sub")
    with pytest.raises(StrategyError, match="it needs a key"):
        strategy.run(tmp_path, sub=sub, models={"expert": WithoutKey("expert")})
    assert sub.requests == []
    assert sub.closed == sub.opened
