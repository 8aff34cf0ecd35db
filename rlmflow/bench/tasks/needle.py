"""Needles in a haystack: one, among many keys, many values of one key, and chains of variables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random

from rlmflow.bench.scores import f1
from rlmflow.bench.task import Case, Fact, Plain, Use

_HAY = ("The grass on the dyke was wet that morning.", "Nobody had wound the clock for days.",
        "A cart stood by the gate, and its wheel was new.", "The ferry came late, as it often did.",
        "Two boys counted the swallows on the wire.", "The baker shut his window before noon.",
        "Rain was likely, said the man with the umbrella.", "Her brother liked the older songs.",
        "The road to the mill was mended.", "They spoke of the harvest and of prices.",
        "A blue door led to the yard.", "The train whistled twice at the crossing.",
        "He put the letter away.", "The lamp in the hall burned all night.")  # fmt: skip
_COLOURS = ("amber", "azure", "coral", "ivory", "olive", "pearl", "ruby", "slate", "umber")
_ANIMALS = ("badger", "crane", "falcon", "heron", "lynx", "marten", "otter", "raven", "stoat",
            "viper", "wolf", "yak")  # fmt: skip
_CODE = re.compile(r"The code for (?P<key>[a-z]+ [a-z]+) is (?P<value>\d{7})\.")
_VAR = re.compile(r"VAR (?P<key>[A-Z]{5}) = (?:(?P<value>\d{5})|VAR (?P<of>[A-Z]{5}))\.")
_ASKED_KEY = re.compile(r"codes? for `(?P<key>[a-z]+ [a-z]+)`")
_ASKED_VALUE = re.compile(r"have the value (?P<value>\d{5})")
_REPLY = " Reply with all of them, separated by commas, and nothing else."


class Reading(Plain):
    """A reader that finds codes and variables, and can tell which are asked for."""

    def facts(self, text: str) -> list[Fact]:
        codes = (
            Fact(m[0], {"key": m["key"], "value": m["value"], "answer": m["value"]})
            for m in _CODE.finditer(text)
        )
        variables = (
            Fact(
                m[0],
                {
                    "key": m["key"],
                    "value": m["key"],
                    "answer": m["key"],
                    "is": m["value"],
                    "of": m["of"],
                },
            )
            for m in _VAR.finditer(text)
        )
        return [*codes, *variables]

    def bears(self, instruction: str, fact: Fact) -> bool:
        asked = _ASKED_KEY.search(instruction)
        if asked:
            return bool(fact.says["key"] == asked["key"])
        return not _ASKED_VALUE.search(instruction) or "of" in fact.says

    def answer(self, instruction: str, facts: Sequence[Fact]) -> str:
        asked = _ASKED_VALUE.search(instruction)
        if asked:
            given = {f.says["key"]: f.says["is"] or f.says["of"] for f in facts if "of" in f.says}
            return ", ".join(sorted(of_value(given, asked["value"])))
        found = (f.says["value"] for f in facts if self.bears(instruction, f))
        return ", ".join(dict.fromkeys(found))


def of_value(given: Mapping[str, str], value: str) -> set[str]:
    """The variables that have a value, by themselves or by way of others."""
    found: set[str] = set()
    while more := {key for key, of in given.items() if of == value or of in found} - found:
        found |= more
    return found


@dataclass(frozen=True)
class Needle:
    """`form`: single, multi-key, multi-value or variables."""

    form: str
    name: str
    about: str
    sizes: Sequence[int] = (200, 2_000)
    strategy: str = "std/needle"

    @property
    def knowledge(self) -> Reading:
        return Reading()

    def cases(self, size: int, seed: int, each: int = 4) -> list[Case]:
        return [self._case(Random(f"{self.name} {size} {seed} {n}"), size) for n in range(each)]

    def _case(self, chance: Random, size: int) -> Case:
        planted, question, gold = self._planted(chance, size)
        lines = chance.choices(_HAY, k=max(0, size - len(planted)))
        for one in planted:
            lines.insert(chance.randint(0, len(lines)), one)
        docs = {"hay.txt": "".join(f"{line}\n" for line in lines)}
        return Case(docs, question, gold, self.form, uses={self.strategy: use(question)})

    def _planted(self, chance: Random, size: int) -> tuple[list[str], str, list[str]]:
        if self.form == "variables":
            return _chains(chance)
        keys = [f"{a} {b}" for a in _COLOURS for b in _ANIMALS]
        chance.shuffle(keys)
        others = {"multi-key": min(len(keys) - 1, max(4, size // 20)), "multi-value": 3}
        codes = list(_codes(chance, 4 if self.form == "multi-value" else 1))
        planted = [f"The code for {keys[0]} is {code}." for code in codes]
        planted += [
            f"The code for {key} is {code}."
            for key in keys[1 : 1 + others.get(self.form, 0)]
            for code in _codes(chance, 1)
        ]
        chance.shuffle(planted)
        if len(codes) == 1:
            return planted, f"What is the code for `{keys[0]}`? Reply with it alone.", codes
        return planted, f"What are the {len(codes)} codes for `{keys[0]}`?{_REPLY}", codes

    def score(self, case: Case, answer: object) -> float:
        """The values found, as an F1; of a single one, whether it is there and no other."""
        return f1(values_in(answer), case.gold)


def _codes(chance: Random, count: int) -> Iterator[str]:
    yield from map(str, chance.sample(range(1_000_000, 10_000_000), count))


def _chains(chance: Random, chains: int = 3, length: int = 4) -> tuple[list[str], str, list[str]]:
    """Chains of variables, of which each but the first is the one before it."""
    names = {"".join(chance.choices("ABCDEFGHJKLMNPQRSTUVWXYZ", k=5)) for _ in range(64)}
    free = sorted(names)
    chance.shuffle(free)
    planted, gold, value = list[str](), list[str](), ""
    for number in range(chains):
        some = free[number * length : (number + 1) * length]
        value = str(chance.randrange(10_000, 100_000))
        planted += [f"VAR {some[0]} = {value}."]
        planted += [f"VAR {b} = VAR {a}." for a, b in pairwise(some)]
        gold = some
    return planted, f"Which variables have the value {value}?{_REPLY}", sorted(gold)


_VALUE = re.compile(r"\b(?:\d{7}|[A-Z]{5})\b")


def values_in(answer: object) -> set[str]:
    """The codes and names of variables in an answer of any form: of records, in their fields."""
    if isinstance(answer, Mapping):
        fields = [value for name, value in answer.items() if name not in ("quote", "source")]
        return set().union(*(values_in(one) for one in fields or answer.values()))
    if isinstance(answer, list | tuple):
        return set().union(*(values_in(one) for one in answer))
    return set(_VALUE.findall(str(answer)))


def use(question: str) -> Use:
    """How the library's strategy is put to a question; chains are followed in code."""
    asked = _ASKED_VALUE.search(question)
    if asked is None:
        return Use({"question": question})
    value = asked["value"]

    def said(answer: object, _share: float) -> object:
        told = Reading().facts(str(answer))
        return sorted(of_value({f.says["key"]: f.says["is"] or f.says["of"] for f in told}, value))

    return Use({"question": "Which variables are given a value, as in `VAR X = …`?"}, said)


TASKS = (
    Needle("single", "needle", "find the one code"),
    Needle("multi-key", "needle-keys", "find one code among many like it"),
    Needle("multi-value", "needle-values", "find all codes of one key"),
    Needle("variables", "needle-variables", "follow chains of variables"),
)
