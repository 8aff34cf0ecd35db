"""Tokens of the reference tokenizer, `o200k_base`, counted offline.

A strategy says `6k tokens` without naming a model, so that it cuts the same
input in the same way whatever model runs it. The tokenizer is exact for the
encoding that it names; other models' counts differ from it.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from rlmflow._lazy import heavy

ENCODING = "o200k_base"
CHARACTERS_A_TOKEN = 5
_UNBOUNDED = 1 << 62


@cache
def _tokenizer() -> Any:
    return heavy("toktok")


def count_tokens(text: str) -> int:
    """How many tokens of the reference tokenizer the text is, markup counted as text."""
    # `truncate` counts all of what it is given, and starts no threads, as `batch_count` does.
    _, total = _tokenizer().truncate(_encodable(text), _UNBOUNDED, ENCODING)
    return int(total)


def prefix_within(text: str, start: int, end: int, tokens: int) -> int:
    """Where the longest prefix of `text[start:end]` of at most `tokens` tokens ends.

    The prefix is cut from the tokens of the longer text: counted alone, a prefix
    that ends inside a word can come out a little larger.
    """
    window = tokens * CHARACTERS_A_TOKEN + 64
    while True:
        stop = min(end, start + window)
        prefix, total = _tokenizer().truncate(_encodable(text[start:stop]), tokens, ENCODING)
        if total > tokens:
            return start + len(prefix)
        if stop == end:
            return end
        window *= 2


def suffix_within(text: str, start: int, end: int, tokens: int) -> int:
    """Where a suffix of `text[start:end]` of at most `tokens` tokens begins.

    It is nearly as long as can be: counts do not quite grow in step with length.
    """
    low = max(start, end - tokens * CHARACTERS_A_TOKEN - 64)
    while low > start and count_tokens(text[low:end]) <= tokens:
        low = max(start, end - 2 * (end - low))
    if count_tokens(text[low:end]) <= tokens:
        return low
    high = end
    while high - low > 1:
        middle = (low + high) // 2
        if count_tokens(text[middle:end]) <= tokens:
            high = middle
        else:
            low = middle
    return high


def _encodable(text: str) -> str:
    """The text, with each lone surrogate as one question mark: offsets stay what they are."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="replace").decode()
    return text
