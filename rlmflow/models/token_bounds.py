"""How many tokens a request is: exact for a known tokenizer, else at most."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence

from rlmflow.models._protocol import Message, Model, Request, Tool, ToolCall
from rlmflow.text.tokens import count_tokens

# Models whose tokenizer is `o200k_base`, and what their chat format adds.
_O200K = re.compile(r"(chatgpt-4o|gpt-4o|gpt-4\.[15]|gpt-5|o[134])(?![a-z0-9])")
_O200K_MESSAGE = 4
_O200K_REPLY = 3

# Role markers and separators of one message; chat templates in use need 3 to 7.
MESSAGE_TOKENS = 8
# A default system prompt that a chat template adds where there is none, and the reply's opening.
REQUEST_TOKENS = 32


# What a chat template writes around a tool's definition or a call, JSON apart.
_TOOL_TOKENS = 24
_TOOLS_TOKENS = 256
# What stands around a schema that is sent as text.
_SCHEMA_TOKENS = 64
_SPECIMEN = (Message("user", "Whatever the tenant has to pay is payable every quarter."),)


def byte_bound(messages: Sequence[Message]) -> int:
    """An upper bound for any tokenizer that falls back to bytes: no token is less than one."""
    content = sum(map(_bytes_of, messages))
    return content + MESSAGE_TOKENS * len(messages) + REQUEST_TOKENS


def _bytes_of(message: Message) -> int:
    content = len(message.content.encode("utf-8", "surrogatepass"))
    return content + sum(map(_call_bytes, message.tool_calls)) if message.tool_calls else content


def _call_bytes(call: ToolCall) -> int:
    written = f"{call.name}{call.arguments}{call.id}"
    return len(written.encode("utf-8", "surrogatepass")) + _TOOL_TOKENS


def o200k_count(messages: Sequence[Message]) -> int:
    """What OpenAI's own models count, markup in the text counted as text; of calls, at most."""
    content = sum(count_tokens(m.content) + _O200K_MESSAGE for m in messages)
    return content + sum(_call_bytes(c) for m in messages for c in m.tool_calls) + _O200K_REPLY


def request_tokens(model: Model, request: Request) -> int:
    """The most tokens of all that a request sends: messages, tools, the form of the reply."""
    return model.count_tokens(request.messages) + beside_tokens(request)


def beside_tokens(request: Request) -> int:
    """The most tokens of what a request sends beside its messages."""
    return tool_tokens(request.tools) + schema_tokens(request.schema)


def schema_tokens(schema: Mapping[str, object] | None) -> int:
    """The most tokens that a schema takes, be it sent as a field or as text."""
    return 0 if schema is None else _SCHEMA_TOKENS + len(json.dumps(schema))


def counts_exactly(model: Model) -> bool:
    """Whether a model's tokenizer is known, so that its count is no mere bound."""
    return model.count_tokens(_SPECIMEN) < byte_bound(_SPECIMEN)


def tool_tokens(tools: Sequence[Tool]) -> int:
    """The most tokens that a model is told of its tools with."""
    if not tools:
        return 0
    return _TOOLS_TOKENS + sum(
        len(json.dumps([tool.name, tool.description, tool.parameters])) + _TOOL_TOKENS
        for tool in tools
    )


def counting(model: str) -> Callable[[Sequence[Message]], int]:
    """How to count for a model of that name; a provider or a path may stand before it."""
    return o200k_count if is_known(model) else byte_bound


def is_known(model: str) -> bool:
    """Whether the tokens of a model of that name are counted exactly."""
    return _O200K.match(model.rpartition("/")[2]) is not None
