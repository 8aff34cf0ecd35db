"""Prompts that an endpoint cuts without a word, told from the tokens that it says it read."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rlmflow.models._protocol import Message, ModelFailure, Reply, Request

Bound = Callable[[Sequence[Message], int], int]
"""At least so many tokens are in messages, as far as that matters for so many reported."""

_SHARE = 0.9
_SLACK = 64
# Tokenizers split at spaces, so words are at least tokens; a few join short ones.
_WORDS_A_TOKEN = 2


def words_bound(messages: Sequence[Message], reported: int) -> int:
    """For any tokenizer: half as many tokens as words. 0 where the count is not in doubt."""
    most = sum(message.content.count(" ") for message in messages)
    if most <= _WORDS_A_TOKEN * reported:
        return 0
    return sum(len(message.content.split()) for message in messages) // _WORDS_A_TOKEN


def exactly(count: Callable[[Sequence[Message]], int]) -> Bound:
    """For a tokenizer that is known, but for a tenth: markup may be counted otherwise."""

    def bound(messages: Sequence[Message], _reported: int) -> int:
        return int(_SHARE * count(messages)) - _SLACK

    return bound


def whole(request: Request, reply: Reply, bound: Bound) -> Reply:
    """The reply, if all of its request was read as far as can be told.

    Raises `ModelFailure` of the kind `truncated`. Tokens that come from a cache count as
    read, whether the endpoint counts them among the others or not.
    """
    usage = reply.usage
    if usage.tokens_in is None:
        return reply
    read = usage.tokens_in + usage.cached
    least = bound(request.messages, read)
    if read >= least or any(message.role == "assistant" for message in request.messages):
        return reply
    message = (
        f"the endpoint says it read {read:,} tokens of a prompt of at least {least:,}: "
        "it cuts prompts without a word (give it a larger context, or cut smaller parts)"
    )
    raise ModelFailure("truncated", message, again=False, usage=usage)
