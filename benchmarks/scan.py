"""Strategies of the library over large inputs, with a reader that reads without error.

    python benchmarks/scan.py [NAME …] [--records 200000]

Inputs are made, so that the right answer is known, and the limits of each strategy are its
own. `score` is 1 where all of the answer is right. Seconds are those of the run, of a model that
answers at once; MB is the most memory that its process had. Each row has a process of its own.
By default those that read all of any input, one after the other: about 25 minutes.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from stdlib.std_task import FILES, STDLIB, task_of

SCANNING = [file.stem for file in FILES if task_of(file).large is not None]


def row(name: str, records: int) -> str:
    file = STDLIB / f"{name}.rlm"
    task = task_of(file)
    given = task.made(records, 3)
    start = time.perf_counter()
    outcome = task.outcome(file.read_text("utf-8"), given)
    seconds = time.perf_counter() - start
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    score = task.score_of(outcome, given)
    cells = (name, f"{records:,}", outcome.status, f"{score:g}", f"{outcome.calls:,}")
    return f"| {' | '.join(cells)} | {seconds:.1f} | {most:.0f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(SCANNING))
    parser.add_argument("--records", type=int, default=200_000)
    given = parser.parse_args()
    print("| strategy | records | status | score | calls | seconds | MB |")
    print("|---|---|---|---|---|---|---|", flush=True)
    apart = multiprocessing.get_context("spawn")
    for name in given.names or SCANNING:
        with apart.Pool(1) as process:
            print(process.apply(row, (name, given.records)), flush=True)


if __name__ == "__main__":
    main()
