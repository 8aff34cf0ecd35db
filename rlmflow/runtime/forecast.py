"""What a run will use: clean, if each call succeeds first time, and at most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

from rlmflow.graph.model import Limits
from rlmflow.models._protocol import Rate
from rlmflow.operators._most import Count
from rlmflow.runtime.limits import NOTHING, Cost
from rlmflow.runtime.planning.amount import Amount
from rlmflow.source import Span

MAIN = ""


@dataclass(frozen=True)
class Chosen:
    """What was decided for a step that asks: items to a call, the output cap, the role.

    `items` and `most_items`: of a call on average, and of the largest. `output`: in tokens.
    """

    role: str = ""
    items: float = 0
    most_items: int = 0
    output: int = 0
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class StepForecast:
    """One step that asks a model.

    `strategy`: whose it is, empty for the main one. `clean`: if each call succeeds first
    time and replies are typical. `calls`: the least and the most that there are of those
    whatever is replied; equal where it is certain. `ceiling`: with all repeats, at worst;
    `open`: why that has no bound. `largest`: what one call may take. `depth`: how many of
    its calls follow one another; `wave`: before it, so many waves of steps less one.
    """

    model: str
    clean: Cost
    ceiling: Amount
    rate: Rate | None = None
    operator: str = ""
    strategy: str = MAIN
    calls: tuple[Count, Count] = (0, 0)
    priced: bool = True
    open: str | None = None
    largest: Amount = field(default_factory=Amount)
    depth: int = 1
    wave: int = 1
    chosen: Chosen = field(default_factory=Chosen)

    @property
    def exact(self) -> bool:
        return self.calls[0] == self.calls[1] == self.clean.calls


@dataclass(frozen=True)
class TooLong:
    """A step, at `span`, whose largest call of so many tokens passes its model's window."""

    step: str
    span: Span
    tokens: int
    model: str
    window: int


N = TypeVar("N", int, Decimal)


def _if_passed(limit: N | None, needed: N) -> N | None:
    return limit if limit is not None and needed > limit else None


@dataclass(frozen=True)
class Forecast:
    """`steps`: those that ask, by name. `ceiling`: of all, within the limits.

    `limits`: what all steps together will not exceed. `width`: the most calls at a time.
    `chain`: steps that follow one another, the longest such by calls. `too_long`: steps
    that are sure to ask what their model can't take. `recalled`: how many replies are there
    already. `why`: by step, what has changed since they were written, and in how many questions.
    `rewritten`: what the compiler made other than it is written, a sentence each.
    """

    steps: Mapping[str, StepForecast]
    ceiling: Amount
    limits: Limits = field(default_factory=Limits)
    width: int = 1
    chain: Sequence[str] = ()
    too_long: Sequence[TooLong] = ()
    recalled: int = 0
    why: Mapping[str, Counter[tuple[str, ...]]] = field(default_factory=dict)
    rewritten: Sequence[str] = ()

    @property
    def exact(self) -> bool:
        """Whether no number of calls depends on what a model will say."""
        return all(step.exact for step in self.steps.values())

    @property
    def priced(self) -> bool:
        """Whether the price of every model that is asked is known."""
        return all(step.priced for step in self.steps.values())

    @property
    def clean(self) -> Cost:
        return sum((step.clean for step in self.steps.values()), NOTHING)

    @property
    def too_small(self) -> Limits:
        """Those of the limits that a run can't keep to and be whole, even if all goes well."""
        limits, clean = self.limits, self.clean
        return Limits(
            calls=_if_passed(limits.calls, clean.calls),
            tokens=_if_passed(limits.tokens, clean.tokens),
            usd=_if_passed(limits.usd, clean.usd),
        )

    @property
    def path(self) -> int:
        """How many calls must follow one another, at the least."""
        return sum(self.steps[name].depth for name in self.chain)

    @property
    def rounds(self) -> int:
        """Rounds of calls at the width that was chosen, at the least."""
        return max(self.path, -(-self.clean.calls // max(1, self.width)))

    @property
    def seconds(self) -> float | None:
        """How long the calls take if each succeeds; None if a model's speed is not known."""
        total = 0.0
        for step in self.steps.values():
            if step.rate is None:
                return None
            total += step.clean.tokens_in / step.rate.tokens_in
            total += step.clean.tokens_out / step.rate.tokens_out
        return total
