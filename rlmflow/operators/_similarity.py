"""Which texts are alike by their words: BM25, by the library `bm25s`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rlmflow._lazy import heavy


class WordIndex:
    """Texts indexed by their words. Equal scores keep the order of the texts."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._words = _words(texts)
        self._index: Any = None
        if any(self._words):
            self._index = heavy("bm25s").BM25()
            self._index.index(self._words, show_progress=False)

    def _scores(self, words: Sequence[str]) -> Any:
        known = [word for word in words if self._index and word in self._index.vocab_dict]
        return self._index.get_scores(known) if known else heavy("numpy").zeros(len(self._words))

    def matching(self, query: str, most: int) -> list[int]:
        """Numbers of the texts that match a query best, best first; then those with no match."""
        scores = self._scores(_words([query])[0])
        best = _best(scores, most)
        left = (int(number) for number in (scores == 0).nonzero()[0][: most - len(best)])
        return [*best, *left]

    def like(self, text: str, most: int) -> list[int]:
        """Numbers of the texts that are most like another, of those that share a word with it."""
        return _best(self._scores(_words([text])[0]), most)

    def near(self, number: int, most: int) -> list[int]:
        """Numbers of the texts most like the one with this number, of those that share a word."""
        scores = self._scores(self._words[number])
        scores[number] = 0
        return _best(scores, most)


def _best(scores: Any, most: int) -> list[int]:
    """Where the highest scores stand that are above 0, the highest first. No more are sorted."""
    found = (scores > 0).nonzero()[0]
    if 0 < most < len(found):
        least = heavy("numpy").partition(scores[found], -most)[-most]
        found = found[scores[found] >= least]
    order = (-scores[found]).argsort(kind="stable")[:most]
    return [int(number) for number in found[order]]


def _words(texts: Sequence[str]) -> list[list[str]]:
    if not texts:
        return []
    words: list[list[str]] = heavy("bm25s").tokenize(
        list(texts),
        stopwords=None,
        token_pattern=r"(?u)\b\w+\b",
        return_ids=False,
        show_progress=False,
    )
    return words
