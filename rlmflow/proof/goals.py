"""Goals that rest on other goals, each decided once, to any depth."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Generic, TypeAlias, TypeVar

Goal = TypeVar("Goal")
Verdict = TypeVar("Verdict")

Work: TypeAlias = Generator[Goal, Verdict, Verdict]
"""A rule at work: it yields the goals that it needs, and is sent what became of each."""


class Goals(Generic[Goal, Verdict]):
    """Decides goals by a rule. No goal may come to rest on itself.

    A chain of a thousand steps needs a thousand goals; they wait on a list and not on
    Python's stack.
    """

    def __init__(self, rule: Callable[[Goal], Work[Goal, Verdict]]) -> None:
        self._rule = rule
        self._decided: dict[Goal, Verdict] = {}

    def __call__(self, goal: Goal) -> Verdict:
        waiting = [] if goal in self._decided else [(goal, self._rule(goal))]
        sent: Verdict | None = None
        while waiting:
            current, work = waiting[-1]
            try:
                needed = next(work) if sent is None else work.send(sent)
            except StopIteration as done:
                waiting.pop()
                self._decided[current] = sent = done.value
                continue
            sent = self._decided.get(needed)
            if sent is None:
                waiting.append((needed, self._rule(needed)))
        return self._decided[goal]
