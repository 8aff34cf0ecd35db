"""What a strategy of the library is measured on: made inputs whose right answer is known.

`tasks/NAME.py` has the `TASK` of `stdlib/NAME.rlm`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from rlmflow.models._protocol import Request
from rlmflow.models.scripted import Script
from rlmflow.operators._frame import Question, read_beside
from rlmflow.runtime.outcome import Outcome
from rlmflow.testing import run_text

HERE = Path(__file__).parent
STDLIB = HERE.parent.parent / "stdlib"
FILES = sorted(STDLIB.glob("*.rlm"))


@dataclass(frozen=True)
class Given:
    """An input: texts by name, the values of other parameters, a reader, the right answer.

    `inputs`: the texts of other corpora, by their parameters.

    `reader` answers each request from what stands in it; it is told nothing else.
    """

    texts: Mapping[str, str]
    reader: Script
    gold: Any
    values: Mapping[str, object] = field(default_factory=dict)
    inputs: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def is_gold(answer: Any, gold: Any) -> float:
    """1 for the right answer, 0 for any other."""
    return float(answer == gold)


@dataclass(frozen=True)
class Task:
    """`made`: an input of about so many records or parts, by a seed.

    `score`: from an answer and the right one, a number from 0 to 1. `cited`: whether the
    answer is taken with the places of its quotes. `sizes`: how large
    inputs are in the quick tests; `large`: in the long ones. `seeds`: of inputs among which
    each step that asks a model is needed for some. `width`: how many calls are under way
    at once.
    """

    made: Callable[[int, int], Given]
    score: Callable[[Any, Any], float] = is_gold
    sizes: tuple[int, ...] = (1, 12, 300)
    large: int | None = None
    seeds: tuple[int, ...] = (5,)
    width: int = 8
    cited: bool = False

    def outcome(self, text: str, given: Given) -> Outcome:
        return run_text(
            text,
            given.texts,
            given.reader,
            values=given.values,
            inputs=given.inputs,
            width=self.width,
        )

    def scored(self, text: str, given: Given) -> float:
        """The score of what a strategy's text answers; 0 where it answers nothing."""
        return self.score_of(self.outcome(text, given), given)

    def score_of(self, outcome: Outcome, given: Given) -> float:
        answer = outcome.answer
        return self.score(answer.cited if self.cited else answer.value, given.gold) if answer else 0


def task_of(file: Path) -> Task:
    """The task of a strategy file of the library."""
    found: Task = import_module(f"stdlib.tasks.{file.stem}").TASK
    return found


def beside(request: Request) -> Mapping[str, str]:
    """What a request shows beside its items, by its id, such as `source`."""
    system, user = request.messages[0], request.messages[1]
    return read_beside(Question(system.content, user.content))
