"""The REPL's own time: what a root waits for beside its model.

    python benchmarks/repl.py [--megabytes 100] [--rounds 7] [--unsafe]

Each figure is the least of several rounds: a worker ready for its first block, beside an
interpreter that does nothing; a turn with a trivial block, and one with a call to the host;
the same with a large `context`; imports; a worker that died, until the next block is done.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from rlmflow.runtime.repl.block import ReplLimits
from rlmflow.runtime.repl.isolation.kinds import UNSAFE, Isolation
from rlmflow.runtime.repl.isolation.probe import strongest
from rlmflow.runtime.repl.session import Session
from rlmflow.runtime.repl.wire import Piece, Sent, SentList

IMPORTS = ("numpy", "scipy", "sympy", "scipy.stats", "asyncio")
TURNS = 50


class Host:
    """Answers at once: a thousand replies of 2 KB to a batch, a thousand pieces for a step."""

    async def call(
        self,
        name: str,
        arguments: Sequence[object],  # noqa: ARG002 - the role's signature
        keywords: Mapping[str, object],  # noqa: ARG002 - the same
    ) -> object:
        if name == "llm_batch":
            return ["x" * 2000] * 1000
        if name == "step":
            return SentList(tuple(Sent(Piece(0, n, n + 2000), n, "a:1") for n in range(1000)))
        return "reply"


def session(isolation: Isolation, characters: int = 1000) -> Session:
    documents = [("a.txt", "0123456789" * (characters // 10))]
    return Session(
        documents=documents,
        names={},
        step_names=["parts"],
        host=Host(),
        isolation=isolation,
        limits=ReplLimits(),
    )


async def ready(isolation: Isolation, characters: int, rounds: int) -> list[float]:
    """Seconds until a session can run its first block."""
    found = []
    for _ in range(rounds):
        repl = session(isolation, characters)
        start = time.perf_counter()
        async with repl:
            found.append(time.perf_counter() - start)
    return found


async def turns(repl: Session, code: str, rounds: int) -> list[float]:
    """Seconds of one block, again and again."""
    found = []
    for _ in range(rounds):
        start = time.perf_counter()
        block = await repl.run(code)
        found.append(time.perf_counter() - start)
        if block.status != "ok":
            raise SystemExit(block.output)
    return found


async def first_import(isolation: Isolation, module: str, rounds: int) -> list[float]:
    """Seconds of importing in a fresh worker."""
    found = []
    for _ in range(rounds):
        async with session(isolation) as repl:
            found += await turns(repl, f"import {module}", 1)
    return found


async def come_back(isolation: Isolation, rounds: int) -> list[float]:
    """Seconds from the block that ends its worker to the next, with ten blocks to replay."""
    found = []
    for _ in range(rounds):
        async with session(isolation) as repl:
            await turns(repl, "llm_query('p')", 10)
            start = time.perf_counter()
            await repl.run("import os\nos._exit(1)")
            found.append(time.perf_counter() - start)
    return found


def bare(rounds: int) -> list[float]:
    """Seconds of an interpreter that does nothing."""
    found = []
    for _ in range(rounds):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-I", "-c", ""], check=True)
        found.append(time.perf_counter() - start)
    return found


def show(what: str, seconds: list[float]) -> None:
    least, middle = min(seconds) * 1000, statistics.median(seconds) * 1000
    print(f"{what:<52} {least:9.2f} ms   (median {middle:.2f})", flush=True)


async def measure(isolation: Isolation, megabytes: int, rounds: int) -> None:
    print(f"isolation: {isolation.name}; the least of {rounds} rounds, of {TURNS} for turns")
    show("an interpreter that does nothing", bare(rounds))
    show("worker ready", await ready(isolation, 1000, rounds))
    async with session(isolation) as repl:
        show("a turn: `x = 1`", await turns(repl, "x = 1", TURNS))
        show("a turn: `print(x)` and an echo", await turns(repl, "print(x)\nx", TURNS))
        show("a turn with a call", await turns(repl, "llm_query('p')", TURNS))
        batch = "r = llm_batch(['p' * 2000] * 1000)"
        show("a turn: a batch of 1,000 of 2 KB, both ways", await turns(repl, batch, rounds))
    size = megabytes * 1_000_000
    show(f"worker ready, context of {megabytes} MB", await ready(isolation, size, rounds))
    async with session(isolation, size) as repl:
        show(f"a turn: `len(context)`, {megabytes} MB", await turns(repl, "len(context)", TURNS))
        show("a turn: `context`, echoed", await turns(repl, "context", TURNS))
        parts = "p = steps.parts()\nsum(map(len, p))"
        show("a turn: a step of 1,000 pieces of it, all read", await turns(repl, parts, rounds))
    for module in IMPORTS:
        show(f"`import {module}`, the first", await first_import(isolation, module, rounds))
    show("a death, 10 blocks replayed", await come_back(isolation, rounds))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--unsafe", action="store_true", help="without isolation")
    given = parser.parse_args()
    isolation = UNSAFE if given.unsafe else strongest()
    if isolation is None:
        sys.exit("no isolation holds on this machine; measure without, with --unsafe")
    asyncio.run(measure(isolation, given.megabytes, given.rounds))


if __name__ == "__main__":
    main()
