"""How a modelled reader errs: what it overlooks, and which label it takes for which.

Every draw is decided by a digest of a seed and of what is read, so that the same message
is always misread in the same way, and nothing else is.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import accumulate

Matrix = Mapping[str, Mapping[str, float]]
"""For each true label the probability of each label that is said; a row sums up to one."""

_STEEPNESS = 4


def drawn(*said: object) -> float:
    """A number from 0 to below 1 that what is said decides."""
    text = "\x1f".join(map(str, said)).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big") / 2**64


def said_for(row: Mapping[str, float], draw: float) -> str:
    """The label of a distribution that a number from 0 to below 1 falls on."""
    ends = list(accumulate(row.values()))
    return list(row)[min(bisect_right(ends, draw * ends[-1]), len(row) - 1)]


def uniform_errors(labels: Sequence[str], rate: float) -> Matrix:
    """Each label is taken for any of the others at this rate in all."""
    others = max(1, len(labels) - 1)
    return {
        true: {said: 1 - rate if said == true else rate / others for said in labels}
        for true in labels
    }


@dataclass(frozen=True)
class Noise:
    """The errors of a reader.

    half: the tokens of a prompt at which it notices half of what stands in it, None for one
    that notices all. rate: how often it takes a label for another, each other one alike;
    `matrix` in place of it where labels differ in that.
    """

    half: float | None = None
    rate: float = 0.0
    matrix: Matrix | None = None
    seed: int = 0

    def recall(self, tokens: int) -> float:
        """The share of what stands in a prompt that is noticed: `1 / (1 + (tokens/half)⁴)`.

        The form of the law is a choice: near one for short prompts, a half at `half`, and
        soon nothing beyond. It is no measurement of any model.
        """
        if self.half is None:
            return 1.0
        return float(1 / (1 + (tokens / self.half) ** _STEEPNESS))

    def notices(self, tokens: int, *which: object) -> bool:
        """Whether one thing in a prompt of so many tokens is noticed."""
        return self.half is None or drawn(self.seed, "notice", *which) < self.recall(tokens)

    def row(self, true: str, labels: Sequence[str]) -> Mapping[str, float]:
        """How a label is taken where these may be said."""
        if self.matrix is not None and true in self.matrix:
            return self.matrix[true]
        return uniform_errors(labels, self.rate).get(true, dict.fromkeys(labels, 1 / len(labels)))

    def label(self, true: str, labels: Sequence[str], *which: object) -> str:
        """The label that is said for one whose true label is this."""
        if self.matrix is None and not self.rate and true in labels:
            return true
        return said_for(self.row(true, labels), drawn(self.seed, "label", *which))


EXACT = Noise()
