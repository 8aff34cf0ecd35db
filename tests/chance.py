"""Whether a count is off by chance, or by a mistake."""

from __future__ import annotations

from math import log, sqrt

# A right implementation is refused with this probability at most, over all tests of one kind.
CHANCE = 1e-6


def further_than_chance(count: float, mean: float, variance: float, *, of: int) -> bool:
    """Whether a sum of independent indicators is further from its mean than chance leaves it.

    Bernstein's inequality: it is further than t with a probability of at most
    2 exp(-t² / (2 (variance + t/3))). `of`: how many counts are held to it.
    """
    bits = log(2 * of / CHANCE)
    return abs(count - mean) > bits / 3 + sqrt(bits**2 / 9 + 2 * bits * variance)
