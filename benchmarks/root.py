"""The same scripted root through rlmflow and through the peers, beside a bare HTTP client.

    python benchmarks/root.py [--calls 200 1000] [--megabytes 2 20] [--width 64]
                              [--rounds 3] [--no-peers]

One endpoint on loopback, a process of its own, plays the same turns to every system's root:
a look at the context, one batch of sub-calls of 50 ms, turns whose code does next to
nothing, and the answer. The root itself replies at once, so a run's seconds are those of
the system and of its sub-calls. Each system is a process of its own, its imports are not
counted; a figure is the least of the rounds, and what stands in brackets its ratio to
rlmflow's in the same run. Memory is that of one more run, of all processes that it takes.
rlmflow runs free, with its run folder, isolation as found. The peers run in environments
of their own, made in the user's cache on the first run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE / "peers"), str(HERE / "scripted")]

from installed import BATCH, PEERS, NotInstalled, environment  # noqa: E402 - beside this file
from memory import MEASURED, peak_of  # noqa: E402 - the same
from script import TRIVIAL, blocks  # noqa: E402 - the same

from rlmflow.runtime.repl.isolation.kinds import UNSAFE, Isolation  # noqa: E402 - this checkout
from rlmflow.runtime.repl.isolation.probe import strongest  # noqa: E402 - the same
from rlmflow.runtime.repl.session import Session  # noqa: E402 - the same

FLOOR, OWN = "bare aiohttp", "rlmflow"
LATENCY = 0.05
TARGET_OF_A_TURN = 0.005
TARGET_OF_A_BATCH = 1.25
SENTENCE = "§ {:,}. The tenant pays the rent on the first day of each month, or the day before.\n"


class Case(NamedTuple):
    calls: int
    megabytes: int


class System(NamedTuple):
    """What is run. `command` but for URL, width, rounds and the file; `more` comes after."""

    name: str
    command: Callable[[], Sequence[str]]
    width: int
    more: Sequence[str] = ()


class Figures(NamedTuple):
    """What a system takes. Seconds; `prompt` bytes of each turn's; megabytes.

    `first`: until its root is asked for the first time; `turn`: from a reply of the root to
    the next request to it, where the code between does nothing; `reached`: most sub-calls
    at a time.
    """

    run: float
    batch: float
    first: float
    turn: float
    prompt: Sequence[int]
    reached: int
    memory: float | None


@contextmanager
def serving(calls: int) -> Iterator[str]:
    """The endpoint's URL, while it runs in a process of its own."""
    answer = 'answer["content"] = found'
    own = blocks(calls, "llm_batch", 'answer["ready"] = True', answer)
    replies = {peer.root: [] for peer in PEERS}
    for peer in PEERS:
        said = blocks(calls, BATCH, peer.submit)
        replies[peer.root] = [peer.reply.format(code=code) for code in said]
    replies["root-rlmflow"] = [f"```repl\n{code}\n```" for code in own]
    replies["root-floor"] = replies["root-rlmflow"]
    command = [sys.executable, str(HERE / "scripted" / "server.py"), "--latency", str(LATENCY)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(replies) + "\n")
        process.stdin.flush()
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()


def log_of(url: str) -> Mapping[str, object]:
    with urllib.request.urlopen(f"{url}/log") as response:
        return json.load(response)


def systems(width: int, peers: bool) -> list[System]:
    def own(script: str) -> Callable[[], Sequence[str]]:
        return lambda: [sys.executable, str(HERE / "scripted" / script)]

    found = [
        System(FLOOR, own("run_floor.py"), width, ("calls",)),
        System(OWN, own("run_rlmflow.py"), width),
    ]
    for peer in PEERS if peers else ():
        for at_a_time, said in ((0, "as it is"), (width, f"patched to {width}")):
            found.append(
                System(
                    f"{peer.package}, {said}",
                    lambda peer=peer: [str(environment(peer)), str(peer.driver)],
                    at_a_time,
                )
            )
    return found


def measured(system: System, url: str, case: Case, file: Path, rounds: int) -> Figures:
    """Raises `NotInstalled`, and `CalledProcessError` where the system fails."""
    more = [str(case.calls) for _ in system.more]

    def command(times: int) -> list[str]:
        given = [f"{url}/v1", str(system.width), str(times), str(file), *more]
        return [*system.command(), *given]

    log_of(url)
    done = subprocess.run(command(rounds), stdout=subprocess.PIPE, text=True, check=True)
    runs = json.loads(done.stdout.splitlines()[-1])
    log = log_of(url)
    turns = [[t for t in log["turns"] if r["began"] < t["arrived"] < r["ended"]] for r in runs]
    expected = rounds * case.calls
    if log["calls"] != expected or len({len(one) for one in turns}) != 1:
        raise SystemExit(f"{system.name} made {log['calls']} of {expected} calls, or lost a turn")
    memory = peak_of(command(1)) if MEASURED else None
    return Figures(
        run=min(run["ended"] - run["began"] for run in runs),
        batch=min(run["batch"] for run in runs),
        first=min(t[0]["arrived"] - r["began"] for r, t in zip(runs, turns, strict=True)),
        turn=min(seconds for one in turns for seconds in between(one)),
        prompt=[turn["bytes"] for turn in turns[0]],
        reached=log["width"],
        memory=memory,
    )


