"""A model server as a process of its own, for benchmarks.

    python tests/server/as_process.py --port 0 --latency 0.05 --replies '{"root": ["…"]}'

prints its URL on the first line and runs until its standard input ends; models that
`--replies` does not name answer `done`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections import deque
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1])]

from server.model_server import ModelServer  # noqa: E402 - from this checkout


class Played:
    """Answers from a script: for each model, replies in order, the last for ever after."""

    def __init__(self, replies: dict[str, list[str]]) -> None:
        self._left = {model: deque(texts) for model, texts in replies.items()}

    def __call__(self, received: dict[str, Any]) -> str:
        texts = self._left.get(received["model"])
        if texts is None:
            return "done"
        return texts.popleft() if len(texts) > 1 else texts[0]


async def _main(port: int, latency: float, replies: dict[str, list[str]]) -> None:
    """Serve until standard input ends, which it does when the starter dies."""
    server = ModelServer(latency=latency, keep=False, answer=Played(replies))
    runner = await server.start(port)
    print(server.url, flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A model server for benchmarks")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds a call")
    parser.add_argument("--replies", type=json.loads, default={}, help="JSON: model to replies")
    options = parser.parse_args()
    asyncio.run(_main(options.port, options.latency, options.replies))
