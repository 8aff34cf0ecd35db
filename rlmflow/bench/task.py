"""What a task is: texts made from a seed, questions on them, and the answers that follow.

What is right follows from how the texts were made, never from reading them. What a reader
could know of a text is in the task's `Knowledge`, which is given the text alone.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class Use:
    """How a strategy is put to a case.

    values: its parameters. said: what its answer says in reply to the question, where only
    a share of the records was given; by default the answer is that reply.
    """

    values: Mapping[str, object]
    said: Callable[[Any, float], object] = lambda answer, share: answer  # noqa: ARG005  the form


@dataclass(frozen=True)
class Case:
    """A question on documents (texts by name), and the right answer.

    question: in words, with the form of the answer. form: which form of question it is.
    uses: how strategies with parameters of their own are put to it; any other is given
    the question.
    """

    docs: Mapping[str, str]
    question: str
    gold: Any
    form: str = ""
    uses: Mapping[str, Use] = field(default_factory=dict)

    def use(self, strategy: str) -> Use:
        return self.uses.get(strategy, Use({"question": self.question}))


@dataclass(frozen=True)
class Fact:
    """One thing that a text says: its words as they stand, and what they say, by name."""

    text: str
    says: Mapping[str, Any] = field(default_factory=dict)


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
