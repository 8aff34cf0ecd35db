"""Markers: characters that are planted in text, so that what becomes of it can be seen.

A marker is one character, so that no cut can split it. It is a letter without case
that hardly any text holds (CJK extension A), so that a pattern such as `\\w+` or `.*`
takes it for a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_FIRST, _LAST = 0x3400, 0x4DBF
MOST = _LAST - _FIRST + 1
_MARKER = re.compile(f"[{chr(_FIRST)}-{chr(_LAST)}]")


def marker(number: int) -> str:
    """The marker of a number from 0. Raises `ValueError` where there are none left."""
    if not 0 <= number < MOST:
        raise ValueError(f"there are {MOST} markers")
    return chr(_FIRST + number)


def is_marker(character: str) -> bool:
    return _FIRST <= ord(character) <= _LAST


def markers_in(text: str) -> list[str]:
    """The markers in a text, in order, each as often as it stands there."""
    return [] if text.isascii() else _MARKER.findall(text)


def planted(texts: Iterable[str], slot: str) -> Iterator[str]:
    """The texts with each `slot` replaced by a marker of its own, over all of them."""
    count = 0
    for text in texts:
        pieces = text.split(slot)
        made = [pieces[0]]
        for piece in pieces[1:]:
            made += [marker(count % MOST), piece]
            count += 1
        yield "".join(made)
