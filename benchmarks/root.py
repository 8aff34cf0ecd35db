"""The same scripted root through rlmflow and through the peers, beside a bare HTTP client.

    python benchmarks/root.py [--calls 200 1000] [--megabytes 2 20] [--width 64]
                              [--rounds 3] [--no-peers]

One endpoint on loopback, a process of its own, plays the same turns to every system's root:
a look at the context, one batch of sub-calls of 50 ms, turns whose code does next to
nothing, and the answer. The root itself replies at once, so a run's seconds are those of
the system and of its sub-calls. Each system waits in a process of its own, its imports
done, and they take turns; a figure is the least of the rounds, and in brackets stands its
ratio to rlmflow's. Memory is that of one more run in a new process, and of all processes
that it takes. rlmflow runs free, with its run folder, isolation as found. The peers run in
environments of their own, made in the user's cache on the first run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE / "peers"), str(HERE / "scripted")]

from installed import BATCH, PEERS, NotInstalled, Peer, environment  # noqa: E402 - beside this file
from memory import MEASURED, peak_of  # noqa: E402 - the same
from processes import Driver, Failed, log_of, serving, started  # noqa: E402 - the same
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

    def text(self) -> str:
        """The context: lines that are all different."""
        lines = self.megabytes * 1_000_000 // len(SENTENCE.format(10_000).encode())
        return "".join(SENTENCE.format(number) for number in range(lines))


class Round(NamedTuple):
    """One run of a system. Seconds; `prompt`: bytes of each turn's prompt.

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


@dataclass
class System:
    """One that is compared, and what was found. `memory` in megabytes."""

    name: str
    command: Sequence[str]
    rounds: list[Round] = field(default_factory=list)
    memory: float | None = None
    failed: str | None = None

    def least(self, figure: str) -> float:
        return min(getattr(one, figure) for one in self.rounds)


def replies(calls: int) -> Mapping[str, Sequence[str]]:
    """What each root says, turn by turn."""
    put = 'answer["content"] = found'
    own = blocks(calls, "llm_batch", 'answer["ready"] = True', put)
    said = {f"root-{name}": [f"```repl\n{code}\n```" for code in own] for name in (OWN, "floor")}
    for peer in PEERS:
        codes = blocks(calls, BATCH, peer.submit)
        said[peer.root] = [peer.reply.format(code=code) for code in codes]
    return said


def systems(url: str, case: Case, file: Path, width: int) -> list[System]:
    """The floor and rlmflow."""
    scripts = HERE / "scripted"
    given = (f"{url}/v1", str(width), str(file))
    floor = (sys.executable, str(scripts / "run_floor.py"), *given, str(case.calls))
    own = (sys.executable, str(scripts / "run_rlmflow.py"), *given)
    return [System(FLOOR, floor), System(OWN, own)]


def peer_systems(peer: Peer, url: str, file: Path, width: int) -> Iterator[System]:
    """A peer with its own width, and with that of the others."""
    for at_a_time, said in ((0, "as it is"), (width, f"patched to {width}")):
        name = f"{peer.package}, {said}"
        try:
            python = environment(peer.package)
        except NotInstalled as problem:
            yield System(name, (), failed=f"it can't be installed: {problem}")
            continue
        given = (f"{url}/v1", str(at_a_time), str(file))
        yield System(name, (str(python), str(peer.driver), *given))


def one_round(driver: Driver, url: str, calls: int) -> Round:
    """Raises `Failed`."""
    log_of(url)
    took = driver.run()
    log = log_of(url)
    turns = log["turns"]
    if log["calls"] != calls or len(turns) != len(blocks(calls, "", "")):
        raise Failed(f"it made {log['calls']} of {calls} calls in {len(turns)} turns")
    return Round(
        run=took["run"],
        batch=took["batch"],
        first=turns[0]["arrived"] - took["began"],
        turn=min(between(turns)),
        prompt=[turn["bytes"] for turn in turns],
        reached=log["width"],
    )


