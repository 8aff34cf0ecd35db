"""What the journal costs, and what it saves: a whole run with and without it, cold and warm.

    python benchmarks/durable.py [--calls 1000] [--width 64] [--rounds 3] [--files 1000]
                                 [--no-peers]

The server, a process of its own, answers after 50 ms; the floor is a bare HTTP client in
the same run, and a figure is the minimum of the rounds. Then: what a call takes on disk,
what a run asks again after one file of many was edited, and the peak memory of a run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from fanout import HERE, PASSAGE, Load, floor, serving
from fanout import STRATEGY as FAN
from installed import DOCETL, NotInstalled, environment
from memory import LIMIT_MB, peak_of

from rlmflow.api import Strategy
from rlmflow.compiler import compile_source
from rlmflow.models.scripted import ScriptedModel
from rlmflow.runtime.outcome import Outcome
from rlmflow.source import Source
from rlmflow.values import Corpus, Document

TARGET = 1.4
TREE = """
strategy tree(docs: corpus) -> text {
  notes = map(docs, pack: 1) -> text "Note it."
  answer reduce(notes) -> text "Sum up."
}
"""


def strategy(text: str) -> Strategy:
    compilation = compile_source(Source("bench.rlm", text))
    assert compilation.program is not None
    return Strategy(compilation.program)


async def fan(url: str, load: Load, journal: Path | None) -> tuple[float, Outcome]:
    """Seconds of a run, and how it ended."""
    lines = Document("lines.txt", "\n".join(load.prompts()))
    started = time.perf_counter()
    outcome = await strategy(FAN).arun(lines, sub=f"{url}#sub", width=load.width, journal=journal)
    seconds = time.perf_counter() - started
    if outcome.answer is None or outcome.answer.value != {"done": load.calls}:
        raise SystemExit(f"the run brought {outcome}")
    return seconds, outcome


async def bare(url: str, load: Load) -> float:
    started = time.perf_counter()
    await floor(url, load)
    return time.perf_counter() - started


async def durable(load: Load, rounds: int) -> None:
    floors, off, cold, warm = [], [], [], []
    asked = size = 0
    with serving(load) as url, tempfile.TemporaryDirectory() as folder:
        for number in range(rounds):
            journal = Path(folder) / f"{number}.sqlite"
            floors.append(await bare(url, load))
            off.append((await fan(url, load, None))[0])
            cold.append((await fan(url, load, journal))[0])
            seconds, outcome = await fan(url, load, journal)
            warm.append(seconds)
            asked += outcome.calls
            size = journal.stat().st_size
    least = min(floors)
    print(f"{load.calls:,} calls of 50 ms, {load.width} wide; minimum of {rounds}")
    print(f"  floor, a bare client      {least:6.2f} s  1.00")
    print(f"  a run without a journal   {min(off):6.2f} s  {min(off) / least:.2f}")
    print(f"  with a journal, cold      {min(cold):6.2f} s  {min(cold) / least:.2f}", end="")
    print(f"  (the target is {TARGET})")
    print(f"  with a journal, warm      {min(warm):6.2f} s  {asked} calls  (the target is 1 s)")
    print(f"  on disk                   {size / load.calls:,.0f} bytes a call")


def docetl(load: Load) -> None:
    """The same calls by a map of docetl, which keeps replies too; where it can be installed."""
    try:
        python = environment(DOCETL)
    except NotInstalled as problem:
        print(f"docetl: {problem}")
        return
    driver = HERE / "peers" / "run_docetl.py"
    with serving(load) as url:
        command = [str(python), str(driver), url, str(load.width), str(load.calls), PASSAGE]
        ran = subprocess.run(command, capture_output=True, text=True)
    if ran.returncode:
        print(f"docetl: {ran.stderr.strip().splitlines()[-1]}")
        return
    lines = [line for line in ran.stdout.splitlines() if line.startswith('{"seconds"')]
    cold, warm = (json.loads(line)["seconds"] for line in lines)
    print(f"the same by docetl, once: cold {cold:.2f} s, warm {warm:.2f} s")


async def edited(files: int) -> None:
    """What is asked again after one file of many was edited."""
    texts = [f"file {number} says {number * number}" for number in range(files)]
    with tempfile.TemporaryDirectory() as folder:

        async def calls() -> int:
            model = ScriptedModel(lambda request: request.messages[1].content[-40:])
            documents = tuple(Document(f"{n:05}.txt", text) for n, text in enumerate(texts))
            await strategy(TREE).arun(
                Corpus(documents), sub=model, journal=Path(folder) / "journal.sqlite"
            )
            return len(model.requests)

        whole, again = await calls(), []
        for number in range(0, files, max(1, files // 10)):
            texts[number] += ", edited"
            again.append(await calls())
    mean = sum(again) / len(again)
    print(f"one of {files:,} files edited, `map` and `reduce` over them: of {whole:,} calls")
    print(f"  asked again, on average   {mean:6.1f}    {mean / whole:.2%}")


def memory(load: Load, parts: int) -> None:
    """The peak of a run with its journal, as a process of its own."""
    with serving(load) as url, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "fan.rlm").write_text(FAN)
        (folder / "in.txt").write_text("\n".join(Load(parts, load.width).prompts()))
        command = (sys.executable, "-m", "rlmflow", "run", "fan.rlm", "in.txt")
        peak = peak_of(*command, "--sub", f"{url}#sub", "-q", folder=folder)
    print(f"peak memory over {parts:,} parts {peak.megabytes:6.0f} MB  (the limit is {LIMIT_MB})")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--no-peers", action="store_true")
    options = parser.parse_args()
    measured = Load(options.calls, options.width)
    asyncio.run(durable(measured, options.rounds))
    if not options.no_peers:
        docetl(measured)
    asyncio.run(edited(options.files))
    memory(measured, 2 * options.calls)
