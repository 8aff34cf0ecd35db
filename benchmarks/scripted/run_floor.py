"""The same calls by a bare aiohttp client, without a REPL: prints its seconds as lines of JSON.

python run_floor.py URL WIDTH CONTEXT CALLS

Each line of its standard input starts a run: as many calls to a root as the script has turns,
one after another, and behind the second of them the sub-calls, WIDTH at a time.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

import aiohttp
from script import blocks

url, width, file, calls = sys.argv[1:]
context = Path(file).read_text("utf-8")
turns = len(blocks(int(calls), "", ""))


async def ask(session: aiohttp.ClientSession, model: str, prompt: str) -> str:
    body = {"model": model, "messages": [{"role": "user", "content": prompt}]}
    async with session.post(f"{url}/chat/completions", json=body) as response:
        answer = await response.json()
        return str(answer["choices"][0]["message"]["content"])


async def batch(session: aiohttp.ClientSession) -> float:
    """Seconds of all sub-calls."""
    step = (len(context) - 2000) // int(calls)
    texts = [f"{n:06d} " + context[n * step : n * step + 2000] for n in range(int(calls))]
    prompts = iter(texts)

    async def work() -> None:
        for prompt in prompts:
            if await ask(session, "sub", prompt) != "done":
                sys.exit("a call brought another reply than the server sends")

    start = time.perf_counter()
    await asyncio.gather(*[work() for _ in range(int(width))])
    return time.perf_counter() - start


async def run() -> float:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        seconds = 0.0
        for turn in range(turns):
            await ask(session, "root-floor", "go on")
            if turn == 1:
                seconds = await batch(session)
        return seconds


for _ in sys.stdin:
    began = time.monotonic()
    seconds = asyncio.run(run())
    took = {"began": began, "run": time.monotonic() - began, "batch": seconds}
    print(json.dumps(took), flush=True)
