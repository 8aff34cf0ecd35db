"""Copying exactly: words, JSON and CSV, scored by equality and by edit distance."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from rlmflow.bench.scores import closeness
from rlmflow.bench.task import Case, Fact, Plain, Use

_WORDS = ("alder", "basalt", "cobalt", "dynamo", "ember", "fathom", "gully", "hollow", "inkwell",
          "jetty", "kelp", "lantern", "mortar", "nettle", "ochre", "pewter", "quarry", "rivet",
          "sorrel", "tinder", "umlaut", "verge", "willow", "yarrow", "zephyr")  # fmt: skip
_ASKED = "Reproduce the text exactly, character for character, and write nothing else."
_PIECE = re.compile(r".*\n|.+")


class Reading(Plain):
    """A reader to whom every line is one thing, its end included."""

    def facts(self, text: str) -> list[Fact]:
        return [Fact(piece, {"value": piece}) for piece in _PIECE.findall(text)]

    def notes(self, instruction: str, facts: Sequence[Fact]) -> str:  # noqa: ARG002  the form
        return "".join(fact.text for fact in facts)


@dataclass(frozen=True)
class Verbatim:
    """`form`: words, json or csv. A record is a line of it."""

    form: str
    sizes: Sequence[int] = (20, 100)
    strategy: str = "std/verbatim"

    @property
    def name(self) -> str:
        return f"verbatim-{self.form}"

    @property
    def about(self) -> str:
        return f"copy {self.form.upper() if self.form != 'words' else 'words'} exactly"

    @property
    def knowledge(self) -> Reading:
        return Reading()

    def cases(self, size: int, seed: int, each: int = 4) -> list[Case]:
        made = (self._text(Random(f"{self.name} {size} {seed} {n}"), size) for n in range(each))
        name = f"text.{'txt' if self.form == 'words' else self.form}"
        return [
            Case({name: text}, _ASKED, text, self.form, uses={self.strategy: Use({})})
            for text in made
        ]

    def _text(self, chance: Random, size: int) -> str:
        rows = [self._row(chance, number) for number in range(size)]
        match self.form:
            case "json":
                return "[\n" + ",\n".join(f"  {json.dumps(row)}" for row in rows) + "\n]"
            case "csv":
                head = ",".join(rows[0]) if rows else "id"
                body = (",".join(str(cell) for cell in row.values()) for row in rows)
                return "\n".join([head, *body])
            case _:
                lines = (" ".join(chance.choices(_WORDS, k=12)) for _ in range(size))
                return "\n".join(lines)

    def _row(self, chance: Random, number: int) -> dict[str, object]:
        return {
            "id": number,
            "name": " ".join(chance.choices(_WORDS, k=2)),
            "amount": round(chance.uniform(0, 1000), 2),
            "code": f"{chance.randrange(16**8):08x}",
        }

    def score(self, case: Case, answer: object) -> float:
        """Whether the copy is exact, white space around it aside."""
        return float(copied(answer) == case.gold)

    def nearness(self, case: Case, answer: object) -> float:
        """1 less the edit distance, as a share of the longer of both."""
        return closeness(copied(answer), case.gold)


def copied(answer: object) -> str:
    """The text of an answer, or of the list of its parts."""
    if isinstance(answer, list | tuple):
        return "".join(map(str, answer)).strip()
    return str(answer).strip()


TASKS = (Verbatim("words"), Verbatim("json"), Verbatim("csv"))
