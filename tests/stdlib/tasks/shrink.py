"""Facts among much talk; a good digest keeps the facts, and no more."""

from __future__ import annotations

from random import Random

from stdlib.facts import each_item, facts_in, in_files, shown_facts
from stdlib.std_task import Given, Task

from rlmflow.models._protocol import Request
from rlmflow.testing import items_of
from rlmflow.text.tokens import count_tokens


def made(size: int, seed: int) -> Given:
    """The length that is asked for is just that of the facts."""
    chance = Random(seed)
    facts = [f"Fact {n}: {chance.randrange(1000)} were there." for n in range(size)]
    kept = facts[:: max(1, size // 10)]
    told = [fact if fact in kept else f"There were {n} of them." for n, fact in enumerate(facts)]
    digest = " ".join(kept)
    return Given(in_files(told, chance, 3), reader, digest, {"most": count_tokens(digest)})


def reader(request: Request) -> object:
    """It leaves out talk, but adds some of its own where it sums up at first."""
    if "Write this in a quarter" in request.messages[1].content and request.schema is not None:
        return each_item(request, {n: _kept(text) for n, text in items_of(request).items()})
    facts = " ".join(shown_facts(request)) or "Nothing."
    sums_up = "Sum this up" in request.messages[1].content
    return f"In short, this is what there is to be said: {facts}" if sums_up else facts


def _kept(text: str) -> str:
    return " ".join(facts_in(text)) or "Nothing."


TASK = Task(made, sizes=(1, 12, 300), large=50_000, width=64)
