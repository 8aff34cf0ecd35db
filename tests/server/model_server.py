"""A real HTTP server on loopback that speaks the OpenAI protocol, and misbehaves on request.

In a test, by the fixture `model_server` (one server a test, in a thread of its own):

    def test_it(model_server):
        model_server.answer = lambda body: {"yes": True}   # str, or anything JSON
        model_server.next(rate_limited(after=2), cut_within(), OK)
        model_server.when("contract 7", server_error())
        model = bind(model_server.name, ModelConfig())
        ...
        assert model_server.count == 4
        model_server.calls[0]["messages"]

- `url` is the base (`http://127.0.0.1:PORT/v1`), `name` is `URL#fake`, as `--sub` takes it.
- `answer(body)` makes the reply of a call that behaves: a text, or a value sent as JSON.
  The default echoes the last message.
- `next(*faults)` is a schedule: one fault a call, in order of arrival; when it is used up,
  calls behave. `when(text, *faults)` is a schedule for the calls whose body contains
  `text`, whatever their order: use it where calls run side by side. `always(fault)` is
  for every call that no schedule speaks for; `always(OK)` ends it.
- `calls` are the bodies received, `headers` their headers, `count` how many; `peak` is how
  many were in flight at once. `latency` (seconds) delays each reply that behaves.
- `release()` lets every stalled call go on (it is cut then).

A fault is `async (call: Call) -> web.StreamResponse`; `faults.py` has what endpoints do,
`misbehaving.py` a seeded schedule of all of it, and a test may write its own.
`as_process.py` runs a server as a process of its own, for benchmarks.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from server.call import OK, Call, Fault


def _echo(received: dict[str, Any]) -> object:
    return received["messages"][-1]["content"]


@dataclass
class ModelServer:
    """See the head of this file."""

    answer: Callable[[dict[str, Any]], object] = _echo
    latency: float = 0.0
    url: str = ""
    calls: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    peak: int = 0
    keep: bool = True
    released: asyncio.Event = field(default_factory=asyncio.Event)
    _in_flight: int = 0
    _count: int = 0
    _schedule: deque[Fault] = field(default_factory=deque)
    _rules: list[tuple[str, deque[Fault]]] = field(default_factory=list)
    _otherwise: Fault = OK
    _loop: asyncio.AbstractEventLoop | None = None

    @property
    def name(self) -> str:
        return f"{self.url}#fake"

    @property
    def count(self) -> int:
        return self._count

    def next(self, *faults: Fault) -> None:
        self._schedule.extend(faults)

    def when(self, text: str, *faults: Fault) -> None:
        self._rules.append((text, deque(faults)))

    def always(self, fault: Fault) -> None:
        self._otherwise = fault

    def release(self) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self.released.set)

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        raw = await request.text()
        received = json.loads(raw)
        self._count += 1
        if self.keep:
            self.calls.append(received)
            self.headers.append(dict(request.headers))
        self._in_flight += 1
        self.peak = max(self.peak, self._in_flight)
        try:
            answer = self.answer(received)
            text = answer if isinstance(answer, str) else json.dumps(answer)
            return await self._fault(raw)(Call(self, request, received, text))
        finally:
            self._in_flight -= 1

    def _fault(self, raw: str) -> Fault:
        for text, faults in self._rules:
            if faults and text in raw:
                return faults.popleft()
        return self._schedule.popleft() if self._schedule else self._otherwise

    async def _models(self, _request: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": "fake", "object": "model"}]})

    async def start(self, port: int = 0) -> web.AppRunner:
        """Listen, and set `url`."""
        app = web.Application(client_max_size=256 * 1024 * 1024)
        app.router.add_post("/v1/chat/completions", self._complete)
        app.router.add_get("/v1/models", self._models)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        return runner


@contextmanager
def serving(server: ModelServer | None = None) -> Iterator[ModelServer]:
    """Run a server in a thread while the block runs."""
    server = server or ModelServer()
    ready, ends = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def live() -> None:
        runner = await server.start()
        server._loop = loop
        ready.set()
        await ends.wait()
        server.released.set()
        await runner.cleanup()

    thread = threading.Thread(target=loop.run_until_complete, args=(live(),), daemon=True)
    thread.start()
    if not ready.wait(timeout=10):
        raise RuntimeError("the server did not start")
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(ends.set)
        thread.join()
        loop.close()
