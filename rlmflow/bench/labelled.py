"""Lines with a label that their words decide, each of a user and a date, as in Oolong.

What decides is the vocabulary of this file: a reader that knows it finds the label of a
line in the line alone. Lines of one's own are read from a file of labels and texts.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from random import Random

from rlmflow.diagnostics.codes import INPUT_UNREAD
from rlmflow.diagnostics.model import StrategyError

_THINGS = ("bridge", "tower", "library", "canal", "theatre", "garden", "market", "harbour",
           "museum", "mill", "school", "railway", "fountain", "palace", "observatory")  # fmt: skip
_PLACES = ("Turin", "Bergen", "Quito", "Osaka", "Lagos", "Cork", "Riga", "Perth", "Lima", "Graz",
           "Oslo", "Fez", "Hobart", "Minsk", "Accra", "Leeds", "Porto", "Tampa")  # fmt: skip
_LETTERS = "ABCDEFGHIKLMNOPRSTUVW"

_QUESTIONS: Mapping[str, Sequence[str]] = {
    "abbreviation": ("What does {abc} stand for at the {thing} of {place} in {year}?",
                     "What is the short form of the {thing} of {place} of {year}?"),
    "description": ("Why was the {thing} of {place} closed in {year}?",
                    "How does the {thing} of {place} of {year} work?"),
    "entity": ("Which animal lived in the {thing} of {place} in {year}?",
               "Which colour did the {thing} of {place} have in {year}?"),
    "human": ("Who built the {thing} of {place} in {year}?",
              "Whose {thing} in {place} burned down in {year}?"),
    "location": ("Where is the {place} {thing} of {year}?",
                 "In which street of {place} stood the {thing} in {year}?"),
    "number": ("How many people came to the {thing} of {place} in {year}?",
               "How far from {place} was the {thing} in {year}?"),
}  # fmt: skip
_REVIEWS: Mapping[str, Sequence[str]] = {
    "praise": ("I loved the {thing} tour in {place}, best day of {year}.",
               "Wonderful {thing} in {place}, the staff were kind all through {year}."),
    "complaint": ("The {thing} tour in {place} was awful, I want my money of {year} back.",
                  "Terrible {thing} in {place}, rude staff and broken lifts all through {year}."),
}  # fmt: skip
_FIRST_DAY, _DAYS = date(2023, 1, 1), 180
_LINE = re.compile(r"(?:Date: (\S+) \|\| User: (\d+) \|\| Instance: )?(.+)")
PATTERN = r"Date: (?P<date>\S+) \|\| User: (?P<user>\d+) \|\| Instance: (?P<body>.*)"


@dataclass(frozen=True)
class Row:
    """One line: its date (`YYYY-MM-DD`), its user, its label and its words."""

    day: str
    user: str
    label: str
    body: str

    @property
    def text(self) -> str:
        return f"Date: {self.day} || User: {self.user} || Instance: {self.body}"


@dataclass(frozen=True)
class Vocabulary:
    """The labels, what is asked of a line, and the words by which a line has its label.

    templates: words of lines by label; or else lines that were given, each with its label.
    """

    name: str
    asked: str
    templates: Mapping[str, Sequence[str]]
    lines: Mapping[str, str] | None = None

    @property
    def labels(self) -> list[str]:
        return list(self.templates)

    def label_of(self, body: str) -> str | None:
        """The label that the words of a line decide, None for what is no such line."""
        if self.lines is not None:
            return self.lines.get(body.strip())
        seen = self._forms.match(body)
        return self.labels[int(str(seen.lastgroup)[1:])] if seen else None

    @cached_property
    def _forms(self) -> re.Pattern[str]:
        """What the words of each label begin like: up to the first that may differ."""
        begins = (
            f"(?P<_{number}>{'|'.join(re.escape(text.partition('{')[0]) for text in texts)})"
            for number, texts in enumerate(self.templates.values())
        )
        return re.compile("|".join(begins))

    def rows(self, count: int, chance: Random, users: int) -> list[Row]:
        """So many lines; how common the labels are differs by chance."""
        names = [str(number) for number in chance.sample(range(10_000, 100_000), users)]
        weights = [chance.uniform(1, 6) for _ in self.templates]
        return [
            Row(
                (_FIRST_DAY + timedelta(chance.randrange(_DAYS))).isoformat(),
                chance.choice(names),
                label,
                self._body(label, chance),
            )
            for label in chance.choices(self.labels, weights, k=count)
        ]

    def _body(self, label: str, chance: Random) -> str:
        words = {
            "thing": chance.choice(_THINGS),
            "place": chance.choice(_PLACES),
            "year": chance.randrange(1700, 2000),
            "abc": "".join(chance.choices(_LETTERS, k=3)),
        }
        body = chance.choice(self.templates[label])
        return body if self.lines is not None else body.format(**words)


QUESTIONS = Vocabulary("questions", "Which kind of thing does this question ask for?", _QUESTIONS)
REVIEWS = Vocabulary("reviews", "Is this review praise or a complaint?", _REVIEWS)


def read_lines(path: Path) -> Vocabulary:
    """Lines of one's own: a file of `label<TAB>text`, with or without that heading.

    Raises `StrategyError` where it is no such file.
    """
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.reader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise StrategyError([INPUT_UNREAD.at(None, f"{path} can't be read: {why}")]) from None
    found: dict[str, list[str]] = {}
    for number, row in enumerate(rows, start=1):
        if not row or (number == 1 and row[0].strip().lower() == "label"):
            continue
        if len(row) != 2 or not all(cell.strip() for cell in row):
            message = f"{path}:{number} is not a label, a tab and a text"
            raise StrategyError([INPUT_UNREAD.at(None, message)])
        found.setdefault(row[0].strip(), []).append(row[1].strip())
    if len(found) < 2:
        raise StrategyError([INPUT_UNREAD.at(None, f"{path} has fewer than two labels")])
    return Vocabulary(
        path.stem,
        "Which of these is it?",
        {label: found[label] for label in sorted(found)},
        {text: label for label, texts in found.items() for text in texts},
    )


def rows_in(text: str, vocabulary: Vocabulary) -> list[Row]:
    """The lines that stand in a text, whole or without date and user (those are then empty)."""
    found = []
    for line in text.splitlines():
        seen = _LINE.fullmatch(line.strip())
        label = vocabulary.label_of(seen[3]) if seen else None
        if seen and label is not None:
            found.append(Row(seen[1] or "", seen[2] or "", label, seen[3]))
    return found
