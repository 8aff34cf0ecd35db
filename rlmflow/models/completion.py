"""The body of a chat completion, read into a reply or the failure it amounts to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rlmflow.models._protocol import ModelFailure, Reply, ToolCall, Usage
from rlmflow.models.failures import Problem, of_status, shorten

_REFUSING = ("content_filter", "refusal", "safety")


def read_body(body: bytes, secrets: tuple[str, ...] = ()) -> Reply:
    """Read the bytes of an answer with status 200."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        start = shorten(body[:80].decode("utf-8", "replace"), secrets)
        raise _malformed(f"the endpoint's answer is not JSON: {start!r}") from None
    return read_completion(parsed, secrets)


def read_completion(body: object, secrets: tuple[str, ...] = ()) -> Reply:
    """Read a parsed completion.

    Raises `ModelFailure`: `refused`, `cut-off`, `empty`, or `malformed` for a body
    that is no completion; each with the usage, since the call was paid for.
    """
    if isinstance(body, Mapping) and body.get("error"):
        raise _error_within(body["error"], secrets)
    try:
        choice = body["choices"][0]  # type: ignore[index]  # a wrong shape is caught below
        message = choice["message"]
        text = _text(message.get("content"))
        calls = tuple(_tool_call(call) for call in message.get("tool_calls") or ())
        refusal = message.get("refusal")
        finish = choice.get("finish_reason")
    except (LookupError, TypeError, AttributeError):
        raise _malformed("the endpoint's answer is not a chat completion") from None
    usage = read_usage(body.get("usage"))  # type: ignore[attr-defined]  # indexing it went well
    if refusal or finish in _REFUSING:
        said = shorten(str(refusal or text), secrets)
        raise ModelFailure("refused", f"the model refused: {said}", again=False, usage=usage)
    if finish == "length":
        message = f"the reply was cut off at {usage.tokens_out or 'its cap of'} tokens"
        raise ModelFailure("cut-off", message, again=False, usage=usage)
    if calls:
        return Reply(text, usage, calls)
    if not text or text.isspace():
        raise ModelFailure("empty", "the model replied with nothing", again=True, usage=usage)
    return Reply(text, usage)


def _tool_call(call: Mapping[str, Any]) -> ToolCall:
    """A call of a tool. What it is called with is JSON already, or is made that."""
    function = call["function"]
    arguments = function.get("arguments")
    written = arguments if isinstance(arguments, str) else json.dumps(arguments or {})
    return ToolCall(str(function["name"]), written, str(call.get("id") or ""))


def read_usage(usage: object) -> Usage:
    """Tokens of one call; None for each figure that is missing or makes no sense."""
    if not isinstance(usage, Mapping):
        return Usage()
    details = usage.get("prompt_tokens_details")
    cached = _count(details.get("cached_tokens")) if isinstance(details, Mapping) else None
    read, written = _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
    return Usage(read, written, cached or 0)


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    if content is None:
        return ""
    if isinstance(content, list):
        return "".join(part["text"] for part in content if part.get("type") == "text")
    raise TypeError


def _error_within(error: object, secrets: tuple[str, ...]) -> ModelFailure:
    """An error that came with status 200, as some gateways send them."""
    if not isinstance(error, Mapping):
        error = {"message": str(error)}
    code = error.get("code")
    status = code if isinstance(code, int) and 400 <= code < 600 else 500
    return of_status(status, Problem(str(error.get("message") or error)), secrets=secrets)


def _malformed(message: str) -> ModelFailure:
    return ModelFailure("malformed", message, again=True)
