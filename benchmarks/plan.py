"""What is foretold against what is used, and how long a plan takes.

    python benchmarks/plan.py

Full scans run with each operator's ideal replies, so clean ÷ actual is 1.00 where the
forecast is right; ceiling ÷ actual says how far the bound is. Seconds are CPU time.
"""

from __future__ import annotations

import asyncio
import resource
import time
from collections.abc import Sequence

from rlmflow import api
from rlmflow.graph.model import Operation
from rlmflow.models._protocol import Message, Request
from rlmflow.models.scripted import Answer, ScriptedModel
from rlmflow.models.token_bounds import o200k_count
from rlmflow.operators._frame import Question
from rlmflow.operators._ideal import Asked
from rlmflow.runtime.planning.typical import TypicalReader
from rlmflow.testing import compiled
from rlmflow.values import Corpus, Document

LINE = "The tenant pays the rent by the fifth of the month, and keeps the keys. "
SCANS = {
    "2,000 parts, map": (
        """strategy s(docs: corpus) -> list[text] {
          parts = chunk(docs, size: 1_000 chars)
          answer map(parts, pack: 1) -> text "What is it about?"
        }""",
        (LINE * 13 + "\n\n") * 2_000,
    ),
    "2,000 parts, extract, merge": (
        """type F { what: text  quote: quote }
        strategy s(docs: corpus) -> list[F] {
          parts = chunk(docs, size: 1_000 chars)
          found = extract(parts) -> F "List all."
          answer merge(found, near: 2)
        }""",
        "\n\n".join(f"{n}. {LINE * 12}" for n in range(2_000)),
    ),
    "100,000 lines, map, count": (
        """type L { text: text }
        strategy s(docs: corpus) -> dict[text, int] {
          lines = records(docs, by: line) -> L
          kinds = map(lines, as: kind, choices: ["a", "b"]) -> text "Which?"
          answer count(kinds, by: item.kind)
        }""",
        "".join(f"{n} {LINE[:40]}\n" for n in range(100_000)),
    ),
}


def counted(messages: Sequence[Message]) -> int:
    return o200k_count(messages)


def main() -> None:
    print("| scan | calls | clean ÷ actual | tokens in | ceiling ÷ actual | CPU s | a 1,000 |")
    print("|---|---|---|---|---|---|---|")
    for name, (text, document) in SCANS.items():
        print(row(name, text, document))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\nPeak memory of plans and runs together: {peak:,.0f} MB")


def row(name: str, text: str, document: str) -> str:
    """One scan: planned, then run, as a row of the table."""
    program = compiled(text)
    graph = program.strategies[program.main].graph
    steps = {node.name: node.call for node in graph if isinstance(node, Operation)}

    def perfect(request: Request) -> Answer:
        system, user = (message.content for message in request.messages)
        ideal = steps[request.step].operator.ideal_reply
        assert ideal is not None
        said = ideal(Asked(Question(system, user), request.schema), TypicalReader())
        return said if isinstance(said, str | dict | list) else None

    model = ScriptedModel(perfect, count=counted)
    job = api.Strategy(program).prepare(Corpus((Document("d.txt", document),)), sub=model)
    began = time.process_time()
    foretold = asyncio.run(api.estimate(job))
    took = time.process_time() - began
    spent = asyncio.run(api.run(job)).spent
    clean, calls = foretold.clean, max(1, spent.calls)
    far = foretold.ceiling.calls / calls
    return (
        f"| {name} | {spent.calls:,} | {clean.calls / calls:.2f} | "
        f"{clean.tokens_in / spent.tokens_in:.2f} | {far:,.2f} | {took:.2f} | "
        f"{1000 * took / calls:.2f} |"
    )


if __name__ == "__main__":
    main()
