"""A transcript of a game: who speaks, and what is rolled, in the manner of Oolong's transcripts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from rlmflow.bench.scores import equal, near_number, number_in
from rlmflow.bench.task import Case, Fact, Plain, Use

_SPEAKERS = ("MIRA", "TOBIN", "SAGE", "OREN", "LUZ")
_TALK = ("I look behind the curtain.", "Do we trust the ferryman?", "That was close.",
         "I would like to open the chest, slowly.", "Twenty years ago this was a temple.",
         "We should rest before the bridge.", "I have two torches left.", "Is the door locked?",
         "He said to meet at the well.", "I keep watch for the first hours.")  # fmt: skip
_CHECKS = ("stealth", "insight", "perception", "athletics", "arcana", "persuasion")
_ROLL = re.compile(
    r"^(?P<speaker>[A-Z]+): I roll for (?P<check>[a-z]+)\. That's (?:a |an )?"
    r"(?P<value>natural 20|natural 1|\d+)\.$",
    re.MULTILINE,
)
_COUNTED = re.compile(r"Counted: (?P<speaker>[A-Z]+) / (?P<value>\d+) / (?P<times>\d+)")
_NATURAL = {"natural 20": 20, "natural 1": 1}


@dataclass(frozen=True)
class Roll:
    """A roll of one die with twenty faces."""

    speaker: str
    check: str
    value: int

    @property
    def text(self) -> str:
        said = {20: "a natural 20", 1: "a natural 1"}.get(self.value, str(self.value))
        return f"{self.speaker}: I roll for {self.check}. That's {said}."


_REPLY = " Reply with the number alone."
_NAME = " Reply with the name alone."
_WORDS = {
    "rolls": f"How many rolls are there in all?{_REPLY}",
    "by speaker": f"How many rolls does {{0}} make?{_REPLY}",
    "of value": f"How many rolls have the value {{1}}?{_REPLY}",
    "of value by speaker": f"How often does {{0}} roll a {{1}}?{_REPLY}",
    "total": f"What is the sum of all that {{0}} rolls?{_REPLY}",
    "most": f"Which speaker makes the most rolls?{_NAME}",
    "highest": f"Which value is rolled most often?{_REPLY}",
}
_SPEAKER = re.compile(r"\b(?:does|that) ([A-Z]{3,})\b")
_VALUE_ASKED = re.compile(r"(?:value|roll a) (\d+)")


Told = Iterable[tuple[str, int, int]]
"""Rolls by speaker and value, and how many there are of each."""


def answers_to(form: str, speaker: str, value: int, told: Told) -> list[object]:
    """The right answers to a form of question: several where speakers or values are equal."""
    rolls = list(told)
    match form:
        case "rolls":
            return [sum(times for _, _, times in rolls)]
        case "by speaker":
            return [sum(times for who, _, times in rolls if who == speaker)]
        case "of value":
            return [sum(times for _, what, times in rolls if what == value)]
        case "of value by speaker":
            return [sum(n for who, what, n in rolls if who == speaker and what == value)]
        case "total":
            return [sum(what * n for who, what, n in rolls if who == speaker)]
        case _:
            return _most((who if form == "most" else what, times) for who, what, times in rolls)


def _most(counted: Iterable[tuple[str | int, int]]) -> list[object]:
    counts = Counter[str | int]()
    for one, times in counted:
        counts[one] += times
    most = max(counts.values(), default=0)
    return sorted((one for one in counts if counts[one] == most), key=str) or [""]


class Reading(Plain):
    """A reader that hears a roll when one is made, and no other number."""

    def facts(self, text: str) -> list[Fact]:
        counted = [
            Fact(
                m[0], {"speaker": m["speaker"], "value": int(m["value"]), "times": int(m["times"])}
            )
            for m in _COUNTED.finditer(text)
        ]
        return counted or [
            Fact(
                m[0],
                {
                    "speaker": m["speaker"],
                    "check": m["check"],
                    "value": _NATURAL.get(m["value"]) or int(m["value"]),
                },
            )
            for m in _ROLL.finditer(text)
        ]

    def notes(self, instruction: str, facts: Sequence[Fact]) -> str:  # noqa: ARG002  the form
        counts = Counter[tuple[str, int]]()
        for fact in facts:
            counts[fact.says["speaker"], fact.says["value"]] += fact.says.get("times", 1)
        told = (f"Counted: {who} / {what} / {n}" for (who, what), n in sorted(counts.items()))
        return "\n".join(told) or "Nothing."

    def answer(self, instruction: str, facts: Sequence[Fact]) -> str:
        asked = query_in(instruction)
        if asked is None:
            return self.notes(instruction, facts)
        rolls = ((f.says["speaker"], f.says["value"], f.says.get("times", 1)) for f in facts)
        return str(answers_to(*asked, rolls)[0])


def query_in(text: str) -> tuple[str, str, int] | None:
    """The form of a question, its speaker and its value, as they stand in its words."""
    speaker, value = _SPEAKER.search(text), _VALUE_ASKED.search(text)
    who, what = speaker[1] if speaker else "", int(value[1]) if value else 0
    form = next((f for f, words in _WORDS.items() if words.format(who, what) in text), None)
    return (form, who, what) if form else None


STRATEGY = "std/extract_table"


def _case(
    form: str, speaker: str, value: int, rolls: Sequence[tuple[str, int, int]], text: str
) -> Case:
    gold, *also = answers_to(form, speaker, value, rolls)
    question = _WORDS[form].format(speaker, value)
    uses = {STRATEGY: use(form, speaker, value)}
    return Case({"episode.txt": text}, question, gold, form, also, uses)


@dataclass(frozen=True)
class Dialogue:
    name: str = "dialogue"
    about: str = "count dice rolls in a transcript, by speaker and by value"
    strategy: str = STRATEGY
    sizes: Sequence[int] = (200, 2_000)

    @property
    def knowledge(self) -> Reading:
        return Reading()

    def cases(self, size: int, seed: int) -> list[Case]:
        chance = Random(f"{self.name} {size} {seed}")
        said = list(_said(size, chance))
        rolls = [(one.speaker, one.value, 1) for one in said if isinstance(one, Roll)]
        text = "".join(f"{one.text if isinstance(one, Roll) else one}\n" for one in said)
        speaker, value = chance.choice(_SPEAKERS), chance.randint(1, 20)
        return [_case(form, speaker, value, rolls, text) for form in _WORDS]

    def score(self, case: Case, answer: object) -> float:
        if isinstance(case.gold, int) and case.form != "highest":
            return near_number(answer, case.gold)
        return equal(answer, case.gold)


def _said(size: int, chance: Random) -> Iterator[Roll | str]:
    """Lines of a transcript, of which some are rolls, and some name numbers that are none."""
    for _ in range(size):
        speaker = chance.choice(_SPEAKERS)
        if chance.random() < 0.25:
            yield Roll(speaker, chance.choice(_CHECKS), chance.randint(1, 20))
        else:
            yield f"{speaker}: {chance.choice(_TALK)}"


def use(form: str, speaker: str, value: int) -> Use:
    """How the library's strategy is put to a question: it lists the rolls, code counts them."""

    def said(answer: object, share: float) -> object:  # noqa: ARG001  the form
        rows = answer if isinstance(answer, list) else []
        told = [roll for row in rows if (roll := _rolled(row["cells"]))]
        return answers_to(form, speaker, value, told)[0]

    return Use({"columns": ["speaker", "value"], "row": "a roll of a die"}, said)


def _rolled(cells: Mapping[str, object]) -> tuple[str, int, int] | None:
    """A row of the table as a roll; None where it has no value."""
    value = number_in(cells.get("value") or "")
    return None if value is None else (str(cells.get("speaker")).upper(), int(value), 1)


TASKS = (Dialogue(),)
