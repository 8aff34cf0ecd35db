"""What `check` takes for each strategy file that comes with the program, hunt included.

    python benchmarks/check.py [--rounds 1] [FILE ...]

Each file is checked in a process of its own: first with an empty memory, so that it is
hunted; then again, when what came of it is remembered; and once by its text alone. Wall
seconds have a target; CPU seconds are of the process and its children, over those of a
bare interpreter. Any finding is a false alarm, and makes the program end with 1.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
LONGEST = 20.0
STATIC = 0.45


class Took(NamedTuple):
    """Wall and CPU seconds, what was printed, and whether anything was found."""

    wall: float
    cpu: float
    said: str = ""
    found: bool = False


def took(command: Sequence[str], memory: str) -> Took:
    """Compiled modules are kept, as on any machine by default."""
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    before, start = os.times(), time.perf_counter()
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, env={**kept, "RLMFLOW_CACHE": memory}
    )
    wall, after = time.perf_counter() - start, os.times()
    cpu = after.children_user + after.children_system
    cpu -= before.children_user + before.children_system
    return Took(wall, cpu, done.stdout + done.stderr, done.returncode != 0)


def least(runs: Sequence[Took]) -> Took:
    """The least seconds, and the last words. A finding in one run is a finding."""
    wall, cpu = min(run.wall for run in runs), min(run.cpu for run in runs)
    worst = next((run for run in runs if run.found), runs[-1])
    return Took(wall, cpu, worst.said, worst.found)


def row(file: Path, rounds: int, bare: float) -> tuple[bool, str]:
    """Whether a file was checked as it should be, and its line of the table."""
    check = [sys.executable, "-m", "rlmflow", "check"]
    static = least([took([*check, "--static", str(file)], "") for _ in range(rounds + 1)])
    cold, again = [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as memory:
            cold.append(took([*check, str(file)], memory))
            again.append(took([*check, str(file)], memory))
    hunted, remembered = least(cold), least(again)
    ok = hunted.wall <= LONGEST and not (hunted.found or remembered.found or static.found)
    last = hunted.said.strip().splitlines()[-1]
    cells = [
        str(file.relative_to(ROOT)),
        last,
        f"{hunted.wall:.1f} of {LONGEST:.0f}",
        f"{hunted.cpu - bare:.2f}",
        f"{remembered.wall:.1f}",
        f"{remembered.cpu - bare:.2f}",
        f"{static.cpu - bare:.2f} of {STATIC}",
    ]
    return ok, f"| {' | '.join(cells)} |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("files", nargs="*", type=Path)
    options = parser.parse_args()
    every = [*ROOT.glob("stdlib/**/*.rlm"), *ROOT.glob("examples/*.rlm")]
    files = [file.resolve() for file in options.files] or sorted(every)
    bare = least([took([sys.executable, "-c", "pass"], "") for _ in range(3)]).cpu
    print("| file | said | hunted, s | CPU s | remembered, s | CPU s | static, CPU s |")
    print("|---" * 7 + "|")
    right = True
    for file in files:
        ok, line = row(file, options.rounds, bare)
        right &= ok
        print(line, flush=True)
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
