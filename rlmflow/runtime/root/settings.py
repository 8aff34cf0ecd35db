"""How roots work, as whoever starts a run sets it."""

from __future__ import annotations

from dataclasses import dataclass, field

from rlmflow.graph.model import Limits
from rlmflow.runtime.repl.isolation.kinds import Isolation
from rlmflow.runtime.repl.session import ReplLimits
from rlmflow.targets.prompt import Terms


@dataclass(frozen=True)
class RootSettings:
    """How roots work: turns, levels of roots below the first, how their code is shut in.

    `patience`: seconds after which a call to a sub-model is given up.
    """

    isolation: Isolation
    turns: int = 30
    depth: int = 1
    hints: bool = True
    limits: ReplLimits = field(default_factory=ReplLimits)
    patience: float = 600.0

    def terms(self, *, level: int, turns: int, window: int | None, limits: Limits) -> Terms:
        """What a root at this level is told of it all."""
        return Terms(
            turns=turns,
            depth=max(self.depth - level, 0),
            seconds=self.limits.seconds,
            output=self.limits.output,
            window=window,
            limits=limits,
            hints=self.hints,
        )
