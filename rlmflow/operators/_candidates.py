"""Which items a model compares: pairs are found in code, and brought together in blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import ceil, inf

from rlmflow.operators._similarity import WordIndex


@dataclass(frozen=True)
class Candidates:
    """`blocks` of item numbers: all items of a block are compared, in one call.

    `never_compared`: how many pairs of items meet in no block.
    """

    blocks: list[list[int]]
    never_compared: int


def all_pairs(count: int, most: int) -> Candidates:
    """Every item meets every other, `most` to a block."""
    return Candidates(_meeting(range(count), most), 0)


def same_key(keys: Sequence[object], most: int) -> Candidates:
    """Items with equal keys meet. Keys may be unhashable, so they are compared as written."""
    members: dict[str, list[int]] = {}
    for number, key in enumerate(keys):
        members.setdefault(repr(key), []).append(number)
    blocks = [block for numbers in members.values() for block in _meeting(numbers, most)]
    compared = sum(_pairs(len(numbers)) for numbers in members.values())
    return Candidates(blocks, _pairs(len(keys)) - compared)


def similar(texts: Sequence[str], near: int, most: int) -> Candidates:
    """Each text meets the `near` others that are most like it in words."""
    index = WordIndex(texts)
    waiting: dict[int, set[int]] = {number: set() for number in range(len(texts))}
    for number in waiting:
        for other in index.near(number, near):
            waiting[number].add(other)
            waiting[other].add(number)
    met: set[tuple[int, int]] = set()
    blocks = []
    for number in waiting:
        while waiting[number]:
            block = _neighbourhood(number, waiting, most)
            blocks.append(block)
            for left, right in combinations(block, 2):
                waiting[left].discard(right)
                waiting[right].discard(left)
                met.add((left, right))
    return Candidates(blocks, _pairs(len(texts)) - len(met))


def joined(count: int, groups: Sequence[Sequence[int]]) -> list[list[int]]:
    """The sets that remain when the members of each group are one; by smallest member.

    Union-find with path halving.
    """
    root = list(range(count))

    def find(number: int) -> int:
        while root[number] != number:
            root[number] = root[root[number]]
            number = root[number]
        return number

    for group in groups:
        for number in group[1:]:
            first, second = sorted((find(group[0]), find(number)))
            root[second] = first
    sets: dict[int, list[int]] = {}
    for number in range(count):
        sets.setdefault(find(number), []).append(number)
    return list(sets.values())


def _neighbourhood(start: int, waiting: dict[int, set[int]], most: int) -> list[int]:
    """A block around an item: those it still has to meet, then those that they have to."""
    block = [start]
    for member in block:
        if len(block) >= most:
            break
        block += sorted(waiting[member] - set(block))
    return sorted(block[:most])


def _meeting(numbers: Sequence[int], most: int) -> list[list[int]]:
    """Blocks of at most `most` in which every two of the numbers meet."""
    if len(numbers) < 2:
        return []
    if len(numbers) <= most:
        return [list(numbers)]
    half = max(1, most // 2)
    halves = [list(numbers[at : at + half]) for at in range(0, len(numbers), half)]
    return [left + right for left, right in combinations(halves, 2)]


def blocks_at_most(count: float, most: float) -> float:
    """How many blocks `all_pairs` makes of so many items; infinite for infinitely many."""
    if count < 2:
        return 0
    if count <= most:
        return 1
    if count == inf:
        return inf
    halves = ceil(count / max(1, int(most) // 2))
    return halves * (halves - 1) / 2


def _pairs(count: int) -> int:
    return count * (count - 1) // 2
