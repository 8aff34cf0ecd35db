"""How right an answer is: equal, near, in part; and how sure a mean of scores is."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Hashable, Sequence
from math import sqrt
from statistics import NormalDist
from typing import Any

from rlmflow._lazy import heavy

_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")
_NEAR = 0.75


def plain(text: object) -> str:
    """Words as they are compared: without case, marks around them, and a final stop."""
    last = str(text).strip().splitlines()[-1] if str(text).strip() else ""
    after = last.rpartition("nswer:")[2] if "nswer:" in last else last
    return " ".join(after.strip(" \t\"'`*.[](){}").casefold().split())


def equal(answer: object, gold: object) -> float:
    """1 where an answer is the right one, its case and marks aside."""
    return float(plain(answer) == plain(gold))


def number_in(answer: object) -> float | None:
    """The last number of an answer."""
    if isinstance(answer, int | float):
        return float(answer)
    found = _NUMBER.findall(str(answer))
    return float(found[-1].replace(",", "")) if found else None


def exact_number(answer: object, gold: float) -> float:
    """1 where an answer's number is the right one."""
    return float(number_in(answer) == gold)


def near_number(answer: object, gold: float) -> float:
    """`0.75 ^ |answer - gold|`, as Oolong scores counts."""
    said = number_in(answer)
    return 0.0 if said is None else float(_NEAR ** min(abs(said - gold), 1e4))


def f1(found: Collection[Hashable], gold: Collection[Hashable]) -> float:
    """The harmonic mean of precision and recall; 1 where nothing is right and nothing said."""
    said, right = set(found), set(gold)
    if not said and not right:
        return 1.0
    return 2 * len(said & right) / (len(said) + len(right))


def closeness(answer: str, gold: str) -> float:
    """1 less the edit distance as a share of the longer text's characters."""
    distance = heavy("rapidfuzz.distance", extra="bench").Levenshtein
    return float(distance.normalized_similarity(answer, gold))


def listed(answer: object) -> list[Any]:
    """The items of an answer that is a list, or a text with JSON or one item a line."""
    if isinstance(answer, list | tuple | set):
        return list(answer)
    text = str(answer).strip()
    try:
        value = json.loads(text[text.index("[") : text.rindex("]") + 1])
    except ValueError:
        return [line.strip(" -*\t,;") for line in text.splitlines() if line.strip(" -*\t")]
    return value if isinstance(value, list) else [value]


def interval(scores: Sequence[float], level: float = 0.95) -> tuple[float, float]:
    """Wilson's interval for the mean of scores from 0 to 1.

    For scores between 0 and 1 it is too wide, never too narrow: no distribution on them
    with that mean varies more than one of zeros and ones.
    """
    count = len(scores)
    if not count:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(0.5 + level / 2)
    mean = sum(scores) / count
    middle = (mean + z**2 / (2 * count)) / (1 + z**2 / count)
    reach = z * sqrt(mean * (1 - mean) / count + z**2 / (4 * count**2)) / (1 + z**2 / count)
    return max(0.0, middle - reach), min(1.0, middle + reach)
