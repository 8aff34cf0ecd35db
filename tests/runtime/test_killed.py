"""A run that is killed at any point goes on there: the server counts what it is asked twice."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from server.call import Call
from server.faults import OK
from server.model_server import ModelServer

ROOT = Path(__file__).parents[2]
WIDTH = 4

STRATEGY = """
type Note { text: text }

strategy twice(part: document) -> list[Note] {
  lines = records([part], by: line)
  first = map(lines, pack: 3) -> Note "Note it."
  answer map(first, pack: 1) -> Note "Note the note."
}

strategy everything(docs: corpus) -> text {
  parts = records(docs, by: paragraph)
  notes = extract(parts, with: twice)
  merged = merge(notes, near: 2)
  mended = refine(merged, until: len(item.text) > 5, rounds: 2) "Longer."
  answer reduce(mended, width: 3) -> text "Sum up."
}
"""


def reply(body: dict[str, Any]) -> object:
    """What a call is answered, by its text alone."""
    asked = body["messages"][-1]["content"]
    items = re.findall(r'<item id="(\d+)"[^>]*>\n(.*?)\n</item>', asked, re.DOTALL)
    texts = dict(items)
    numbers = {n: re.search(r"\d+", text.partition(":")[2] or text)[0] for n, text in items}  # type: ignore[index]  # all have one
    if "same thing. Write" in asked:
        return {"text": f"n{min(numbers.values())}"}
    if "same thing" in asked:
        total = sum(map(int, numbers.values()))
        return {"groups": [[1, 2]] if len(items) == 2 and total % 3 == 0 else []}
    if "Sum up." in asked:
        return f"{sum(map(int, numbers.values()))} of {len(items)}"
    if "Longer." in asked:
        return {"text": f"n{numbers['1']}, longer" if "n" in texts["1"] else "-"}
    short = {number: {"text": f"n{found}"} for number, found in numbers.items()}
    return short if len(short) > 1 else short["1"]


class Trial:
    """Runs of one strategy over one input, in processes of their own, that may be killed."""

    def __init__(self, server: ModelServer, folder: Path, paragraphs: int) -> None:
        (folder / "s.rlm").write_text(STRATEGY)
        lines = iter(range(10**6))
        text = "\n\n".join(
            "\n".join(f"line {next(lines)} of it" for _ in range(5)) for _ in range(paragraphs)
        )
        (folder / "in.txt").write_text(text)
        server.answer = reply
        self.server = server
        self.folder = folder

    def start(self) -> subprocess.Popen[bytes]:
        arguments = ["run", "s.rlm", "in.txt", "--sub", self.server.name, "--width", str(WIDTH)]
        return subprocess.Popen(
            [sys.executable, "-m", "rlmflow", *arguments, "-q", "--yes"],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
        )

    def whole(self) -> tuple[str, int]:
        """The answer of a run that is let alone, and how many calls it took."""
        before = self.server.count
        with self.start() as running:
            out, _ = running.communicate()
        assert running.returncode == 0
        return out.decode(), self.server.count - before

    def killed_after(self, calls: int) -> None:
        """Run until so many more calls have arrived; then the process is killed."""
        last = self.server.count + calls
        running: list[subprocess.Popen[bytes]] = []

        async def kill(call: Call) -> Any:
            if self.server.count >= last and running:
                os.kill(running[0].pid, signal.SIGKILL)
            return await OK(call)

        self.server.always(kill)
        running.append(self.start())
        with running[0] as process:
            process.communicate()
        self.server.always(OK)
        assert process.returncode in (-signal.SIGKILL, 0)

    def forget(self) -> None:
        """Begin anew: no journal, nothing counted."""
        for file in (self.folder / ".rlmflow").glob("journal*"):
            file.unlink()
        self.server.calls.clear()

    def asked_again(self) -> int:
        """How many calls were asked more than once, each time counted."""
        seen = Counter(json.dumps(body, sort_keys=True) for body in self.server.calls)
        return sum(count - 1 for count in seen.values())


def chain(trial: Trial, chance: random.Random, kills: int, answer: str, calls: int) -> None:
    """Kill one run again and again at random points, and let it come to its end."""
    trial.forget()
    for _ in range(kills):
        trial.killed_after(chance.randint(1, max(1, 2 * calls // kills)))
    resumed, _ = trial.whole()
    assert resumed == answer
    # In flight: sent, and not yet on disk. While the last are written, the next are sent.
    assert trial.asked_again() <= kills * 2 * WIDTH


def test_a_run_that_is_killed_repeats_what_was_in_flight(
    model_server: ModelServer, tmp_path: Path
) -> None:
    trial = Trial(model_server, tmp_path, paragraphs=6)
    answer, calls = trial.whole()
    assert calls > 50
    assert trial.whole() == (answer, 0)
    chain(trial, random.Random(1), 2, answer, calls)


@pytest.mark.long
def test_a_run_of_500_calls_is_killed_at_a_hundred_points(
    model_server: ModelServer, tmp_path: Path
) -> None:
    trial = Trial(model_server, tmp_path, paragraphs=50)
    answer, calls = trial.whole()
    assert calls > 500
    for seed in range(10):
        chain(trial, random.Random(seed), 10, answer, calls)
