"""Who gets a place, and when: pauses of a whole provider, turns, cancelled calls."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

import pytest

from rlmflow.models._protocol import ModelFailure
from rlmflow.operators._step import Unanswered
from rlmflow.runtime.clock import Surroundings
from rlmflow.runtime.events import Event, Throttled
from rlmflow.runtime.schedule.order import FIRST, LAST, Order, positions
from rlmflow.runtime.schedule.pace import Pacing
from rlmflow.runtime.schedule.provider import provider_of
from rlmflow.runtime.schedule.scheduler import Place, Scheduler
from rlmflow.runtime.virtual_time import LoopClock, run_in_virtual_time
from rlmflow.testing import compiled

Log = list[tuple[float, str]]
EARLY, LATE = ((-1, -1),), ((-2, 0),)


def scheduler(width: int, **pacing: Pacing) -> tuple[Scheduler, list[Event]]:
    told: list[Event] = []
    surroundings = Surroundings(LoopClock(), random.Random(1))
    return Scheduler(width, surroundings, told.append, pacing), told


def patient(_seconds: float) -> None:
    return None


async def call(
    at: Scheduler,
    log: Log,
    name: str,
    *,
    seconds: float = 1.0,
    order: Order = FIRST,
    model: str = "acme/one",
    refuse: Callable[[float], Exception | None] = patient,
    told: ModelFailure | None = None,
    tokens: int = 10,
) -> None:
    """A call that notes when it starts; one that is `told` to come later tries again."""
    turn = at.turn(order)
    while True:
        place = await at.place(at.line(model), turn, tokens, refuse)
        log.append((asyncio.get_running_loop().time(), name))
        place.send("step")
        if told is not None:
            await asyncio.sleep(0.25)
            place.turned_away(told)
            place.leave()
            told = None
            continue
        await asyncio.sleep(seconds)
        place.leave(tokens, seconds)
        return


def later(after: float | None = None) -> ModelFailure:
    return ModelFailure("rate-limit", "slow down", again=True, after=after, status=429)


def played(work: Callable[[], Awaitable[None]]) -> None:
    async def run() -> None:
        await work()

    run_in_virtual_time(run())


def test_when_one_is_told_to_wait_no_other_is_sent() -> None:
    log: Log = []

    async def work() -> None:
        at, told = scheduler(8)
        first = asyncio.create_task(call(at, log, "told", told=later(12.0)))
        await asyncio.sleep(0.5)
        others = [call(at, log, f"{n}", model="acme/two") for n in range(3)]
        await asyncio.gather(first, *others)
        (event,) = [one for one in told if isinstance(one, Throttled)][:1]
        assert (event.provider, event.why, event.before, event.width, event.wait) == (
            "acme",
            "429",
            8,
            4,
            12.0,
        )
        (use,) = at.uses
        assert (use.turned_away, use.pauses, use.paused, use.least_width) == (1, 1, 12.0, 4)

    played(work)
    assert log == [(0.0, "told"), *((12.25, name) for name in ("told", "0", "1", "2"))]


def test_another_provider_is_not_held_up() -> None:
    log: Log = []

    async def work() -> None:
        at, _ = scheduler(8)
        await asyncio.gather(
            call(at, log, "told", told=later(60.0)), call(at, log, "other", model="other/model")
        )

    played(work)
    assert log == [(0.0, "told"), (0.0, "other"), (60.25, "told")]


def test_many_that_are_told_at_once_are_one_pause() -> None:
    log: Log = []

    async def work() -> None:
        at, told = scheduler(8)
        await asyncio.gather(*[call(at, log, f"{n}", told=later()) for n in range(8)])
        pauses = [event for event in told if isinstance(event, Throttled) and event.wait]
        assert len(pauses) == 1
        assert 0.5 <= pauses[0].wait <= 1.0

    played(work)
    # Half as many start when it is over, the others when these have ended.
    starts = sorted({at for at, _ in log})
    assert [sum(at == start for at, _ in log) for start in starts][:2] == [8, 4]


def test_a_storm_is_told_once() -> None:
    """Calls that are told the same a moment later move the end of the wait, and no more."""

    async def work() -> None:
        at, told = scheduler(8)
        places = [await at.place(at.line("acme/one"), at.turn(FIRST), 1, patient) for _ in range(8)]
        for place in places:
            place.send("step")
            place.turned_away(later(12.0))
            await asyncio.sleep(0.125)
        assert [event.wait for event in told if isinstance(event, Throttled)] == [12.0]
        (use,) = at.uses
        assert (use.pauses, use.paused, use.turned_away) == (1, 12.875, 8)

    played(work)


def test_who_will_not_wait_so_long_is_let_go() -> None:
    log: Log = []
    gone: list[str] = []

    def hasty(seconds: float) -> Exception | None:
        return Unanswered(f"{seconds:g}") if seconds > 5 else None

    async def hurried(at: Scheduler, name: str) -> None:
        try:
            await call(at, log, name, refuse=hasty)
        except Unanswered as reason:
            gone.append(f"{name} {reason}")

    async def work() -> None:
        at, _ = scheduler(1)
        told = asyncio.create_task(call(at, log, "told", told=later(10.0)))
        waits = asyncio.create_task(hurried(at, "in line"))
        await asyncio.sleep(1.0)
        await hurried(at, "comes in the pause")
        await asyncio.gather(told, waits)

    played(work)
    assert gone == ["in line 10", "comes in the pause 9.25"]


def test_a_provider_that_turns_all_away_is_given_up() -> None:
    log: Log = []

    async def work() -> None:
        at, _ = scheduler(4)
        place: Place | None = None
        while asyncio.get_running_loop().time() <= 900:
            place = await at.place(at.line("acme/one"), at.turn(FIRST), 1, patient)
            place.send("step")
            place.turned_away(later())
            place.leave()
        with pytest.raises(Unanswered, match="acme has turned every call away for 15 minutes"):
            await call(at, log, "late")
        await asyncio.sleep(61)
        await call(at, log, "much later")

    played(work)
    assert [name for _, name in log] == ["much later"]


def test_the_step_that_is_further_along_goes_first() -> None:
    log: Log = []

    async def work() -> None:
        at, _ = scheduler(1)
        calls = [call(at, log, f"early {n}", order=EARLY) for n in range(3)]
        calls += [call(at, log, f"late {n}", order=LATE) for n in range(2)]
        calls += [call(at, log, "root", order=FIRST), call(at, log, "paste", order=LAST)]
        await asyncio.gather(*calls)

    played(work)
    names = [name for _, name in sorted(log)]
    assert names == ["early 0", "root", "late 0", "late 1", "early 1", "early 2", "paste"]


def test_a_cancelled_call_leaves_its_place_and_its_turn() -> None:
    log: Log = []

    async def work() -> None:
        at, _ = scheduler(1, acme=Pacing(requests=2))
        first = asyncio.create_task(call(at, log, "first", seconds=5.0))
        in_line = asyncio.create_task(call(at, log, "in line"))
        last = asyncio.create_task(call(at, log, "last"))
        await asyncio.sleep(1.0)
        in_line.cancel()
        await asyncio.gather(first, last)

    played(work)
    assert log == [(0.0, "first"), (5.0, "last")]


def test_a_call_that_is_cancelled_as_it_gets_its_place_gives_it_back() -> None:
    log: Log = []

    async def work() -> None:
        at, _ = scheduler(1)
        place = await at.place(at.line("acme/one"), at.turn(FIRST), 1, patient)
        waits = asyncio.create_task(call(at, log, "cancelled"))
        await asyncio.sleep(0)
        place.leave()
        waits.cancel()
        await asyncio.gather(waits, return_exceptions=True)
        await call(at, log, "next")

    played(work)
    assert [name for _, name in log] == ["next"]


def test_a_model_that_waits_for_its_rate_does_not_hold_up_another() -> None:
    log: Log = []

    async def work() -> None:
        at, _ = scheduler(4, **{"acme/one": Pacing(requests=1)})
        calls = [call(at, log, f"one {n}", order=LATE) for n in range(2)]
        calls += [call(at, log, f"two {n}", order=EARLY, model="acme/two") for n in range(2)]
        await asyncio.gather(*calls)

    played(work)
    assert log == [(0.0, "one 0"), (0.0, "two 0"), (0.0, "two 1"), (60.0, "one 1")]


def test_a_long_call_does_not_hold_up_the_next_minute() -> None:
    log: Log = []

    async def work() -> None:
        at, _ = scheduler(4, acme=Pacing(requests=1))
        await asyncio.gather(*[call(at, log, f"{n}", seconds=500.0) for n in range(3)])

    played(work)
    assert log == [(0.0, "0"), (60.0, "1"), (120.0, "2")]


@pytest.mark.parametrize(
    ("model", "provider"),
    [
        ("openai/gpt-5-mini", "openai"),
        ("http://127.0.0.1:8080/v1#qwen", "http://127.0.0.1:8080/v1"),
        ("local:small", "local"),
        ("local", "local"),
        ("scripted:s.toml", "scripted"),
    ],
)
def test_whose_a_model_is(model: str, provider: str) -> None:
    assert provider_of(model) == provider


def test_positions_follow_the_ways_to_the_answer() -> None:
    program = compiled("""
strategy two(docs: corpus) -> text {
  parts = chunk(docs, size: 100 chars)
  long  = map(parts) -> text "One."
  short = map(parts) -> text "Two."
  again = map(long) -> text "Three."
  answer reduce(concat(again, short)) -> text "All."
}
""")
    found = positions(program.strategies["two"])
    order = sorted(("long", "short", "again", "answer"), key=found.__getitem__)
    assert order == ["answer", "again", "long", "short"]
