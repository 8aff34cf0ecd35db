"""What a task is: texts made from a seed, questions on them, and the answers that follow.

What is right follows from how the texts were made, never from reading them. What a reader
could know of a text is in the task's `Knowledge`, which is given the text alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeAlias

Said: TypeAlias = Callable[[Any, float], object]
"""What an answer says in reply to the question, where a share of the records was given."""


def as_it_is(answer: object, _share: float) -> object:
    """The answer is the reply."""
    return answer


@dataclass(frozen=True)
class Use:
    """How a strategy is put to a case: the values of its parameters, and what it says then."""

    values: Mapping[str, object]
    said: Said = as_it_is


@dataclass(frozen=True)
class Case:
    """A question on documents (texts by name), and the right answer.

    question: in words, with the form of the answer. form: which form of question it is.
    also: other answers that are as right, where things are equal. uses: how strategies of
    the library are put to it. offers: what any other is given of it, by the names of its
    parameters, beside the question; `said` reads what it answers.
    """

    docs: Mapping[str, str]
    question: str
    gold: Any
    form: str = ""
    also: Sequence[Any] = ()
    uses: Mapping[str, Use] = field(default_factory=dict)
    offers: Mapping[str, object] = field(default_factory=dict)
    said: Said = as_it_is

    def use(self, strategy: str, parameters: Collection[str]) -> Use:
        """How a strategy with these parameters is put to it."""
        if strategy in self.uses:
            return self.uses[strategy]
        offered = {"question": self.question, **self.offers}
        values = {name: value for name, value in offered.items() if name in parameters}
        return Use(values, self.said)


@dataclass(frozen=True)
class Fact:
    """One thing that a text says: its words as they stand, and what they say, by name.

    at: where it begins in the text; of something that is known to be from a file, a reader
    knows its `place` by that.
    """

    text: str
    says: Mapping[str, Any] = field(default_factory=dict)
    at: int = 0


class Knowledge(Protocol):
    """What a reader of a task's texts knows: it is told no more than what it is shown."""

    def facts(self, text: str) -> Sequence[Fact]:
        """All that a text says, in its order."""
        ...

    def bears(self, instruction: str, fact: Fact) -> bool:
        """Whether a fact bears on what an instruction asks."""
        ...

    def notes(self, instruction: str, facts: Sequence[Fact]) -> str:
        """Notes on what bears on the question: whoever reads them finds the facts again."""
        ...

    def answer(self, instruction: str, facts: Sequence[Fact]) -> str:
        """The reply to the question of an instruction, in words, from these facts alone."""
        ...

    def same(self, fact: Fact) -> Hashable:
        """What is equal for facts that are the same thing."""
        ...

    def look_up(self, instruction: str, facts: Sequence[Fact]) -> str | None:
        """A pattern to search for next, once these facts were found; None if that is all."""
        ...


class Plain:
    """Knowledge in which every fact bears on every question, and notes are its words."""

    def facts(self, text: str) -> Sequence[Fact]:
        return [Fact(line) for line in text.splitlines() if line.strip()]

    def bears(self, instruction: str, fact: Fact) -> bool:  # noqa: ARG002  the form
        return True

    def notes(self, instruction: str, facts: Sequence[Fact]) -> str:
        return "\n".join(f.text for f in facts if self.bears(instruction, f)) or "Nothing."

    def answer(self, instruction: str, facts: Sequence[Fact]) -> str:
        return self.notes(instruction, facts)

    def same(self, fact: Fact) -> Hashable:
        return fact.text

    def look_up(self, instruction: str, facts: Sequence[Fact]) -> str | None:  # noqa: ARG002  the form
        return None


class Task(Protocol):
    """A family of cases. `sizes`: how many records they have unless someone says."""

    @property
    def name(self) -> str: ...

    @property
    def about(self) -> str:
        """What is asked, in one line."""
        ...

    @property
    def strategy(self) -> str:
        """The strategy of the library that is meant for it."""
        ...

    @property
    def sizes(self) -> Sequence[int]: ...

    @property
    def knowledge(self) -> Knowledge: ...

    def cases(self, size: int, seed: int) -> Sequence[Case]:
        """Questions on one text of that size; the same for the same seed, anywhere."""
        ...

    def score(self, case: Case, answer: object) -> float:
        """How right an answer is, from 0 to 1. Whatever can't be read as one is 0."""
        ...


def scored(task: Task, case: Case, answer: object) -> float:
    """How right an answer is, by the right answer that it is nearest to."""
    return max(task.score(replace(case, gold=gold), answer) for gold in (case.gold, *case.also))
