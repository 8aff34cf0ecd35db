"""Which texts are alike by their words: BM25, by the library `bm25s`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rlmflow._lazy import heavy

# A word that more texts have than these tells few of them apart. Field names stand in all
# texts made from records: to count such words takes most of the time, and changes little.
_FEW = 1_000
_SHARE = 0.5

# To look for the highest score so often takes less time than to sort all of them.
_ONE_BY_ONE = 64


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

    def near(self, number: int, most: int) -> list[int]:
        """Numbers of the texts most like the one with this number, of those that share a word.

        Words that more than 1,000 texts and half of all have are not counted, unless it has
        no rarer one in common with any.
        """
        scores = self._scores(self._telling(self._words[number], 2))
        scores[number] = 0
        return _best(scores, most)

    def near_other(self, other: WordIndex, number: int, most: int) -> list[int]:
        """Numbers of the texts that are most like one of another index, as `near` finds them."""
        return _best(self._scores(self._telling(other._words[number], 1)), most)

    def _telling(self, words: Sequence[str], least: int) -> list[str]:
        """The words that tell texts apart, as often as they stand there.

        `least`: in how many texts a word is at least that has one in common with others.
        """
        counts = {word: self._texts_with(word) for word in set(words)}
        shared = {word: count for word, count in counts.items() if count >= least}
        enough = max(_FEW, _SHARE * len(self._words), min(shared.values(), default=0))
        return [word for word in words if shared.get(word, enough + 1) <= enough]

    def _texts_with(self, word: str) -> int:
        number = self._index.vocab_dict.get(word) if self._index else None
        if number is None:
            return 0
        start, end = self._index.scores["indptr"][number : number + 2]
        return int(end - start)


def _best(scores: Any, most: int) -> list[int]:
    """Where the highest scores stand that are above 0, the highest first; the first of equals."""
    if most > _ONE_BY_ONE:
        return [int(number) for number in (-scores).argsort(kind="stable")[:most] if scores[number]]
    left, found = scores.copy(), list[int]()
    while len(found) < most and left.any():
        found.append(int(left.argmax()))
        left[found[-1]] = 0
    return found


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
