"""Sub-calls side by side: what we take, against a bare HTTP client and against the peers.

    python benchmarks/fanout.py [--calls 1000] [--width 64] [--rounds 5] [--no-peers]

All ask one server, a process of its own that answers after 50 ms. A figure is the
minimum of the rounds; a ratio is to the floor of the same run. The peers run in
environments of their own, made in the user's cache on the first run, each driven by a
scripted root that times the one batch; their start-up is not counted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import aiohttp

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE / "peers")]

from installed import (  # noqa: E402 - beside this file
    DOCETL,
    DOCETL_REPLY,
    PEERS,
    NotInstalled,
    Peer,
    environment,
)

from rlmflow.api import Strategy, run_in_folder  # noqa: E402 - from this checkout
from rlmflow.compiler import compile_source  # noqa: E402
from rlmflow.models._protocol import Message, Request  # noqa: E402
from rlmflow.models.openai_endpoint import OpenAIEndpoint  # noqa: E402
from rlmflow.source import Source  # noqa: E402
from rlmflow.values import Document  # noqa: E402

SERVER = HERE.parent / "tests" / "server" / "as_process.py"
LATENCY = 0.05
PASSAGE = "The tenant pays the rent on the first day of each month. " * 35


class Load(NamedTuple):
    """How many calls, and how many of them at once."""

    calls: int
    width: int

    def prompts(self) -> Iterator[str]:
        """Equal in length, different in content."""
        return (f"{number:06d} {PASSAGE}" for number in range(self.calls))


async def _workers(load: Load, ask: Callable[[str], Awaitable[str]]) -> None:
    prompts = load.prompts()

    async def work() -> None:
        for prompt in prompts:
            if await ask(prompt) != "done":
                raise SystemExit("a call brought another reply than the server sends")

    await asyncio.gather(*[work() for _ in range(load.width)])


async def floor(url: str, load: Load) -> None:
    """A bare aiohttp client."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def ask(prompt: str) -> str:
            body = {"model": "sub", "messages": [{"role": "user", "content": prompt}]}
            async with session.post(f"{url}/chat/completions", json=body) as response:
                answer = await response.json()
                return str(answer["choices"][0]["message"]["content"])

        await _workers(load, ask)


async def endpoint(url: str, load: Load) -> None:
    """rlmflow, the endpoint alone."""
    model = OpenAIEndpoint(url, "sub")
    await model.open()

    async def ask(prompt: str) -> str:
        return (await model.complete(Request((Message("user", prompt),)))).text

    try:
        await _workers(load, ask)
    finally:
        await model.close()


STRATEGY = """
type Passage { text: text }
strategy fan(docs: corpus) -> dict[text, int] {
  lines = records(docs, by: line) -> Passage
  said  = map(lines, pack: 1, as: reply) -> text "Say done."
  answer count(said, by: item.reply)
}
"""


async def strategy(url: str, load: Load) -> None:
    """rlmflow, a whole run of a strategy with its run folder."""
    compilation = compile_source(Source("fan.rlm", STRATEGY))
    assert compilation.program is not None
    lines = Document("lines.txt", "\n".join(load.prompts()))
    with tempfile.TemporaryDirectory() as folder:
        job = Strategy(compilation.program).prepare(lines, sub=f"{url}#sub", width=load.width)
        outcome = await run_in_folder(job, Path(folder))
    if outcome.answer is None or outcome.answer.value != {"done": load.calls}:
        raise SystemExit(f"the run brought {outcome}")


# What is measured in this process, the floor first: each `async (url, load)`, named by
# the first line of its docstring.
CONTENDERS: tuple[Callable[[str, Load], Awaitable[None]], ...] = (floor, endpoint, strategy)


_BATCH = """import json, time
prompts = [f"{{i:06d}} " + {passage!r} for i in range({calls})]
start = time.perf_counter()
replies = llm_query_batched(prompts)
seconds = time.perf_counter() - start
done = sum(reply == "done" for reply in replies)
found = json.dumps({{"seconds": seconds, "done": done, "calls": len(prompts)}})
"""


@contextmanager
def serving(load: Load) -> Iterator[str]:
    """The server's URL, while it runs in a process of its own."""
    batch = _BATCH.format(passage=PASSAGE, calls=load.calls)
    played = {p.root: [p.reply.format(code=batch + p.submit)] for p in PEERS}
    replies = json.dumps({**played, DOCETL: [DOCETL_REPLY]})
    command = [sys.executable, str(SERVER), "--latency", str(LATENCY), "--replies", replies]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()


def peer_seconds(peer: Peer, url: str, width: int, rounds: int) -> float:
    """The fastest batch of a peer; `width` 0 leaves its own."""
    command = [str(environment(peer.package)), str(peer.driver), url, str(width)]
    each = "\n" * rounds
    done = subprocess.run(command, input=each, stdout=subprocess.PIPE, text=True, check=True)
    return min(float(json.loads(line)["batch"]) for line in done.stdout.splitlines())


def own_seconds(url: str, load: Load, rounds: int) -> dict[str, tuple[float, float]]:
    """Wall and CPU seconds of each contender: minima of rounds in which all take turns."""
    fastest: dict[str, tuple[float, float]] = {}
    for _ in range(rounds):
        for contender in CONTENDERS:
            wall, cpu = time.perf_counter(), time.process_time()
            asyncio.run(contender(url, load))  # type: ignore[arg-type]  # they are coroutines
            took = time.perf_counter() - wall, time.process_time() - cpu
            name = (contender.__doc__ or contender.__name__).strip().rstrip(".")
            before = fastest.get(name, took)
            fastest[name] = (min(before[0], took[0]), min(before[1], took[1]))
    return fastest


def report(load: Load, rounds: int, peers: bool) -> str:
    """The table, in Markdown."""
    with serving(load) as url:
        own = own_seconds(url, load, rounds)
        rows = [(name, wall, f"{cpu / load.calls * 1e3:.2f}") for name, (wall, cpu) in own.items()]
        for peer in PEERS if peers else ():
            for width, said in ((0, "its own width"), (load.width, f"patched to {load.width}")):
                try:
                    seconds = peer_seconds(peer, url, width, rounds)
                except NotInstalled as problem:
                    print(f"{peer.package} is missing: {problem}", file=sys.stderr)
                    break
                rows.append((f"{peer.package}, {said}", seconds, "not measured"))
    base = rows[0][1]
    lines = [
        f"{load.calls:,} calls of {LATENCY * 1e3:.0f} ms, {load.width} wide, minimum of {rounds}.",
        "",
        "| | seconds | of the floor | CPU ms a call |",
        "|---|---|---|---|",
        *(f"| {name} | {took:.2f} | {took / base:.2f} x | {cpu} |" for name, took, cpu in rows),
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Sub-calls side by side")
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--no-peers", action="store_true")
    options = parser.parse_args()
    print(report(Load(options.calls, options.width), options.rounds, not options.no_peers))
