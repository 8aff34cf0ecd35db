"""The ways through the `match`es of a strategy: one arm for each, where equal values agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias, TypeVar

from rlmflow.syntax import ast

Pattern: TypeAlias = str | int | Decimal | bool | None
T = TypeVar("T")

MOST_WAYS = 128
"""More ways than these are not tried: what they would prove counts as not proved."""


_MOST_TRIED = 8
"""How many unfinished ways, and such that no value takes, may be tried for each of these."""


class TooManyWays(Exception):
    """A strategy has more than `MOST_WAYS` ways through its `match`es."""


@dataclass(frozen=True)
class Case:
    """What a matched value is: `pattern`, or, where `other`, none of `patterns`."""

    patterns: tuple[Pattern, ...]
    other: bool = False

    def __str__(self) -> str:
        listed = " or ".join(map(_written, self.patterns))
        return f"none of {listed.replace(' or ', ', ')}" if self.other else listed


def _written(pattern: Pattern) -> str:
    if pattern is None or isinstance(pattern, bool):
        return {None: "none", True: "true", False: "false"}[pattern]
    return f'"{pattern}"' if isinstance(pattern, str) else str(pattern)


Way: TypeAlias = Mapping[ast.Expression, Case]
"""For each matched value what it is."""


class Undecided(Exception):
    """A way does not say what a matched value is; `cases` are the possible ones."""

    def __init__(self, value: ast.Expression, cases: Sequence[Case]) -> None:
        super().__init__(value)
        self.value = value
        self.cases = cases


class NoArm(Exception):
    """A way on which a `match` has no arm, so that nothing runs on it."""


def arm_of(
    value: ast.Expression, patterns: Sequence[Pattern], has_else: bool, way: Way
) -> int | None:
    """The number of the arm that a way takes, None for `else`.

    `value`: what is matched, equal for equal values. Raises `Undecided` and `NoArm`.
    """
    keys = [_key(pattern) for pattern in patterns]
    case = way.get(value)
    tried = {_key(p) for p in case.patterns} if case is not None else set()
    new = [p for p, key in zip(patterns, keys, strict=True) if key not in tried]
    if case is None or (case.other and new):
        known = case.patterns if case is not None else ()
        raise Undecided(value, [*(Case((p,)) for p in new), Case((*known, *new), other=True)])
    if not case.other and _key(case.patterns[0]) in keys:
        return keys.index(_key(case.patterns[0]))
    if not has_else:
        raise NoArm
    return None


def _key(pattern: Pattern) -> tuple[bool, Pattern]:
    """Equal for equal patterns alone: 1 and true are not."""
    return isinstance(pattern, bool), pattern


def on_each_way(make: Callable[[Way], T]) -> Iterator[T]:
    """What `make` gives for every way, where it raises `Undecided` until a way says enough.

    Raises `TooManyWays`.
    """
    waiting: list[Way] = [{}]
    count = tried = 0
    while waiting:
        if count > MOST_WAYS or tried > _MOST_TRIED * MOST_WAYS:
            raise TooManyWays
        way = waiting.pop()
        tried += 1
        try:
            made = make(way)
        except Undecided as open_:
            waiting += [{**way, open_.value: case} for case in reversed(open_.cases)]
            continue
        except NoArm:
            continue
        count += 1
        yield made
