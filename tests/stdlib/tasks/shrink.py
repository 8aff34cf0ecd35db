"""Facts among much talk; a good digest keeps the facts, and no more."""

from __future__ import annotations

from random import Random

from stdlib.facts import in_files, shown_facts
from stdlib.std_task import Given, Task

from rlmflow.models._protocol import Request
from rlmflow.text.tokens import count_tokens


def made(size: int, seed: int) -> Given:
    """The length that is asked for is just that of the facts."""
    chance = Random(seed)
    facts = [f"Fact {n}: {chance.randrange(1000)} were there." for n in range(size)]
    kept = facts[:: max(1, size // 10)]
    told = [fact if fact in kept else f"There were {n} of them." for n, fact in enumerate(facts)]
    digest = " ".join(kept)
    return Given(in_files(told, chance, 3), reader, digest, {"most": count_tokens(digest)})


def reader(request: Request) -> str:
    """It leaves out talk, but adds some of its own where it sums up at first."""
    facts = " ".join(shown_facts(request)) or "Nothing."
    sums_up = "Sum this up" in request.messages[1].content
    return f"In short, this is what there is to be said: {facts}" if sums_up else facts


TASK = Task(made, sizes=(1, 12, 300), large=50_000, width=64)
