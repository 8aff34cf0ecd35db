"""The items that were chosen, and the others."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rlmflow.operators._step import Result
from rlmflow.values import Item, Stream


def parted(items: Sequence[Item], chosen: Collection[int]) -> Result:
    """The items at the chosen positions, and in `.dropped` the others, both in their order."""
    halves: tuple[list[Item], list[Item]] = ([], [])
    for position, item in enumerate(items):
        halves[position not in chosen].append(item)
    return Result(Stream.of(halves[0]), {"dropped": Stream.of(halves[1])})
