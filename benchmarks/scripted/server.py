"""An endpoint on loopback whose root models play a fixed list of replies, and which keeps count.

    python server.py --latency 0.05

The first line of its standard input is JSON: the replies of each root model, by name. It
prints its URL, and runs until its standard input ends. A root replies at once, and when its
list is used up begins again; any other model says `done` after the latency. `GET /log`
gives what was seen since the last time, and starts all lists from their beginning.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any

from aiohttp import web


class Seen:
    """What came in. Times are of `time.monotonic`, which all processes share."""

    def __init__(self) -> None:
        self.turns: list[dict[str, float]] = []
        self.in_flight = 0
        self.width = 0
        self.calls = 0

    def record(self) -> dict[str, object]:
        return {"turns": self.turns, "width": self.width, "calls": self.calls}


class Endpoint:
    """Plays the roots, and is the sub-model."""

    def __init__(self, replies: Mapping[str, Sequence[str]], latency: float) -> None:
        self._replies = replies
        self._latency = latency
        self._begin()

    def _begin(self) -> None:
        self._seen = Seen()
        self._played = {model: cycle(texts) for model, texts in self._replies.items()}

    async def complete(self, request: web.Request) -> web.StreamResponse:
        arrived = time.monotonic()
        body = await request.json()
        if body["model"] not in self._played:
            return await self._sub(body)
        response = web.json_response(_completion(body, next(self._played[body["model"]])))
        await response.prepare(request)
        await response.write_eof()
        size = sum(len(_text(message).encode()) for message in body["messages"])
        turn = {"arrived": arrived, "answered": time.monotonic(), "bytes": size}
        self._seen.turns.append(turn)
        return response

    async def _sub(self, body: Mapping[str, Any]) -> web.Response:
        seen = self._seen
        seen.calls += 1
        seen.in_flight += 1
        seen.width = max(seen.width, seen.in_flight)
        await asyncio.sleep(self._latency)
        seen.in_flight -= 1
        return web.json_response(_completion(body, "done"))

    async def log(self, _: web.Request) -> web.Response:
        record = self._seen.record()
        self._begin()
        return web.json_response(record)


def _text(message: Mapping[str, Any]) -> str:
    content = message["content"]
    return content if isinstance(content, str) else json.dumps(content)


def _completion(body: Mapping[str, Any], text: str) -> dict[str, object]:
    asked, said = sum(len(_text(m)) for m in body["messages"]) // 4 + 1, len(text) // 4 + 1
    message = {"role": "assistant", "content": text}
    return {
        "id": "call",
        "object": "chat.completion",
        "created": 0,
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {
            "prompt_tokens": asked,
            "completion_tokens": said,
            "total_tokens": asked + said,
        },
    }


async def main(latency: float) -> None:
    endpoint = Endpoint(json.loads(sys.stdin.readline()), latency)
    app = web.Application(client_max_size=1 << 28)
    app.router.add_post("/v1/chat/completions", endpoint.complete)
    app.router.add_get("/log", endpoint.log)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="An endpoint whose roots are scripted")
    parser.add_argument("--latency", type=float, default=0.05, help="seconds of a sub-call")
    asyncio.run(main(parser.parse_args().latency))
