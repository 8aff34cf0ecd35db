"""What steps can come to at most, one by one and all together."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf

from rlmflow.models._protocol import Model
from rlmflow.operators._most import EMPTY, Count, times
from rlmflow.runtime.planning.amount import Amount, priced
from rlmflow.runtime.planning.sizes import Known

Key = tuple[str, str]
"""A strategy and a step in it."""


@dataclass(frozen=True)
class Line:
    """One step at most: calls if each succeeds, and all that it can take.

    `exact`: whether there are just so many calls, whatever is replied. `open`: why there
    is no bound, in words. `certain`: whether no reply has a part in what is asked.
    """

    calls: Count = 0
    most: Amount = field(default_factory=Amount)
    exact: bool = True
    open: str | None = None
    largest: Amount = field(default_factory=Amount)
    certain: bool = False

    def beside(self, other: Line) -> Line:
        return Line(
            self.calls + other.calls,
            self.most + other.most,
            self.exact and other.exact,
            self.open or other.open,
            self.largest.or_more(other.largest),
            self.certain and other.certain,
        )

    def repeated(self, often: Count, *, exact: bool) -> Line:
        return Line(
            times(self.calls, often),
            self.most.repeated(often),
            self.exact and exact,
            self.open,
            self.largest,
            self.certain and exact,
        )

    def instead(self, other: Line) -> Line:
        """One of the two."""
        exact = self.exact and other.exact and self.calls == other.calls
        calls = max(self.calls, other.calls)
        return Line(
            calls,
            self.most.or_more(other.most),
            exact,
            self.open or other.open,
            self.largest.or_more(other.largest),
        )


@dataclass
class Reached:
    """What a graph makes at most, by step and in all."""

    result: Known = field(default_factory=lambda: Known(EMPTY))
    lines: dict[Key, Line] = field(default_factory=dict)
    total: Amount = field(default_factory=Amount)
    largest: Amount = field(default_factory=Amount)

    def add(self, key: Key, line: Line) -> None:
        self.lines[key] = self.lines[key].beside(line) if key in self.lines else line
        self.total += line.most
        self.largest = self.largest.or_more(line.largest)

    def take_in(self, inner: Reached, often: Count = 1, *, exact: bool = True) -> None:
        for key, line in inner.lines.items():
            repeated = line.repeated(often, exact=exact)
            self.lines[key] = self.lines[key].beside(repeated) if key in self.lines else repeated
        self.total += inner.total.repeated(often)
        self.largest = self.largest.or_more(inner.largest)


def endless(model: Model | None, why: str) -> Line:
    """A step without a bound, and why."""
    price = model.price if model else None
    endless = priced(price, inf, inf, inf)
    return Line(inf, endless, False, why, endless)
