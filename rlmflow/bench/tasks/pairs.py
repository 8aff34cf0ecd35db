"""Pairs of users by what each of them asked: the twenty forms of OOLONG-Pairs.

The forms are those of the paper on recursive language models (arXiv:2512.24601): ten ask
the same of both users, ten one thing of one user and another of the other.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from random import Random
from typing import NamedTuple

from rlmflow.bench.labelled import PATTERN, QUESTIONS, Row
from rlmflow.bench.scores import f1, listed
from rlmflow.bench.task import Case, Fact, Use
from rlmflow.bench.tasks.aggregate import Reading

_NO_BOUND = 1 << 30
_EVERY = {
    "after": lambda day, bound: day > bound,
    "before": lambda day, bound: day < bound,
}


class Times(NamedTuple):
    """How many lines of a label a user has: from `least` to `most`."""

    label: str
    least: int = 1
    most: int = _NO_BOUND

    def words(self) -> str:
        if self.least == self.most:
            return f"exactly {self.least} of the kind `{self.label}`"
        return f"at least {self.least} of the kind `{self.label}`"

    def holds(self, days: Mapping[str, Sequence[str]]) -> bool:
        return self.least <= len(days.get(self.label, ())) <= self.most


@dataclass(frozen=True)
class Both:
    """Both users have a line of either label; all lines of `dated` are after or before a day."""

    either: tuple[str, str]
    dated: str = ""
    when: str = ""
    day: str = ""

    def words(self) -> str:
        first, second = self.either
        asked = f"both users have at least one line of the kind `{first}` or `{second}`"
        if not self.dated:
            return asked
        return (
            f"{asked}, and all lines of the kind `{self.dated}` of both are {self.when} {self.day}"
        )

    def values(self) -> dict[str, object]:
        """The same for the library's strategy."""
        values: dict[str, object] = {"any_of": list(self.either)}
        if self.dated:
            values["dated"] = self.dated
        if self.when == "after":
            values["since"] = (date.fromisoformat(self.day) + timedelta(1)).isoformat()
        if self.when == "before":
            values["before"] = self.day
        return values

    def holds(self, one: Mapping[str, Sequence[str]], other: Mapping[str, Sequence[str]]) -> bool:
        return self._each(one) and self._each(other)

    def _each(self, days: Mapping[str, Sequence[str]]) -> bool:
        if not any(days.get(label) for label in self.either):
            return False
        return all(_EVERY[self.when](day, self.day) for day in days.get(self.dated, ()))


@dataclass(frozen=True)
class Either:
    """One of the users has what `one` says, and the other what `other` says."""

    one: tuple[Times, ...]
    other: tuple[Times, ...]

    def words(self) -> str:
        one, other = (" and ".join(t.words() for t in some) for some in (self.one, self.other))
        return f"one user has {one}, and the other has {other}"

    def values(self) -> dict[str, object]:
        """The same for the library's strategy: each label as often as it is wanted."""
        halves = {"one": self.one, "other": self.other}
        values: dict[str, object] = {}
        for name, some in halves.items():
            exact = [t.label for t in some if t.most == t.least for _ in range(t.least)]
            values[name] = [t.label for t in some if t.most != t.least for _ in range(t.least)]
            values[f"{name}_exact"] = exact
        return values

    def holds(self, one: Mapping[str, Sequence[str]], other: Mapping[str, Sequence[str]]) -> bool:
        return (_all(self.one, one) and _all(self.other, other)) or (
            _all(self.one, other) and _all(self.other, one)
        )


def _all(some: Iterable[Times], days: Mapping[str, Sequence[str]]) -> bool:
    return all(times.holds(days) for times in some)


