"""Whole runs in virtual time: how long they take, in which order, and that they repeat."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from simulation.pipelines import CALLS_A_PART, MERGED, STREAMED, Simulated, simulated

from rlmflow.runtime.events import Throttled

ROOT = Path(__file__).parents[2]
BOTH = pytest.mark.parametrize("text", [MERGED, STREAMED], ids=["merged", "streamed"])


def within_the_law(ran: Simulated) -> None:
    assert ran.outcome.status == "complete"
    assert ran.outcome.answer is not None
    assert ran.bound <= ran.seconds <= 1.1 * ran.bound
    assert [event for event in ran.events if isinstance(event, Throttled)] == []


@BOTH
def test_a_run_takes_hardly_longer_than_the_shortest_there_can_be(text: str) -> None:
    within_the_law(simulated(text, round(4000 / CALLS_A_PART[text]), seed=1, width=8))


@pytest.mark.long
@BOTH
def test_the_same_of_a_hundred_thousand_calls(text: str) -> None:
    ran = simulated(text, round(100_000 / CALLS_A_PART[text]), seed=1)
    assert len(ran.calls) == 100_000 // 3 * 3 or len(ran.calls) == 100_000
    within_the_law(ran)


def test_the_same_seed_gives_the_same_trace_in_any_process() -> None:
    code = (
        "from simulation.pipelines import *\n"
        "for text in (MERGED, STREAMED): print(simulated(text, 60, seed=5, width=4, "
        "capacity=3).trace)"
    )
    printed = set()
    for number in range(2):
        env = {
            **os.environ,
            "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}",
            "PYTHONHASHSEED": f"{number}",
        }
        ran = subprocess.run(
            [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
        )
        printed.add(ran.stdout)
    assert len(printed) == 1


@BOTH
def test_ten_runs_give_one_trace(text: str) -> None:
    traces = {simulated(text, 50, seed=4, width=8, capacity=6).trace for _ in range(10)}
    assert len(traces) == 1
    assert simulated(text, 50, seed=5, width=8, capacity=6).trace not in traces


def test_an_item_is_finished_before_another_is_begun() -> None:
    """A step that is further along goes first: all that waits for it is soon done with."""
    ran = simulated(STREAMED, 300, seed=1, width=4)
    begun: dict[str, int] = {"facts": 0, "stated": 0, "answer": 0}
    most = 0
    for call in sorted(ran.calls, key=lambda call: call.began):
        begun[call.kind] += 1
        most = max(most, begun["facts"] - begun["answer"])
    assert begun == {"facts": 300, "stated": 300, "answer": 300}
    assert most <= 4 * 4


def test_an_endpoint_that_takes_fewer_calls_gets_fewer() -> None:
    """The width finds what is taken, few calls are turned away, and little time is lost."""
    ran = simulated(STREAMED, 500, seed=1, width=64, capacity=24)
    assert ran.outcome.status == "complete"
    assert len(ran.calls) == 1500
    assert len(ran.turned_away) < 0.1 * len(ran.calls)
    assert ran.seconds < 1.35 * ran.work / 24
    (use,) = ran.outcome.providers
    assert use.turned_away == len(ran.turned_away)
    assert use.least_width < 24
