"""What endpoints do to a call, each as a `Fault` that a test may plan for a model server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from email.utils import format_datetime
from typing import Any

from aiohttp import web
from server.call import OK, Call, Fault


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


def duplicate_ids() -> Fault:
    """A JSON object whose first pair stands in it twice; another reply as it is."""
    return _pairs(lambda pairs: [*pairs, *pairs[:1]])


def missing_id() -> Fault:
    """A JSON object that lacks its first pair; another reply as it is."""
    return _pairs(lambda pairs: pairs[1:])


def _pairs(change: Callable[[list[str]], list[str]]) -> Fault:
    def changed(text: str) -> str:
        try:
            whole = json.loads(text)
        except ValueError:
            return text
        if not isinstance(whole, dict):
            return text
        pairs = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in whole.items()]
        return "{" + ", ".join(change(pairs)) + "}"

    return content(changed)


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
