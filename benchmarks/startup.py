"""What starting costs: CPU seconds of a command over those of a bare interpreter.

    python benchmarks/startup.py [--rounds 5]

Each command runs in a process of its own; a figure is the minimum of the rounds,
user and system time of the process and its children. Beside it stands the most
that the design allows.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

STEP = '  s{n} = map(lines, choices: ["a", "b"]) -> text """Is line {n} a or b?"""\n'
HEAD = """type Line { text: text }

strategy hundred(docs: corpus) -> list[text] {
  lines = records(docs, by: line) -> Line
"""


def hundred_lines() -> str:
    """A strategy of a hundred lines, each step in use."""
    steps = "".join(STEP.format(n=n) for n in range(94))
    return HEAD + steps + "  answer " + " + ".join(f"s{n}" for n in range(94)) + "\n}\n"


def cpu_seconds(command: list[str]) -> float:
    """CPU seconds of one process. Compiled modules are kept, as on any machine by default."""
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    before = os.times()
    done = subprocess.run(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=kept
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed: {done.stderr}")
    after = os.times()
    used = after.children_user + after.children_system
    return used - before.children_user - before.children_system


def report(rounds: int) -> str:
    """The table, in Markdown."""
    rlmflow = [sys.executable, "-m", "rlmflow"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "hundred.rlm")
        path.write_text(hundred_lines(), encoding="utf-8")
        commands = {
            "bare interpreter": ([sys.executable, "-c", "pass"], ""),
            "`--help`": ([*rlmflow, "--help"], "0.15"),
            "`check --static`, 100 lines": ([*rlmflow, "check", "--static", str(path)], "0.45"),
            "`fmt --check`, 100 lines": ([*rlmflow, "fmt", "--check", str(path)], ""),
            "`list`": ([*rlmflow, "list"], ""),
        }
        subprocess.run([*rlmflow, "fmt", str(path)], check=False, capture_output=True)
        least = {
            name: min(cpu_seconds(command) for _ in range(rounds + 1))
            for name, (command, _) in commands.items()
        }
    bare = least["bare interpreter"]
    lines = ["| | CPU s over a bare interpreter | allowed |", "|---|---|---|"]
    lines += [
        f"| {name} | {least[name] - bare:.2f} | {allowed} |"
        for name, (_, allowed) in commands.items()
        if name != "bare interpreter"
    ]
    return f"Bare interpreter: {bare:.3f} s.\n\n" + "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="What starting costs")
    parser.add_argument("--rounds", type=int, default=5)
    print(report(parser.parse_args().rounds))
