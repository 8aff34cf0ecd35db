"""What looking costs with fifty libraries installed: CPU seconds of `list` and `show`.

    python benchmarks/libraries.py [--libraries 50] [--rounds 5]

Fifty tiny distributions of three strategies each are put on the search path as pip leaves
them. *First* is with nothing kept, as after an installation; *another* is of a strategy that
was not looked at, once something was; *again* is what everyone else pays. *Text* is when its
first text is there, in seconds by the clock: what it costs is said after that. A figure is
the minimum of the rounds, and includes the interpreter's own start.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LIMIT = 0.3
STRATEGY = '''\
"""What does each part of number {n} say?"""

strategy {name}(docs: corpus, question: text = "What?") -> list[text]
  ensures covers(docs)
  within  100 calls
{{
  parts = chunk(docs, size: 1k tokens)
  answer map(parts) -> text """{{{{ question }}}}"""
}}
'''


def install(site: Path, number: int) -> None:
    """A distribution with three strategies, without pip."""
    records = site / f"library_{number}-1.0.dist-info"
    records.mkdir(parents=True)
    (records / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: library-{number}\nVersion: 1.0\n"
        "Requires-Dist: rlmflow-lang>=0.1\n"
    )
    entry = f"[rlmflow.strategies]\nlibrary{number} = library_{number}\n"
    (records / "entry_points.txt").write_text(entry)
    folder = site / f"library_{number}"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    for name in ("claims", "dates", "people"):
        (folder / f"{name}.rlm").write_text(STRATEGY.format(n=number, name=name))


def cpu_seconds(command: list[str], environment: dict[str, str], folder: str) -> float:
    before = os.times()
    done = subprocess.run(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment, cwd=folder
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed: {done.stderr.decode()}")
    after = os.times()
    used = after.children_user + after.children_system
    return used - before.children_user - before.children_system


def seconds_to_text(command: list[str], environment: dict[str, str], folder: str) -> float:
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, cwd=folder) as asked:
        assert asked.stdout is not None
        asked.stdout.read(1)
        seconds = time.perf_counter() - start
        asked.stdout.read()
    return seconds


def report(libraries: int, rounds: int) -> str:
    """The table, in Markdown."""
    lines = [
        f"CPU seconds with {libraries} libraries; allowed: {LIMIT} again.",
        "",
        "| | first | another | its text | again | of the limit |",
        "|---|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as folder:
        for number in range(libraries):
            install(Path(folder, "site"), number)
        cache = Path(folder, "cache")
        environment = {
            **os.environ,
            "PYTHONPATH": str(Path(folder, "site")),
            "RLMFLOW_CACHE": str(cache),
        }
        for words in ("list", "show std/needle", "show library7/claims", "show chunk"):
            command = [sys.executable, "-m", "rlmflow", *words.split()]
            given = (command, environment, folder)
            first, another, text = [], [], []
            for _ in range(rounds):
                shutil.rmtree(cache, ignore_errors=True)
                first.append(cpu_seconds(*given))
                shutil.rmtree(cache / "looks", ignore_errors=True)
                another.append(cpu_seconds(*given))
                shutil.rmtree(cache / "looks", ignore_errors=True)
                text.append(seconds_to_text(*given))
            again = min(cpu_seconds(*given) for _ in range(rounds))
            cells = [f"{min(each):.2f}" for each in (first, another, text, [again])]
            lines.append(f"| `{words}` | {' | '.join(cells)} | {again / LIMIT:.2f} x |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--libraries", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    print(report(given.libraries, given.rounds))


if __name__ == "__main__":
    main()
