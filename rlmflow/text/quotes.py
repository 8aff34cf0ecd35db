"""Finding a quote in the text that it was taken from.

A quote is looked for as it is; failing that, with what models are known to change
made equal: runs of white space, kinds of quotation marks, kinds of hyphens.
Nothing else is: a quote with another word in it is not found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from rlmflow._lazy import heavy

if TYPE_CHECKING:
    import regex

_MARKS = {
    "'": "['‘’‚‛`´]",
    '"': '["“”„‟«»]',
    "-": r"[-‐‑‒–—−\u00AD]",
}
# As Python's strings have it: `\s` alone leaves out the four separators of ASCII.
_WHITE_SPACE = r"[\s\x1C-\x1F]+"
_KIND_OF = {
    mark: kind
    for kind, marks in {"'": "‘’‚‛`´", '"': "“”„‟«»", "-": "‐‑‒–—−\u00ad"}.items()
    for mark in marks
}


def find_quotes(quote: str, text: str) -> list[tuple[int, int]]:
    """Every place (start, end) at which the quote stands in the text, without overlaps.

    Exact places if there are any, else those under the normalisation. Empty for a
    quote that has no character but white space.
    """
    wanted = quote.strip()
    if not wanted:
        return []
    if found := list(_exact(wanted, text)):
        return found
    if len("".join(wanted.split())) > len(text):
        return []
    return [m.span() for m in _loose(wanted).finditer(text)]


def _exact(wanted: str, text: str) -> Iterator[tuple[int, int]]:
    at = text.find(wanted)
    while at >= 0:
        yield at, at + len(wanted)
        at = text.find(wanted, at + len(wanted))


@lru_cache(maxsize=1024)
def _loose(wanted: str) -> regex.Pattern[str]:
    words = ("".join(_mark(c) for c in word) for word in wanted.split())
    made: regex.Pattern[str] = heavy("regex").compile(_WHITE_SPACE.join(words))
    return made


def _mark(character: str) -> str:
    kind = _KIND_OF.get(character, character)
    return _MARKS.get(kind, re.escape(kind))
