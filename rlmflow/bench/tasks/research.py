"""Questions that lead from page to page of a local corpus, behind a local search tool."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from rlmflow.bench.scores import plain
from rlmflow.bench.task import Case, Fact, Plain, Use

_FIRST = ("Ada", "Bela", "Cato", "Dina", "Emil", "Fenna", "Goro", "Hilde", "Ivo", "Jana", "Lena")
_LAST = ("Abeling", "Brandt", "Corvo", "Dahl", "Ekström", "Falk", "Grau", "Holm", "Ibsen", "Jarvi")
_FIRMS = ("Works", "Foundry", "Mills", "Instruments", "Shipyard", "Glass", "Printing")
_TOWNS = ("Arnsund", "Belport", "Carrow", "Dunmere", "Eskdale", "Fenwick", "Garmouth", "Halby",
          "Inverlee", "Jorvik", "Kestrel Bay", "Lindholm")  # fmt: skip
_RIVERS = ("Aske", "Brine", "Calder", "Doon", "Eamont", "Fleet", "Garve", "Hodder")
_VERBS = ("founded", "is based in", "lies on the river")
_FACT = re.compile(
    r"(?P<subject>[A-Z][\w öÖ-]*?) (?P<verb>founded|is based in|lies on the river) "
    r"(?P<object>[A-Z][\w ö-]*?)\."
)
_ASKED = re.compile(r"the firm that (?P<person>[A-Z][\wö]+ [A-Z][\wö]+) founded")
_QUESTION = (
    "On which river lies the town in which the firm that {} founded is based? "
    "Reply with the river's name alone."
)
_FILLER = "The parish records of {} are kept in the old school and may be read on Tuesdays."


def follow(told: Mapping[tuple[str, str], str], person: str) -> tuple[str, ...]:
    """From a person to the firm, its town and its river, as far as it is told."""
    steps = [person]
    for verb in _VERBS:
        found = told.get((steps[-1], verb))
        if found is None:
            break
        steps.append(found)
    return tuple(steps[1:])


class Reading(Plain):
    """A reader that can put statements about people, firms, towns and rivers together."""

    def facts(self, text: str) -> list[Fact]:
        return [
            Fact(
                m[0],
                {"subject": m["subject"], "verb": m["verb"], "object": m["object"], "claim": m[0]},
            )
            for m in _FACT.finditer(text)
        ]

    def answer(self, instruction: str, facts: Sequence[Fact]) -> str:
        asked = _ASKED.search(instruction)
        told = {(f.says["subject"], f.says["verb"]): f.says["object"] for f in facts}
        found = follow(told, asked["person"]) if asked else ()
        return found[2] if len(found) == 3 else ""

    def look_up(self, instruction: str, facts: Sequence[Fact]) -> str | None:
        asked = _ASKED.search(instruction)
        if asked is None:
            return None
        told = {(f.says["subject"], f.says["verb"]): f.says["object"] for f in facts}
        steps = [asked["person"], *follow(told, asked["person"])]
        return f"{steps[-1]} {_VERBS[len(steps) - 1]}" if len(steps) <= len(_VERBS) else None


@dataclass(frozen=True)
class Research:
    """Records are pages; the answer takes three of them, and every other page is like them."""

    name: str = "research"
    about: str = "three steps from page to page of a local corpus, behind a search tool"
    strategy: str = "std/deep_research"
    sizes: Sequence[int] = (30, 300)

    @property
    def knowledge(self) -> Reading:
        return Reading()

    def cases(self, size: int, seed: int, each: int = 4) -> list[Case]:
        chance = Random(f"{self.name} {size} {seed}")
        told = _told(max(1, size // 3), chance)
        docs = _pages(told, chance)
        people = [subject for subject, verb in told if verb == "founded"]
        return [
            self._case(docs, person, follow(told, person)[-1])
            for person in chance.sample(people, min(each, len(people)))
        ]

    def _case(self, docs: Mapping[str, str], person: str, gold: str) -> Case:
        question = _QUESTION.format(person)
        return Case(
            docs, question, gold, "river", uses={self.strategy: Use({"question": question})}
        )

    def score(self, case: Case, answer: object) -> float:
        """Whether the river is named, and no other."""
        told = answer.get("answer", answer) if isinstance(answer, Mapping) else answer
        words = plain(told).split()
        named = [river for river in _RIVERS if river.casefold() in words]
        return float(named == [case.gold])


def _told(chains: int, chance: Random) -> dict[tuple[str, str], str]:
    """What is true: who founded which firm, where it is, and on which river that is."""
    told: dict[tuple[str, str], str] = {}
    for number in range(chains):
        person = f"{chance.choice(_FIRST)} {_LAST[number % len(_LAST)]}{_suffix(number)}"
        firm = f"{_LAST[(number * 7 + 3) % len(_LAST)]}{_suffix(number)} {chance.choice(_FIRMS)}"
        town = f"{_TOWNS[number % len(_TOWNS)]}{_suffix(number)}"
        told[person, "founded"] = firm
        told[firm, "is based in"] = town
        told[town, "lies on the river"] = chance.choice(_RIVERS)
    return told


def _suffix(number: int) -> str:
    """What tells names apart that would be the same: letters for a number, none for the first."""
    turn = number // 10
    return "" if turn == 0 else "".join(chr(ord("a") + int(digit)) for digit in str(turn))


def _pages(told: Mapping[tuple[str, str], str], chance: Random) -> dict[str, str]:
    facts = [f"{subject} {verb} {of}." for (subject, verb), of in told.items()]
    chance.shuffle(facts)
    return {
        f"page-{number:04}.md": f"{_FILLER.format(chance.choice(_TOWNS))}\n\n{fact}\n"
        for number, fact in enumerate(facts)
    }


TASKS = (Research(),)
