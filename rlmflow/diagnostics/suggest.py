"""The name that an author may have meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def suggest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate most like `word`, or None where none is close.

    Capitals do not count, and neither does the order of the candidates.
    """
    by_folded = {candidate.casefold(): candidate for candidate in sorted(candidates)}
    near = get_close_matches(word.casefold(), by_folded, n=1)
    return by_folded[near[0]] if near else None


def did_you_mean(word: str, candidates: Iterable[str]) -> str | None:
    """The hint for an unknown `word`, or None where no candidate is close."""
    meant = suggest(word, candidates)
    return f"did you mean `{meant}`?" if meant else None
