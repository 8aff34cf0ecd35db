"""What decides a reply, as a key: two requests with the same key have the same reply.

The names of steps and files are no part of it. `parts_of` tells apart what a key is made
of, so that it can be said which part of one has changed.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from functools import lru_cache
from hashlib import blake2b

from rlmflow.models._protocol import Message, Request

KEY_BYTES = 16
PART_BYTES = 4
PARTS = ("model", "parameters", "prompt", "schema", "tools", "text", "course", "sample", "occasion")
"""`prompt`: what is said about the texts; `text`: what is shown of items; `course`: what was
said in the same question before; `occasion`: which of several equal questions it is."""

Occasion = tuple[int, ...]


def key_of(model: str, request: Request, occasion: Occasion = ()) -> bytes:
    """The key of a request to the model with this identity."""
    decides = [
        model,
        request.max_output,
        [_written(message) for message in request.decided_by],
        request.schema,
        _tools(request),
        request.sample,
        [occasion, request.occasion],
    ]
    return _digest(_json(decides), KEY_BYTES)


def derived(key: bytes, what: str) -> bytes:
    """Another key, of something that hangs on the same."""
    return _digest(key + what.encode(errors="replace"), KEY_BYTES)


def parts_of(model: str, request: Request, texts: Sequence[str], occasion: Occasion = ()) -> bytes:
    """A short digest of each of `PARTS`, in their order. `texts`: what it shows of items."""
    messages = request.decided_by
    first = next((n for n, m in enumerate(messages) if m.role == "assistant"), len(messages))
    prompt = "\0".join(message.content for message in messages[:first])
    for text in texts:
        prompt = prompt.replace(text, "\0", 1)
    tools = _tools(request)
    digests = (
        _often(model),
        _often(request.max_output),
        _short(prompt),
        _often(None) if request.schema is None else _short(request.schema),
        _often(None) if tools is None else _short(tools),
        _short(list(texts)),
        _short(course) if (course := [_written(m) for m in messages[first:]]) else _often(()),
        _often(request.sample),
        _often((*occasion, request.occasion)),
    )
    return b"".join(digests)


def changed(old: bytes, new: bytes) -> tuple[str, ...]:
    """The names of the parts in which two keys differ."""
    at = range(0, len(PARTS) * PART_BYTES, PART_BYTES)
    pieces = zip(PARTS, at, strict=True)
    return tuple(name for name, n in pieces if old[n : n + PART_BYTES] != new[n : n + PART_BYTES])


def _tools(request: Request) -> object:
    if not request.tools:
        return None
    told = [[tool.name, tool.description, tool.parameters] for tool in request.tools]
    return [request.tool_choice, told]


def _written(message: Message) -> list[object]:
    """A message; the ids of tool calls are made up anew each time, and say nothing."""
    calls = [[call.name, call.arguments] for call in message.tool_calls]
    return [message.role, message.content, calls] if calls else [message.role, message.content]


def _short(part: object) -> bytes:
    return _digest(_json(part), PART_BYTES)


@lru_cache(maxsize=256)
def _often(part: Hashable) -> bytes:
    """The same of what most requests have in common."""
    return _short(part)


_written_as = json.JSONEncoder(sort_keys=True, default=dict).encode


def _json(value: object) -> bytes:
    return _written_as(value).encode()


def _digest(content: bytes, size: int) -> bytes:
    return blake2b(content, digest_size=size).digest()
