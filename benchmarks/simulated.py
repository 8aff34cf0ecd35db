"""How close the scheduler comes to the shortest schedule there can be, in virtual time.

    python benchmarks/simulated.py [--calls 100000] [--width 64] [--seed 1] [--runs 1]

Whole runs of strategies; only the models and the clock are simulated. A call takes a
second in the middle, a log-normal tail beyond it, and one in a hundred takes ten times as
long. The bound is the longer of the critical path and the work divided by the width (or
by what the endpoint takes): no schedule is shorter. A trace is a digest of every call with
its times; further runs must have the same.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "tests")]

from simulation.pipelines import (  # noqa: E402 - from this checkout
    CALLS_A_PART,
    MERGED,
    STREAMED,
    Simulated,
    simulated,
)

from rlmflow.runtime.schedule.pace import Pacing  # noqa: E402


class Case(NamedTuple):
    """A strategy and an endpoint: `capacity` calls at a time, so many requests a minute."""

    name: str
    text: str
    capacity: int | None = None
    requests: int | None = None
    share: float = 1.0

    def run(self, calls: int, width: int, seed: int) -> Simulated:
        parts = round(calls * self.share / CALLS_A_PART[self.text])
        pacing = {"simulated": Pacing(requests=self.requests)} if self.requests else {}
        return simulated(
            self.text, parts, seed=seed, width=width, capacity=self.capacity, pacing=pacing
        )

    def bound(self, ran: Simulated) -> float:
        """Seconds below which no schedule is."""
        bounds = [ran.bound]
        if self.capacity is not None:
            bounds.append(ran.work / self.capacity)
        if self.requests is not None:
            bounds.append((len(ran.calls) // self.requests) * 60.0)
        return max(bounds)


CASES = (
    Case("chunk → map → merge", MERGED),
    Case("chunk → map → map → map", STREAMED),
    Case("chunk → map → map → map, 429 beyond 40 at a time", STREAMED, capacity=40, share=0.2),
    Case("chunk → map → map → map, 900 calls a minute", STREAMED, requests=900, share=0.2),
)


def rows(calls: int, width: int, seed: int, runs: int) -> Iterator[str]:
    for case in CASES:
        before = time.process_time()
        ran = case.run(calls, width, seed)
        cpu = (time.process_time() - before) / len(ran.calls) * 1e3
        traces = {ran.trace, *(case.run(calls, width, seed).trace for _ in range(runs - 1))}
        if ran.outcome.status != "complete" or len(traces) != 1:
            raise SystemExit(f"{case.name}: {ran.outcome.status}, traces {traces}")
        bound = case.bound(ran)
        yield (
            f"| {case.name} | {len(ran.calls):,} | {ran.critical_path:,.0f} | "
            f"{ran.work / width:,.0f} | {bound:,.0f} | {ran.seconds:,.0f} | "
            f"{ran.seconds / bound:.3f} x | {len(ran.turned_away):,} | {cpu:.2f} | {ran.trace} |"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="The scheduler in virtual time")
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=1)
    options = parser.parse_args()
    print(f"Seconds of virtual time, {options.width} wide, seed {options.seed}.\n")
    print(
        "| | calls | critical path | work ÷ width | bound | took | of the bound | turned away | "
        "CPU ms a call | trace |\n|---|---|---|---|---|---|---|---|---|---|"
    )
    for row in rows(options.calls, options.width, options.seed, options.runs):
        print(row, flush=True)
