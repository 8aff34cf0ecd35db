"""What is compared: strategies, by the names that a command line gives them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random

from rlmflow.api import Strategy, load
from rlmflow.bench.task import Task
from rlmflow.runtime.job import roles
from rlmflow.runtime.root.usage import ROOT

READER, SEARCH, GUIDED, FREE = "5%-reader", "search-only", "guided", "free"
BESIDE = (READER, SEARCH)
"""What always stands beside: much can be had right by reading a random twentieth, or by search."""
SHARE = 0.05
_OWN = {"stuff": "stuff", "summarise": "summarise", FREE: "free", SEARCH: "search_only"}
_FEW = 20


@dataclass(frozen=True)
class Approach:
    """A strategy and how it is run.

    named: the strategy whose parameters a case knows. share: of the records that it is
    given. mode: `plan`; or `guided` or `free`, which a root carries out.
    """

    name: str
    named: str
    strategy: Strategy
    share: float = 1.0
    mode: str = "plan"

    @property
    def wants_root(self) -> bool:
        """Whether a root works in it: one that carries it out, or one that a step asks."""
        return self.mode != "plan" or ROOT in roles(self.strategy.program)


def approach(name: str, task: Task) -> Approach:
    """The approach of that name for a task. Raises `StrategyError` where there is none."""
    if name in _OWN:
        file = Path(__file__).parent / "approaches" / f"{_OWN[name]}.rlm"
        return Approach(name, name, load(file), mode=FREE if name == FREE else "plan")
    own = name in (READER, GUIDED)
    named = task.strategy if own else name
    strategy = load(named)
    if name == READER:
        return Approach(name, named, strategy, share=SHARE)
    return Approach(name, named, strategy, mode=GUIDED if name == GUIDED else "plan")


def approach_names(task: Task, rooted: bool) -> list[str]:
    """What is compared where nobody says: the library's strategy, and what one does without."""
    own = [task.strategy, "stuff", "summarise"]
    return [*own, GUIDED, FREE] if rooted else own


def thinned(docs: Mapping[str, str], share: float, seed: int) -> dict[str, str]:
    """A random share of the records, in their order: of many documents, else of their lines."""
    if share >= 1:
        return dict(docs)
    chance = Random(f"{seed} {share}")
    if len(docs) >= _FEW:
        kept = set(chance.sample(sorted(docs), max(1, round(share * len(docs)))))
        return {name: text for name, text in docs.items() if name in kept}
    return {name: _lines(text, share, chance) for name, text in docs.items()}


def _lines(text: str, share: float, chance: Random) -> str:
    lines = text.splitlines(keepends=True)
    if not lines:
        return text
    kept = sorted(chance.sample(range(len(lines)), max(1, round(share * len(lines)))))
    return "".join(lines[number] for number in kept)
