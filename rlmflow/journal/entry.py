"""One reply as it stands in the journal: compressed, with a check sum."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from typing import Any

from rlmflow.models._protocol import Reply, ToolCall, Usage

# Higher levels take twice the time and save a few per cent on texts of this size.
_LEVEL = 3
# Making zlib's tables ready takes ten times as long as a text as short as most replies.
_SHORT = 1 << 12
# The logarithm of the window, and zlib's measure of its memory.
_LITTLE = (12, 5)


class Damaged(Exception):
    """An entry that is not what was written."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A reply, and what is noted beside it. `parts`: see `key.parts_of`; `place`: in the input."""

    key: bytes
    parts: bytes
    step: str
    model: str
    place: str | None
    reply: Reply


def packed(content: object) -> tuple[bytes, int, int]:
    """Something as JSON: its bytes (by zlib, where that is less), their plain size, a check sum."""
    plain = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(
        errors="surrogatepass"
    )
    small = _compressed(plain)
    value = small if len(small) < len(plain) else plain
    return value, len(plain), zlib.crc32(value)


def _compressed(plain: bytes) -> bytes:
    making = zlib.compressobj(_LEVEL, zlib.DEFLATED, *(_LITTLE if len(plain) < _SHORT else ()))
    return making.compress(plain) + making.flush()


def unpacked(value: bytes, size: int, crc: int) -> object:
    """What was packed. Raises `Damaged`."""
    if not isinstance(value, bytes) or zlib.crc32(value) != crc:
        raise Damaged("its check sum is wrong")
    try:
        plain = value if len(value) == size else zlib.decompress(value)
        return json.loads(plain.decode(errors="surrogatepass"))
    except (ValueError, zlib.error) as error:
        raise Damaged(str(error)) from None


def of_reply(reply: Reply) -> dict[str, object]:
    """A reply as JSON; what it lacks is left out."""
    written: dict[str, object] = {"text": reply.text}
    if reply.tool_calls:
        written["tool_calls"] = [
            {"name": call.name, "arguments": call.arguments, "id": call.id}
            for call in reply.tool_calls
        ]
    if reply.usage != Usage():
        written["usage"] = [reply.usage.tokens_in, reply.usage.tokens_out]
    return written


def to_reply(content: object) -> Reply:
    """The reply that JSON stands for. Raises `Damaged`."""
    held: dict[str, Any] = content if isinstance(content, dict) else {}
    if not isinstance(held.get("text"), str):
        raise Damaged("it holds no reply")
    try:
        calls = tuple(ToolCall(**call) for call in held.get("tool_calls", ()))
        return Reply(held["text"], Usage(*held.get("usage", ())), calls)
    except TypeError:
        raise Damaged("it holds no reply") from None
