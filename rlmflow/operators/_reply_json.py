"""The JSON of replies: tolerant of form, strict on content.

A reply may be fenced, introduced by a sentence or sloppy in its commas. It is
never completed: a reply that was cut short is refused, since what a lenient
parser would close for it is data that the model did not send.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from rlmflow._lazy import heavy
from rlmflow.functions import as_text
from rlmflow.operators._step import BadReply

# The tolerant parser takes its time, and everything waits for it.
_LONGEST_SLOPPY = 32_768
_HALF = re.compile("[\ud800-\udfff]")
_HALF_ESCAPED = re.compile(r"[\ud800-\udfff]|\\u[dD][89a-fA-F]")


class _Twice(ValueError):
    """A key that stands twice in an object."""


def unique_keys(given: Iterable[tuple[str, object]]) -> dict[str, object]:
    """The object of pairs. Raises `ValueError` where a key stands twice, which JSON allows."""
    pairs = list(given)
    values = dict(pairs)
    if len(values) < len(pairs):
        ((doubled, _),) = Counter(key for key, _ in pairs).most_common(1)
        raise _Twice(doubled)
    return values


def read_json(
    text: str, unique: Callable[[Iterable[tuple[str, object]]], Any] = unique_keys
) -> Any:
    """The JSON value in a reply. Raises `BadReply` where there is none that is complete."""
    body = _unfenced(text.strip())
    try:
        value = _parsed(body, unique)
    except _Twice as twice:
        raise BadReply(f'the key "{twice}" stands twice in the JSON') from None
    except (ValueError, RecursionError):
        raise BadReply("the reply is not complete, well-formed JSON") from None
    if _HALF_ESCAPED.search(body):
        refuse_halves(json.dumps(value, ensure_ascii=False))
    return value


def _parsed(body: str, unique: Callable[[Iterable[tuple[str, object]]], Any]) -> Any:
    try:
        return json.loads(body, object_pairs_hook=unique)
    except _Twice:
        raise
    except ValueError:
        start = min((at for at in (body.find("{"), body.find("[")) if at >= 0), default=-1)
        if start < 0:
            raise BadReply("the reply is not JSON") from None
    candidate = body[start : max(body.rfind("}"), body.rfind("]")) + 1]
    if len(candidate) > _LONGEST_SLOPPY:
        raise ValueError
    return heavy("json5").loads(candidate, object_pairs_hook=unique)


def refuse_halves(text: str) -> None:
    """Raises `BadReply` for a text that no UTF-8 can hold."""
    if not text.isascii() and _HALF.search(text):
        raise BadReply("the reply holds half of a surrogate pair, which is no character")


def _unfenced(text: str) -> str:
    if not text.startswith("```"):
        return text
    first_line, _, rest = text.partition("\n")
    return rest.rstrip().removesuffix("```") if first_line.count("`") == 3 else text


def write_json(value: object) -> str:
    """A value of the language as JSON; what JSON has no form for, as its text."""
    return json.dumps(_with_text_keys(value), ensure_ascii=False, default=as_text)


def _with_text_keys(value: object) -> object:
    if isinstance(value, Mapping):
        return {as_text(name): _with_text_keys(held) for name, held in value.items()}
    return [_with_text_keys(held) for held in value] if isinstance(value, list) else value
