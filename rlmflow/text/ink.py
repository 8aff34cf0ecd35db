"""Ink: the characters of a text that are not white space. Coverage is counted in them."""

from __future__ import annotations

# Characters that are looked at together, so that no copy of a large text is made.
_BLOCK = 1 << 16
_LATIN_SPACE = bytes(code for code in range(256) if chr(code).isspace())


def ink(text: str, start: int = 0, end: int | None = None) -> int:
    """How many characters of `text[start:end]` are not white space."""
    stop = len(text) if end is None else end
    if stop - start <= _BLOCK:
        return _counted(text[start:stop])
    blocks = range(start, stop, _BLOCK)
    return sum(_counted(text[at : min(at + _BLOCK, stop)]) for at in blocks)


def _counted(block: str) -> int:
    try:
        return len(block.encode("latin-1").translate(None, _LATIN_SPACE))
    except UnicodeEncodeError:
        return len("".join(block.split()))
