"""Counting labels that a line's words decide: the questions of Oolong, with exact answers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from rlmflow.bench.labelled import PATTERN, QUESTIONS, REVIEWS, Row, Vocabulary, read_lines, rows_in
from rlmflow.bench.scores import equal, near_number, number_in
from rlmflow.bench.task import Case, Fact, Plain, Use

MORE, LESS, SAME = "more common", "less common", "equally common"
_TALLY = re.compile(r"Tally: (.+?) / (\d+|any) / (\d+)")


@dataclass(frozen=True)
class Query:
    """A question on labelled lines. `user`, `since` and `until` say which of them count."""

    form: str
    labels: tuple[str, ...]
    user: str | None = None
    since: str | None = None
    until: str | None = None
    times: int | None = None

    @property
    def by_user(self) -> bool:
        return self.form in ("n-times", "who")

    def words(self) -> str:
        """The question as it is asked."""
        scope = f"Counting the lines of user {self.user} alone: " if self.user else ""
        if self.since:
            scope = f"Counting the lines from {self.since} to {self.until} alone: "
        named = [f"`{label}`" for label in self.labels]
        return scope + _WORDS[self.form].format(*named, n=self.times, all=", ".join(named))

    def counts(self, day: str, user: str) -> bool:
        """Whether a line of this day and user counts. A line without them was chosen before."""
        return (self.user is None or user in ("", self.user)) and (
            self.since is None or not day or self.since <= day <= str(self.until)
        )

    def of(self, tally: Mapping[tuple[str, str], float]) -> object:
        """The answer, from how many lines each label and user has."""
        return self.every(tally)[0]

    def every(self, tally: Mapping[tuple[str, str], float]) -> list[object]:
        """The right answers: several where labels or users are equally common."""
        labels = dict.fromkeys(self.labels, 0.0)
        users: dict[str, float] = {}
        for (label, user), count in tally.items():
            labels[label] = labels.get(label, 0) + count
            users[user] = users.get(user, 0) + count * (label == self.labels[0])
        match self.form:
            case "relative":
                first, second = (labels[label] for label in self.labels)
                return [MORE if first > second else LESS if first < second else SAME]
            case "n-times":
                return [sum(count == self.times for count in users.values())]
            case "who":
                return _ranked(users, 0) or [""]
            case "exact":
                return [round(labels[self.labels[0]])]
            case _:
                return _ranked({label: labels[label] for label in self.labels}, _RANKS[self.form])


_RANKS = {"most": 0, "close": 0, "second": 1, "least": -1}


def _ranked(counts: Mapping[str, float], rank: int) -> list[object]:
    """Those that may stand at a rank by their counts, in the order of their names."""
    if not counts:
        return []
    count = sorted(counts.values(), reverse=True)[rank]
    return sorted(name for name, of in counts.items() if of == count)  # type: ignore[return-value]  # names


_WORDS = {
    "most": "Which of these kinds is the most common: {all}? Reply with the kind alone.",
    "least": "Which of these kinds is the least common: {all}? Reply with the kind alone.",
    "second": "Which of these kinds is the second most common: {all}? Reply with the kind alone.",
    "close": "Which of these two kinds is the more common: {all}? Reply with the kind alone.",
    "relative": "Is the kind {0} more common, less common or equally common as the kind {1}? "
    f"Reply with `{MORE}`, `{LESS}` or `{SAME}` alone.",
    "exact": "How many lines are of the kind {0}? Reply with the number alone.",
    "n-times": "How many users have exactly {n} lines of the kind {0}? "
    "Reply with the number alone.",
    "who": "Which user has the most lines of the kind {0}? Reply with the user's number alone.",
}
_SCOPE = re.compile(
    r"Counting the lines (?:of user (?P<user>\d+)|from (?P<since>\S+) to (?P<until>\S+)) alone: "
)
_BEGINS = {form: words.partition("{")[0] for form, words in _WORDS.items()}


def query_in(text: str) -> Query | None:
    """The question that stands in a text, as it was asked; None where there is none."""
    for form, begins in _BEGINS.items():
        at = text.find(begins)
        if at < 0:
            continue
        line = text[at:].partition("\n")[0].partition(" Reply with")[0]
        scope = _SCOPE.search(text)
        times = re.search(r"exactly (\d+) lines", line)
        user, since, until = scope.groups() if scope else (None, None, None)
        labels = tuple(re.findall(r"`([^`]+)`", line))
        return Query(form, labels, user, since, until, int(times[1]) if times else None)
    return None


class Reading(Plain):
    """A reader that knows the words by which a line has its label."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    def facts(self, text: str) -> list[Fact]:
        tallies = [
            Fact(seen[0], {"label": seen[1], "user": seen[2], "day": "", "times": int(seen[3])})
            for seen in _TALLY.finditer(text)
        ]
        return tallies or [
            fact_of(row, self._vocabulary) for row in rows_in(text, self._vocabulary)
        ]

    def bears(self, instruction: str, fact: Fact) -> bool:
        query = query_in(instruction)
        return query is None or query.counts(fact.says["day"], fact.says["user"])

    def tally(self, query: Query, facts: Iterable[Fact]) -> dict[tuple[str, str], float]:
        """How many lines each label and user has, of those that count."""
        tally = Counter[tuple[str, str]]()
        for fact in facts:
            says = fact.says
            if "times" in says or query.counts(says["day"], says["user"]):
                tally[says["label"], says["user"]] += says.get("times", 1)
        return dict(tally)

    def notes(self, instruction: str, facts: Sequence[Fact]) -> str:
        query = query_in(instruction)
        if query is None:
            return super().notes(instruction, facts)
        counts = Counter[tuple[str, str]]()
        for (label, user), count in self.tally(query, facts).items():
            counts[label, user if query.by_user else "any"] += int(count)
        told = (f"Tally: {label} / {user} / {n}" for (label, user), n in sorted(counts.items()))
        return "\n".join(told) or "Nothing."

    def answer(self, instruction: str, facts: Sequence[Fact]) -> str:
        query = query_in(instruction)
        if query is None:
            return facts[0].says["label"] if facts else ""
        return str(query.of(self.tally(query, facts)))


