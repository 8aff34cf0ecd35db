"""Text as it stands in a sentence: on one line, and not too long."""

from __future__ import annotations


def one_line(text: str, most: int) -> str:
    """`text` on one line, white space as single blanks, in at most `most` characters.

    Of a longer text the words from its beginning that fit are there, then `…`. What
    can't be printed is left out.
    """
    flat = " ".join(text.split())
    line = "".join(character for character in flat if character.isprintable())
    if len(line) <= most:
        return line
    head = line[: most - 1]
    words, blank, _ = head.rpartition(" ")
    return (words if blank and len(words) > most // 2 else head).rstrip() + "…"
