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

A fault is `async (call: Call) -> web.StreamResponse`; those below cover what endpoints
do, and a test may write its own. As a process of its own, for benchmarks:

    python tests/server/model_server.py --port 0 --latency 0.05 --replies '{"root": ["…"]}'

prints its URL on the first line and runs until its standard input ends; models that
`--replies` does not name answer `done`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import Any

from aiohttp import web


@dataclass
class Call:
    """One call: its parsed `body`, the text a good reply would have, and the connection."""

    server: ModelServer
    request: web.Request
    body: dict[str, Any]
    text: str

    def completion(self, text: str | None = None, **choice: object) -> dict[str, Any]:
        """The body of an answer: `text` as content, `choice` laid over its only choice."""
        content = self.text if text is None else text
        sent = sum(len(message["content"] or "") for message in self.body.get("messages", ()))
        message = {"role": "assistant", "content": content}
        asked, said = sent // 4 + 1, len(content) // 4 + 1
        return {
            "id": f"call-{self.server.count}",
            "object": "chat.completion",
            "model": self.body.get("model"),
            "choices": [{"index": 0, "message": message, "finish_reason": "stop", **choice}],
            "usage": {
                "prompt_tokens": asked,
                "completion_tokens": said,
                "total_tokens": asked + said,
            },
        }

    def cut(self) -> None:
        """Close the connection without a word."""
        transport = self.request.transport
        if transport is not None:
            transport.abort()


Fault = Callable[[Call], Awaitable[web.StreamResponse]]


async def OK(call: Call) -> web.StreamResponse:  # noqa: N802 - reads as a value in a schedule
    """Behave."""
    if call.server.latency:
        await asyncio.sleep(call.server.latency)
    return web.json_response(call.completion())


def _error(number: int, message: str, headers: Any = None, **more: object) -> web.Response:
    return web.json_response(
        {"error": {"message": message, **more}}, status=number, headers=headers
    )


def slow(seconds: float) -> Fault:
    """Behave, `seconds` late."""

    async def fault(call: Call) -> web.StreamResponse:
        await asyncio.sleep(seconds)
        return web.json_response(call.completion())

    return fault


def status(number: int, message: str = "out of order", **error: object) -> Fault:
    """Answer with a status and an error object."""

    async def fault(_call: Call) -> web.StreamResponse:
        return _error(number, message, **error)

    return fault


def server_error() -> Fault:
    return status(500, "internal error")


def rate_limited(after: float | str | None = None) -> Fault:
    """429; `after` becomes `Retry-After`, whether seconds or an HTTP date."""

    async def fault(_call: Call) -> web.StreamResponse:
        headers = {} if after is None else {"Retry-After": str(after)}
        return _error(429, "slow down", headers)

    return fault


def refuses_field(name: str) -> Fault:
    """400 for calls that carry the field `name`; behave for the others."""

    async def fault(call: Call) -> web.StreamResponse:
        if name in call.body:
            return _error(400, f"Unsupported parameter: {name}", param=name)
        return await OK(call)

    return fault


def cut_before() -> Fault:
    """Close the connection before any answer."""

    async def fault(call: Call) -> web.StreamResponse:
        call.cut()
        return web.Response()

    return fault


def cut_within() -> Fault:
    """Close the connection halfway through the body."""

    async def fault(call: Call) -> web.StreamResponse:
        body = json.dumps(call.completion()).encode()
        response = web.StreamResponse(headers={"Content-Length": str(len(body))})
        await response.prepare(call.request)
        await response.write(body[: len(body) // 2])
        call.cut()
        return response

    return fault


def stall(within: bool = False) -> Fault:
    """Send nothing (or half of the body) and wait for `release()`, then cut."""

    async def fault(call: Call) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        if within:
            await response.prepare(call.request)
            await response.write(b'{"choices": [')
        await call.server.released.wait()
        call.cut()
        return response

    return fault


def body(text: str) -> Fault:
    """Status 200 with `text` as the whole body."""

    async def fault(_call: Call) -> web.StreamResponse:
        return web.Response(text=text, content_type="application/json")

    return fault


def half_json_body() -> Fault:
    """A complete HTTP body that holds half a JSON text."""

    async def fault(call: Call) -> web.StreamResponse:
        whole = json.dumps(call.completion())
        return web.Response(text=whole[: len(whole) // 2], content_type="application/json")

    return fault


def content(change: Callable[[str], str], **choice: object) -> Fault:
    """A proper answer whose content is `change(what it would have been)`."""

    async def fault(call: Call) -> web.StreamResponse:
        return web.json_response(call.completion(change(call.text), **choice))

    return fault


def calls_tools(*calls: tuple[str, str | dict[str, Any]], text: str | None = None) -> Fault:
    """Calls of tools, each a name and its arguments (a text as it is), in place of a reply."""
    made = [
        {
            "id": f"call_{number}",
            "type": "function",
            "function": {
                "name": name,
                "arguments": given if isinstance(given, str) else json.dumps(given),
            },
        }
        for number, (name, given) in enumerate(calls)
    ]
    message = {"role": "assistant", "content": text, "tool_calls": made}
    return content(lambda _: "", message=message, finish_reason="tool_calls")


def half_json_content() -> Fault:
    return content(lambda text: text[: len(text) // 2])


def empty() -> Fault:
    return content(lambda _: "")


def prose() -> Fault:
    """A sentence where JSON was asked for."""
    return content(lambda _: "Certainly! I had a look, and there is a lot to say about it.")


def wrong_schema() -> Fault:
    """JSON of another shape than the one asked for."""
    return content(lambda _: '{"unexpected": [1, 2, {"deep": null}]}')


def cut_off() -> Fault:
    """`finish_reason: length`, with half of the content."""
    return content(lambda text: text[: len(text) // 2], finish_reason="length")


def duplicate() -> Fault:
    """The content twice over."""
    return content(lambda text: text + text)


def refusal() -> Fault:
    """A refusal in the field that the protocol has for it."""
    message = {"role": "assistant", "content": None, "refusal": "I can't help with that."}
    return content(lambda text: text, message=message)


def filtered() -> Fault:
    return content(lambda _: "", finish_reason="content_filter")


def huge(characters: int) -> Fault:
    """A reply of so many characters."""
    return content(lambda _: "x" * characters)


def http_date(moment: Any) -> str:
    """A datetime in UTC as `Retry-After` and `Date` write it."""
    return format_datetime(moment, usegmt=True)


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