N, L, E, H, D, A = "number", "location", "entity", "human", "description", "abbreviation"
FORMS: tuple[Both | Either, ...] = (
    Both((N, L)),
    Both((E, H)),
    Both((D, A)),
    Both((H, L), H, "after", "2023-01-06"),
    Both((E, N), E, "before", "2023-03-15"),
    Both((L, A)),
    Both((D, N), N, "after", "2023-02-01"),
    Both((H, D)),
    Both((E, L), L, "after", "2023-04-10"),
    Both((N, A), A, "before", "2023-05-20"),
    Either((Times(E), Times(A)), (Times(E, 1, 1),)),
    Either((Times(N, 2),), (Times(L), Times(H))),
    Either((Times(D, 1, 1),), (Times(A), Times(E))),
    Either((Times(H), Times(N)), (Times(L, 2, 2),)),
    Either((Times(E), Times(L), Times(A)), (Times(N, 1, 1),)),
    Either((Times(D), Times(H)), (Times(E, 2), Times(A, 1, 1))),
    Either((Times(N, 1, 1),), (Times(L), Times(D))),
    Either((Times(A), Times(H, 1, 1)), (Times(E), Times(N))),
    Either((Times(L, 2), Times(E)), (Times(D, 1, 1), Times(A, 1, 1))),
    Either((Times(N), Times(H)), (Times(L), Times(E), Times(A, 1, 1))),
)
_ASKED = (
    "List all pairs of users, each pair once, such that {}. Give one pair a line, as (user, user)."
)
_PAIR = re.compile(r"\b(\d{5})\b\W{1,6}\b(\d{5})\b")
Pair = tuple[str, str]


def pairs_of(form: Both | Either, lines: Iterable[tuple[str, str, str]]) -> list[Pair]:
    """The pairs of users for which a form holds, from lines of user, label and day."""
    days: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for user, label, day in lines:
        days[user][label].append(day)
    return [(a, b) for a, b in combinations(sorted(days), 2) if form.holds(days[a], days[b])]


def pairs_in(answer: object) -> set[Pair]:
    """The pairs of users that an answer lists, whatever their order."""
    if isinstance(answer, str):
        found = _PAIR.findall(answer)
        return {(min(pair), max(pair)) for pair in found}
    pairs = (re.findall(r"\b\d{5}\b", str(one)) for one in listed(answer))
    return {(min(two), max(two)) for two in pairs if len(two) == 2}


class PairReading(Reading):
    """A reader of labelled lines that can tell which pairs are asked for."""

    def bears(self, instruction: str, fact: Fact) -> bool:
        form = form_in(instruction)
        return form is None or f"`{fact.says['label']}`" in form.words()

    def notes(self, instruction: str, facts: Sequence[Fact]) -> str:
        return "\n".join(f.text for f in facts if self.bears(instruction, f)) or "Nothing."

    def answer(self, instruction: str, facts: Sequence[Fact]) -> str:
        form = form_in(instruction)
        if form is None:
            return super().answer(instruction, facts)
        lines = ((f.says["user"], f.says["label"], f.says["day"]) for f in facts)
        return "\n".join(f"({a}, {b})" for a, b in pairs_of(form, lines)) or "None."


def form_in(instruction: str) -> Both | Either | None:
    """The form whose words an instruction has; of one that begins like another, the longer."""
    found = (form for form in FORMS if f"such that {form.words()}. " in instruction)
    return next(found, None)


@dataclass(frozen=True)
class Pairs:
    name: str = "pairs"
    about: str = "list pairs of users by what each asked: the twenty forms of OOLONG-Pairs"
    strategy: str = "std/pairs"
    sizes: Sequence[int] = (60, 300)

    @property
    def knowledge(self) -> PairReading:
        return PairReading(QUESTIONS)

    def cases(self, size: int, seed: int) -> list[Case]:
        chance = Random(f"{self.name} {size} {seed}")
        rows = QUESTIONS.rows(size, chance, users=max(3, size // 5))
        docs = {"lines.txt": "".join(f"{row.text}\n" for row in rows)}
        return [self._case(form, rows, docs) for form in FORMS]

    def _case(self, form: Both | Either, rows: Sequence[Row], docs: Mapping[str, str]) -> Case:
        gold = pairs_of(form, ((row.user, row.label, row.day) for row in rows))
        number = FORMS.index(form) + 1
        return Case(
            docs, _ASKED.format(form.words()), gold, f"{number}", uses={self.strategy: use(form)}
        )

    def score(self, case: Case, answer: object) -> float:
        return f1(pairs_in(answer), case.gold)


def use(form: Both | Either) -> Use:
    """How the library's strategy is put to a form of question."""
    values: dict[str, object] = {
        "question": QUESTIONS.asked,
        "labels": QUESTIONS.labels,
        "pattern": PATTERN,
    }
    return Use(values | form.values())


TASKS = (Pairs(),)
