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
        return [int(number) for number in (-scores).argsort(kind="stable")[:most]]

    def like(self, text: str, most: int) -> list[int]:
        """Numbers of the texts that are most like another, of those that share a word with it."""
        scores = self._scores(_words([text])[0])
        best = (-scores).argsort(kind="stable")[:most]
        return [int(number) for number in best if scores[number] > 0]

    def near(self, number: int, most: int) -> list[int]:
        """Numbers of the texts most like the one with this number, of those that share a word."""
        scores = self._scores(self._words[number])
        scores[number] = 0
        best = (-scores).argsort(kind="stable")[:most]
        return [int(other) for other in best if scores[other] > 0]


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