def between(turns: Sequence[Mapping[str, float]]) -> list[float]:
    """From each reply whose code does next to nothing to the request that comes of it."""
    first = 2
    pairs = zip(turns[first : first + TRIVIAL], turns[first + 1 :], strict=False)
    return [after["arrived"] - before["answered"] for before, after in pairs]


class Nobody:
    """A host that is never called."""

    async def call(self, name: str, *_: object) -> object:
        raise AssertionError(name)


async def worker_ready(isolation: Isolation, text: str, rounds: int) -> float:
    """Seconds until a REPL with the context can run its first block."""
    found = []
    for _ in range(rounds):
        start = time.perf_counter()
        async with Session(
            documents=[("context.txt", text)],
            names={},
            step_names=(),
            host=Nobody(),
            isolation=isolation,
        ):
            found.append(time.perf_counter() - start)
    return min(found)


def plain_call(url: str, text: str) -> float:
    """Seconds of one call of 50 ms that is given all of the context."""
    message = {"role": "user", "content": text}
    body = json.dumps({"model": "sub", "messages": [message]}).encode()
    start = time.perf_counter()
    head = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{url}/v1/chat/completions", body, head)
    with urllib.request.urlopen(request) as response:
        response.read()
    return time.perf_counter() - start


def table(found: Mapping[str, Figures], missing: Mapping[str, str]) -> list[str]:
    own = found[OWN]

    def cell(value: float, base: float, unit: float = 1, places: int = 2) -> str:
        return f"{value * unit:,.{places}f} ({value / base:.2f} x)"

    heads = (
        "width reached | run, s | batch, s | first asks its root, s | a turn, ms | "
        "root prompt, bytes: mean, most | peak, MB"
    )
    lines = [f"| | {heads} |", "|---" * 8 + "|"]
    for name, one in found.items():
        prompt = f"{sum(one.prompt) / len(one.prompt):,.0f}, {max(one.prompt):,}"
        cells = [
            str(one.reached),
            cell(one.run, own.run),
            cell(one.batch, own.batch),
            cell(one.first, own.first),
            cell(one.turn, own.turn, 1000, 1),
            "none" if name == FLOOR else prompt,
            cell(one.memory, own.memory, 1, 0) if one.memory and own.memory else "not measured",
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines + [f"| {name} | missing: {why} {'|' * 7}" for name, why in missing.items()]


def case_report(case: Case, options: argparse.Namespace) -> str:
    """The table of one case, in Markdown, and what it says of rlmflow."""
    isolation = strongest() or UNSAFE
    lines = len(SENTENCE.format(10_000).encode())
    text = "".join(SENTENCE.format(n) for n in range(case.megabytes * 1_000_000 // lines))
    found: dict[str, Figures] = {}
    missing: dict[str, str] = {}
    with serving(case.calls) as url, tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "context.txt"
        file.write_text(text, "utf-8")
        for system in systems(options.width, not options.no_peers):
            try:
                found[system.name] = measured(system, url, case, file, options.rounds)
            except NotInstalled as problem:
                missing[system.name] = f"can't be installed: {problem}"
            except subprocess.CalledProcessError as problem:
                missing[system.name] = f"its process ended with {problem.returncode}, see above"
        plain = min(plain_call(url, text) for _ in range(options.rounds))
    ready = asyncio.run(worker_ready(isolation, text, options.rounds))
    if not {FLOOR, OWN} <= set(found):
        raise SystemExit(f"there is nothing to compare with: {missing}")
    own, floor = found[OWN], found[FLOOR]
    return "\n".join(
        [
            f"### {case.calls:,} sub-calls, {case.megabytes} MB of context",
            "",
            *table(found, missing),
            "",
            f"- batch: {own.batch / floor.batch:.2f} x the floor (target {TARGET_OF_A_BATCH})",
            f"- a warm trivial turn over the model's own time: {own.turn * 1000:.1f} ms "
            f"(target {TARGET_OF_A_TURN * 1000:.0f} ms)",
            f"- worker ready: {ready:.3f} s ({isolation.name})",
            f"- the whole run: {own.run:.2f} s; one plain call with all of the context: "
            f"{plain:.2f} s",
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, nargs="+", default=[200, 1000])
    parser.add_argument("--megabytes", type=int, nargs="+", default=[2, 20])
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-peers", action="store_true")
    options = parser.parse_args()
    print(
        f"Sub-calls of {LATENCY * 1000:.0f} ms, {options.width} at a time but where a peer has "
        f"its own width; least of {options.rounds}.\n"
    )
    for megabytes in options.megabytes:
        for calls in options.calls:
            print(case_report(Case(calls, megabytes), options), flush=True)


if __name__ == "__main__":
    main()
