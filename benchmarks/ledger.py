"""What the ledger costs: its share of a run of 1,000 calls, and of text that code pasted.

    python benchmarks/ledger.py [--calls 1000] [--rounds 5]

The run asks a model that answers at once, so all of its time is ours; a call of a real
model adds its latency, and nothing to the ledger. What the ledger does is timed inside
the run: booking, the contract, the coverage, the reasons. The pasted texts are slices,
lines that code chose, and records in JSON, of an input of as many lines as one of them
has. Figures are minima of the rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from rlmflow.models._protocol import Request
from rlmflow.models.scripted import ScriptedModel
from rlmflow.runtime import run as running
from rlmflow.runtime.content.index import ContentIndex
from rlmflow.runtime.content.pasted import Pasted
from rlmflow.runtime.contract import Contract
from rlmflow.runtime.folder import RunFolder
from rlmflow.runtime.job import Job
from rlmflow.runtime.ledger import Ledger
from rlmflow.runtime.stopping import Stopping
from rlmflow.testing import compiled
from rlmflow.values import Corpus, Document

STRATEGY = """
type Found { what: text  quote: quote }
strategy find(docs: corpus) -> list[Found]
  ensures covers(docs), covers(lines), keeps(found), grounded(docs)
{
  lines = records(docs, by: line)
  found = extract(lines) -> Found "Find it."
  answer found
}
"""
LATENCY = 0.05
WIDTH = 64
WORDS = ["".join(random.Random(n).choices("abcdefghijklmnop", k=n % 8 + 2)) for n in range(4000)]


def lines(count: int, seed: int) -> list[str]:
    chance = random.Random(seed)
    return [" ".join(chance.choices(WORDS, k=12)) for _ in range(count)]


def found(request: Request) -> object:
    text = request.messages[1].content
    return {"items": [{"what": "it", "quote": text.splitlines()[-2][:20]}]}


class Clock:
    """Adds up the time spent in some functions, but for what they await."""

    def __init__(self) -> None:
        self.seconds = 0.0

    @contextmanager
    def around(self, *functions: tuple[Any, str]) -> Iterator[None]:
        kept = [(owner, name, getattr(owner, name)) for owner, name in functions]
        for owner, name, function in kept:
            setattr(owner, name, self._timed(function))
        try:
            yield
        finally:
            for owner, name, function in kept:
                setattr(owner, name, function)

    def _timed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        if asyncio.iscoroutinefunction(function):

            async def wait(*arguments: Any, **keywords: Any) -> Any:
                with self._counting():
                    return await function(*arguments, **keywords)

            return wait

        def call(*arguments: Any, **keywords: Any) -> Any:
            with self._counting():
                return function(*arguments, **keywords)

        return call

    @contextmanager
    def _counting(self) -> Iterator[None]:
        start = time.process_time()
        yield
        self.seconds += time.process_time() - start


def share_of_a_run(calls: int) -> tuple[float, float]:
    """Seconds of a run, and of these the ledger's. When its last parts run, nothing else does."""
    program = compiled(STRATEGY)
    document = Document("in.txt", "\n".join(lines(calls, 1)))
    job = Job(
        program, {"docs": Corpus((document,))}, {}, {"sub": ScriptedModel(found)}, width=WIDTH
    )
    clock = Clock()
    booked = [(Ledger, name) for name in ("add", "leave", "fail", "same_text")]
    ended = [(Contract, "verdicts"), (running, "coverage"), (running, "by_document")]
    with tempfile.TemporaryDirectory() as root, RunFolder(Path(root), "s", Stopping()) as folder:
        with clock.around(*booked, *ended):
            start = time.process_time()
            outcome = asyncio.run(running.run(job, [folder.hear], folder.path))
            took = time.process_time() - start
        folder.finish(outcome)
    if outcome.status != "complete" or outcome.calls != calls:
        raise SystemExit(f"the run ended {outcome.status} after {outcome.calls} calls")
    return took, clock.seconds


def pasted(text: Sequence[str]) -> dict[str, list[str]]:
    """Prompts of about 100 kB, by how code made them of the lines."""
    batches = [text[at : at + 1250] for at in range(0, len(text), 1250)]
    whole = "\n".join(text)
    return {
        "slices": [f"Say.\n\n{whole[at : at + 100_000]}" for at in range(0, len(whole), 100_000)],
        "every other line": ["Say.\n" + "\n".join(batch[::2]) for batch in batches],
        "numbered lines": [
            "\n".join(f"{n}. {line}" for n, line in enumerate(batch)) for batch in batches
        ],
        "JSON": [json.dumps(batch) for batch in batches],
    }


def milliseconds_a_megabyte(document: Document, prompts: Sequence[str]) -> float:
    index = ContentIndex([document])
    index.windows_in("")
    counted = Pasted(index)
    start = time.process_time()
    counted.add(prompts)
    took = time.process_time() - start
    return 1e3 * took / (sum(map(len, prompts)) / 1e6)


def report(calls: int, rounds: int) -> str:
    """The tables, in Markdown."""
    runs = [share_of_a_run(calls) for _ in range(rounds)]
    took, ledger = min(one for one, _ in runs), min(own for _, own in runs)
    waited = took + calls / WIDTH * LATENCY
    text = lines(12_500, 2)
    document = Document("in.txt", "\n".join(text))
    rows = {
        name: min(milliseconds_a_megabyte(document, prompts) for _ in range(rounds))
        for name, prompts in pasted(text).items()
    }
    return "\n".join(
        [
            f"{calls:,} calls, minimum of {rounds}: the ledger takes {ledger * 1e3:.1f} ms,",
            f"{ledger / waited:.1%} of a run with calls of {LATENCY * 1e3:.0f} ms, {WIDTH} wide,",
            f"and {ledger / took:.1%} of one whose calls take no time.",
            "",
            "| pasted | ms a MB |",
            "|---|---|",
            *(f"| {name} | {value:.1f} |" for name, value in rows.items()),
        ]
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="What the ledger costs")
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print(report(options.calls, options.rounds))