def between(turns: Sequence[Mapping[str, float]]) -> list[float]:
    """From each reply whose code does next to nothing to the request that comes of it."""
    first = 2
    pairs = zip(turns[first : first + TRIVIAL], turns[first + 1 :], strict=False)
    return [after["arrived"] - before["answered"] for before, after in pairs]


def measure(compared: Sequence[System], url: str, calls: int, rounds: int) -> None:
    """Run all of them in turns, then each once more for its memory."""
    with ExitStack() as stack:
        ready = [s for s in compared if s.failed is None]
        drivers = [stack.enter_context(started(system.command)) for system in ready]
        for _ in range(rounds):
            for system, driver in zip(ready, drivers, strict=True):
                with noted(system):
                    system.rounds.append(one_round(driver, url, calls))
    for system in ready if MEASURED else ():
        with noted(system), started(system.command) as driver, peak_of(driver.pid) as peak:
            driver.run()
        system.memory = peak[0]


@contextmanager
def noted(system: System) -> Iterator[None]:
    """Keep in mind what went wrong, and go on with the others."""
    try:
        yield
    except Failed as problem:
        system.failed = str(problem)


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
    start = time.perf_counter()
    body = json.dumps({"model": "sub", "messages": [message]}).encode()
    head = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{url}/v1/chat/completions", body, head)
    with urllib.request.urlopen(request) as response:
        response.read()
    return time.perf_counter() - start


def table(compared: Sequence[System], own: System) -> list[str]:
    heads = (
        "width reached | run, s | batch, s | first asks its root, s | a turn, ms | "
        "root prompt, bytes: mean, most | peak, MB"
    )
    lines = [f"| | {heads} |", "|---" * 8 + "|"]
    for system in compared:
        if system.failed is None:
            lines.append(f"| {system.name} | {' | '.join(cells(system, own))} |")
        else:
            lines.append(f"| {system.name} | missing: {system.failed} {'| ' * 6}|")
    return lines


def cells(system: System, own: System) -> list[str]:
    def cell(figure: str, unit: float = 1, places: int = 2) -> str:
        value, base = system.least(figure), own.least(figure)
        return f"{value * unit:,.{places}f} ({value / base:.2f} x)"

    prompt = system.rounds[0].prompt
    memory = "not measured"
    if system.memory and own.memory:
        memory = f"{system.memory:.0f} ({system.memory / own.memory:.2f} x)"
    return [
        str(max(one.reached for one in system.rounds)),
        cell("run"),
        cell("batch"),
        cell("first"),
        cell("turn", 1000, 1),
        "" if system.name == FLOOR else f"{sum(prompt) / len(prompt):,.0f}, {max(prompt):,}",
        memory,
    ]


def case_report(case: Case, options: argparse.Namespace) -> str:
    """The table of one case, in Markdown, and what it says of rlmflow."""
    isolation = strongest() or UNSAFE
    text = case.text()
    with serving(replies(case.calls), LATENCY) as url, tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "context.txt"
        file.write_text(text, "utf-8")
        compared = systems(url, case, file, options.width)
        floor, own = compared
        for peer in () if options.no_peers else PEERS:
            compared += peer_systems(peer, url, file, options.width)
        measure(compared, url, case.calls, options.rounds)
        plain = min(plain_call(url, text) for _ in range(options.rounds))
    if floor.failed or own.failed:
        raise SystemExit(f"there is nothing to compare with: {floor.failed or own.failed}")
    ready = asyncio.run(worker_ready(isolation, text, options.rounds))
    ratio, turn = own.least("batch") / floor.least("batch"), own.least("turn")
    lines = [
        f"### {case.calls:,} sub-calls, {case.megabytes} MB of context",
        "",
        *table(compared, own),
        "",
        f"- batch: {ratio:.2f} x the floor (target {TARGET_OF_A_BATCH})",
        f"- a warm trivial turn over the model's own time: {turn * 1000:.1f} ms "
        f"(target {TARGET_OF_A_TURN * 1000:.0f} ms)",
        f"- worker ready: {ready:.3f} s ({isolation.name})",
        f"- the whole run: {own.least('run'):.2f} s; one plain call with all of the context: "
        f"{plain:.2f} s",
        "",
    ]
    return "\n".join(lines)


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
