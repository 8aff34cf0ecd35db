"""The name that an author may have meant."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from difflib import SequenceMatcher, get_close_matches
from os.path import commonprefix
from pathlib import Path


def suggest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate most like `word`, or None where none is close.

    Capitals count only between names that differ in nothing else, and the order of the
    candidates does not. Of those that are as much like it, the one that begins most like it.
    """
    by_folded: dict[str, list[str]] = {}
    for candidate in sorted(candidates):
        by_folded.setdefault(candidate.casefold(), []).append(candidate)
    folded = word.casefold()
    near = sorted(get_close_matches(folded, by_folded, n=20))

    def likeness(candidate: str) -> tuple[float, int]:
        ratio = SequenceMatcher(None, folded, candidate).ratio()
        return ratio, len(commonprefix((folded, candidate)))  # noqa: RUF071  characters are meant

    if not near:
        return None
    nearest = by_folded[max(near, key=likeness)]
    return max(nearest, key=lambda each: SequenceMatcher(None, word, each).ratio())


def did_you_mean(word: str, candidates: Iterable[str]) -> str | None:
    """The hint for an unknown `word`, or None where no candidate is close."""
    meant = suggest(word, candidates)
    return f"did you mean `{meant}`?" if meant else None


def did_you_mean_below(word: str, candidates: Collection[str]) -> str | None:
    """The hint for an unknown `FOLDER/NAME`: the name decides, where the folder is the same."""
    folder = word[: word.find("/") + 1]
    names = {each.removeprefix(folder): each for each in candidates if each.startswith(folder)}
    meant = suggest(word.removeprefix(folder), names)
    if meant is not None:
        return f"did you mean `{names[meant]}`?"
    return did_you_mean(word, set(candidates) - set(names.values()))


def did_you_mean_path(path: Path) -> str | None:
    """The hint for a path where nothing is: its first part that does not exist, set right."""
    there = next((parent for parent in path.parents if parent.is_dir()), Path())
    wrong, *rest = path.relative_to(there).parts
    try:
        meant = suggest(wrong, os.listdir(there))
    except OSError:
        return None
    return f"did you mean `{there.joinpath(meant, *rest).as_posix()}`?" if meant else None
