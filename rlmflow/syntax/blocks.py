"""A block of text whose end was forgotten.

The next block's opening quotes then close it, what should be text is read as code, and
the error shows at the end of the file. So the block to blame is the first that seems to
hold code, and it is taken to end before that.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from rlmflow.diagnostics import codes
from rlmflow.diagnostics.model import Diagnostic, Note
from rlmflow.source import Source, Span
from rlmflow.syntax.tokens import BAD, Piece, Tokens

_QUOTES = '"""'
_CODE = re.compile(
    r"""
    (?P<gap>\s{3,})
    (?: [^\W\d]\w*[ ]*=[ ]*[^\W\d]\w*\(
      | answer[ ]+[^\W\d]\w*[ ]*(?:\(|$)
      | strategy[ ]+\w+[ ]*\(
      | type[ ]+\w+[ ]*[{=]
      | \}[ ]*$ )
    """,
    re.VERBOSE | re.MULTILINE,
)


class Closed(NamedTuple):
    """The text with the forgotten quotes in place of white space, and what to say of it."""

    text: str
    diagnostic: Diagnostic


def close_forgotten(tokens: Tokens) -> Closed | None:
    """Close the block that was left open; None if none was, or if it holds no code."""
    last = tokens.all[-2] if len(tokens.all) > 1 else None
    if last is None or last.type != BAD or not _opens_block(last):
        return None
    for token in tokens.all:
        if token.type in {"STRING", BAD} and _opens_block(token):
            code = _CODE.search(token.value, 3)
            if code is not None:
                return _closed_before(code.end("gap") - len(_QUOTES), token, tokens.source)
    return None


def _opens_block(token: Piece) -> bool:
    return token.value.startswith((_QUOTES, f"r{_QUOTES}"))


def _closed_before(gap: int, token: Piece, source: Source) -> Closed:
    place = token.start_pos + gap
    text = source.text[:place] + _QUOTES + source.text[place + len(_QUOTES) :]
    opener = Span(source, token.start_pos, token.start_pos + token.value.index(_QUOTES) + 3)
    notes: tuple[Note, ...] = ()
    if token.type == "STRING":
        end = Span(source, token.end_pos - 3, token.end_pos)
        notes = (Note("these quotes close it, though more was meant to come before", end),)
    found = codes.UNFINISHED.at(
        opener, "this text is never closed", hint='close it with `"""`', notes=notes
    )
    return Closed(text, found)
