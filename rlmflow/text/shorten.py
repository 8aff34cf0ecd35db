"""A text that is too long to be told as a whole: its beginning and its end."""

from __future__ import annotations

_GAP = "\n[…]\n"


def shortened(text: str, most: int) -> str:
    """A text of at most `most` bytes of UTF-8: the whole, or its head and tail, with a gap."""
    encoded = text.encode("utf-8", "surrogatepass")
    if len(encoded) <= most:
        return text
    room = max(0, most - len(_GAP.encode()))
    head = room * 3 // 4
    tail = encoded[len(encoded) - (room - head) :] if room > head else b""
    # A character that was cut through is left out.
    return f"{_decoded(encoded[:head])}{_GAP}{_decoded(tail)}"


def _decoded(piece: bytes) -> str:
    return piece.decode("utf-8", "ignore")
