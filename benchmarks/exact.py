"""How exact answers are, with a reader that reads without error and with one that errs.

    python benchmarks/exact.py [--entries 0 300 5000] [--seed 1]

Texts are made of entries; what is right is known from their making, and the reader knows
what stands in the messages that it is sent. `right` counts what the answer has right: of
counts each unit, of a list each item in its place. A reader that errs takes one label in
ten for another; right is then what a plain count of the very labels that it gave comes to.
Seconds are those of the whole run with a model that answers at once.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from hunt.entry_reader import Labelling, confused, reader, relabelled, true_kind
from hunt.exact_tasks import ALL, Task
from hunt.made_entries import KINDS, LONGEST, Made, made

from rlmflow.testing import run_text

SIZES = ("400 chars", "300 tokens", "20k chars")
ERROR = 0.1
# Pairs are as many as the square of the entries.
MOST_PAIRED = 300
WIDTH = 64


def rows(counts: Iterable[int], seed: int) -> Iterator[str]:
    for kind, tasks in ALL.items():
        for task in tasks:
            for count in counts:
                if kind == "pair" and count > MOST_PAIRED:
                    continue
                given = made(count, seed, repeated=0.2, broken=task.broken)
                for size in SIZES if task.cut and count else ("",):
                    yield row(f"{kind}: {task.name}", task, given, size, true_kind)
    erring = confused({kind: one_in_ten(kind) for kind in KINDS}, seed)
    for task in ALL["count"]:
        given = made(max(counts), seed, repeated=0.2, broken=task.broken)
        size = SIZES[-1] if task.cut else ""
        yield row(f"count: {task.name}, one label in ten wrong", task, given, size, erring)


def one_in_ten(kind: str) -> Mapping[str, float]:
    return {said: 1 - ERROR if said == kind else ERROR / (len(KINDS) - 1) for said in KINDS}


def row(name: str, task: Task, given: Made, size: str, labelling: Labelling) -> str:
    text = task.text(
        size=size or SIZES[0], margin=f"{LONGEST} chars", at="line", pack=20, repeats="retries: 10%"
    )
    start = time.perf_counter()
    outcome = run_text(text, given.texts, reader(labelling), width=WIDTH)
    seconds = time.perf_counter() - start
    gold = task.gold(relabelled(given, labelling))
    answer = outcome.answer.value if outcome.answer else None
    right, of = scored(answer, gold)
    mark = "" if answer == gold and outcome.status == "complete" else " WRONG"
    cells = (name, f"{len(given.entries):,}", size or "none", f"{right:,} of {of:,}{mark}")
    return f"| {' | '.join(cells)} | {outcome.calls:,} | {seconds:.2f} |"


def scored(answer: Any, gold: Any) -> tuple[int, int]:
    """How much of the right answer an answer has, and how much there is."""
    if isinstance(gold, Mapping):
        found = answer if isinstance(answer, Mapping) else {}
        return sum(min(found.get(k, 0), n) for k, n in gold.items()), sum(gold.values())
    if isinstance(gold, int):
        return min(answer, gold) if isinstance(answer, int) else 0, gold
    items: Sequence[object] = answer if isinstance(answer, list) else ()
    return sum(a == b for a, b in zip(items, gold, strict=False)), len(gold)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--entries", type=int, nargs="+", default=[0, 300, 5000])
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print("| task | entries | parts of | right | calls | seconds |\n|---|---|---|---|---|---|")
    wrong = 0
    for line in rows(options.entries, options.seed):
        wrong += "WRONG" in line
        print(line, flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