def fact_of(row: Row, vocabulary: Vocabulary) -> Fact:
    says = {"label": row.label, "labels": vocabulary.labels, "day": row.day, "date": row.day,
            "user": row.user, "body": row.body}  # fmt: skip
    return Fact(row.text if row.user else row.body, says)


@dataclass(frozen=True)
class Aggregate:
    """Questions that need the label of every line."""

    vocabulary: Vocabulary
    name: str
    about: str
    sizes: Sequence[int] = (100, 1_000)
    strategy: str = "std/aggregate"

    @property
    def knowledge(self) -> Reading:
        return Reading(self.vocabulary)

    def cases(self, size: int, seed: int) -> list[Case]:
        chance = Random(f"{self.name} {size} {seed}")
        rows = self.vocabulary.rows(size, chance, users=max(2, min(40, size // 8)))
        tally = tallied(rows)
        docs = {"lines.txt": "".join(f"{row.text}\n" for row in rows)}
        return [self._case(query, rows, docs) for query in self._queries(rows, tally, chance)]

    def _case(self, query: Query, rows: Sequence[Row], docs: Mapping[str, str]) -> Case:
        first, *also = query.every(counted(query, rows))
        said = partial(said_by_counts, query)
        uses = {self.strategy: Use(self._values(query), said)}
        offers = {"labels": self.vocabulary.labels}
        return Case(docs, query.words(), first, query.form, also, uses, offers, said)

    def _values(self, query: Query) -> dict[str, object]:
        """How the library's strategy is put to a question."""
        values: dict[str, object] = {
            "question": self.vocabulary.asked,
            "labels": self.vocabulary.labels,
            "pattern": PATTERN,
        }
        if query.by_user:
            values["per"] = "user"
        if query.user:
            values["users"] = [query.user]
        if query.since and query.until:
            after = date.fromisoformat(query.until) + timedelta(1)
            values |= {"since": query.since, "before": after.isoformat()}
        return values

    def _queries(
        self, rows: Sequence[Row], tally: Mapping[tuple[str, str], int], chance: Random
    ) -> Iterator[Query]:
        labels = tuple(self.vocabulary.labels)
        users = sorted({row.user for row in rows})
        days = sorted(row.day for row in rows)
        for form in ("most", "least", "second") if len(labels) > 2 else ("most", "least"):
            yield Query(form, labels)
        yield Query("relative", tuple(chance.sample(labels, 2)))
        yield Query("close", closest(tally, labels))
        one = chance.choice(labels)
        yield Query("exact", (one,))
        yield Query("exact", (chance.choice(labels),), user=chance.choice(users))
        yield Query("n-times", (one,), times=_some_count(tally, one, chance))
        yield Query("who", (one,))
        yield Query("most", labels, since=days[len(days) // 4], until=days[-1 - len(days) // 4])
        since, until = days[len(days) // 3], days[-1]
        yield Query("exact", (chance.choice(labels),), since=since, until=until)

    def score(self, case: Case, answer: object) -> float:
        if isinstance(case.gold, int):
            return near_number(answer, case.gold)
        if case.form == "who":
            said = number_in(answer)
            return float(said is not None and str(int(said)) == case.gold)
        return equal(answer, case.gold)


def said_by_counts(query: Query, answer: Any, share: float) -> object:
    """What counts say in reply to a question; any other answer is the reply.

    They are by label, or by user (or one name for all) and label.
    """
    if not isinstance(answer, Mapping):
        return answer
    groups = answer if any(isinstance(of, Mapping) for of in answer.values()) else {"all": answer}
    return query.of(
        {(label, user): n / share for user, of in groups.items() for label, n in of.items()}
    )


def counted(query: Query, rows: Iterable[Row]) -> dict[tuple[str, str], int]:
    """How many lines each label and user has, of those that count."""
    return tallied(row for row in rows if query.counts(row.day, row.user))


def tallied(rows: Iterable[Row]) -> dict[tuple[str, str], int]:
    return dict(Counter((row.label, row.user) for row in rows))


def closest(tally: Mapping[tuple[str, str], int], labels: Sequence[str]) -> tuple[str, str]:
    """The two labels whose counts differ, and differ least."""
    counts = {label: sum(n for (of, _), n in tally.items() if of == label) for label in labels}
    apart = [
        (abs(counts[a] - counts[b]), (a, b))
        for i, a in enumerate(labels)
        for b in labels[i + 1 :]
        if counts[a] != counts[b]
    ]
    return min(apart, default=(0, (labels[0], labels[1])))[1]


def _some_count(tally: Mapping[tuple[str, str], int], label: str, chance: Random) -> int:
    """How many lines of a label some user has."""
    return chance.choice(sorted(n for (of, _), n in tally.items() if of == label) or [1])


def on_lines(path: Path) -> Aggregate:
    """The same questions on labelled lines of one's own. Raises `StrategyError`."""
    vocabulary = read_lines(path)
    kinds = f"count the {len(vocabulary.labels)} labels of {path.name}"
    return Aggregate(vocabulary, "aggregate", kinds)


TASKS = (
    Aggregate(QUESTIONS, "aggregate", "count six kinds of question, by user and by time"),
    Aggregate(REVIEWS, "reviews", "count praise and complaints", sizes=(40, 400)),
)
