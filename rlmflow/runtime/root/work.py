"""What one root works on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from rlmflow.runtime.calling import Caller
from rlmflow.runtime.root.accepting import Verdict, no_verdict
from rlmflow.runtime.root.crossing import Crossing
from rlmflow.runtime.root.loop import Mind
from rlmflow.runtime.stepwise import Stepwise
from rlmflow.types import Type


@dataclass(frozen=True)
class Work:
    """What one root works on. `step` names it in events.

    `mind`: who replies; None for a model, by way of `caller`, or where that is None too
    the one that is bound to the root's level. `names`: variables in its REPL.
    `suggest`: what code might come next, for a root that does not know how to go on.
    `most_tokens`: the most that a reply of it may hold, None for the usual. `lasting`: the
    `system` without what is left of budgets, empty if there is none.
    """

    step: str
    system: str
    returns: Type
    documents: Sequence[tuple[str, str]]
    turns: int
    crossing: Crossing
    names: Mapping[str, object] = field(default_factory=dict)
    stepwise: Stepwise | None = None
    mind: Mind | None = None
    caller: Caller | None = None
    verdict: Verdict = no_verdict
    suggest: Callable[[], str] | None = None
    most_tokens: int | None = None
    lasting: str = ""
