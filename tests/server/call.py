"""One call that a model server received, and the way to answer it as it should be."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    from server.model_server import ModelServer


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
