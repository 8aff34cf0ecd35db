"""How many tokens a request may be, where the endpoint's tokenizer is not at hand."""

from __future__ import annotations

from collections.abc import Sequence

from rlmflow.models._protocol import Message

# Role markers and separators of one message; chat templates in use need 3 to 7.
MESSAGE_TOKENS = 8
# A default system prompt that a chat template adds where there is none, and the reply's opening.
REQUEST_TOKENS = 32


def byte_bound(messages: Sequence[Message]) -> int:
    """An upper bound for any tokenizer that falls back to bytes: no token is less than one."""
    content = sum(len(message.content.encode("utf-8", "surrogatepass")) for message in messages)
    return content + MESSAGE_TOKENS * len(messages) + REQUEST_TOKENS
