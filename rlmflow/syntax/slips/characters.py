"""Characters that begin no token."""

from __future__ import annotations

import re

from rlmflow.diagnostics import codes
from rlmflow.source import Span
from rlmflow.syntax.explain import Trouble
from rlmflow.syntax.slips._fix import Fix, instead
from rlmflow.syntax.tokens import BAD, END

_FOREIGN_MARKS = {
    "!": "write `not`, or `!=` between two values",
    "/*": "a comment begins with `#` and ends with its line",
    "$": "a name stands without a mark before it",
    "@": "a name stands without a mark before it",
    "^": "there is no `^`",
    "&": "write `and`",
    "`": "a text stands in double quotes",
    "…": "write out what is meant",
}


def unfinished_text(trouble: Trouble) -> Fix | None:
    written = trouble.token.value
    if trouble.kind != BAD or written.lstrip("r")[:1] != '"':
        return None
    quotes = '"""' if written.lstrip("r").startswith('"""') else '"'
    start = trouble.token.start_pos
    span = Span(trouble.tokens.source, start, start + written.index('"') + len(quotes))
    if quotes == '"':
        message = "this text is not closed on its line"
        hint = 'close it with `"`; a text over several lines stands in `"""`'
    else:
        message, hint = "this text is never closed", 'close it with `"""`'
    insert = instead(trouble, "STRING", 'r""')
    return Fix(message, hint, insert, 1, code=codes.UNFINISHED, span=span)


def other_quotes(trouble: Trouble) -> Fix | None:
    written = trouble.token.value
    if trouble.kind != BAD or len(written) < 2 or written[0] not in "'“”„":
        return None
    inner = re.sub(r"^[\'“”„]|[\'“”]$", "", written)
    insert = instead(trouble, "STRING", 'r""')
    hint = f'write `"{inner}"`' if len(inner) <= 30 else 'write `"…"`'
    if not inner:
        hint = 'write `"""…"""` for a text of several lines, `""` for none'
    return Fix("a text stands in double quotes", hint, insert, 1, code=codes.BAD_STRING)


def stray_character(trouble: Trouble) -> Fix | None:
    """A character that means nothing here, left out."""
    written = trouble.token.value
    if trouble.kind != BAD:
        return None
    if written == ";":
        message, hint = "`;` is not needed", "leave it out: a step ends where the next begins"
        return Fix(message, hint, skip=1, code=codes.UNEXPECTED_CHARACTER, damages=False)
    if written == "&&":
        code, insert = codes.UNEXPECTED_CHARACTER, instead(trouble, "AND", "and")
        return Fix("`&&` means nothing here", "write `and`", insert, 1, code=code)
    hint_of = _FOREIGN_MARKS.get(written)
    message = f"`{written}` means nothing here" if written.isprintable() else _unprintable(written)
    return Fix(message, hint_of, skip=1, code=codes.UNEXPECTED_CHARACTER)


def _unprintable(character: str) -> str:
    return f"the character U+{ord(character[0]):04X} means nothing here"


def slash_comment(trouble: Trouble) -> Fix | None:
    tokens, index = trouble.tokens, trouble.index
    begun = trouble.kind_below == "SLASH" and trouble.before.type == "SLASH"
    if trouble.kind != "SLASH" or not (begun or trouble.after.type == "SLASH"):
        return None
    last = index if begun else index + 1
    while tokens.kind(last + 1) != END and not tokens.first_on_line(last + 1):
        last += 1
    hint = "a comment begins with `#`"
    message, skip = "`//` does not begin a comment", last + 1 - index
    return Fix(message, hint, skip=skip, drop=int(begun), damages=False)
