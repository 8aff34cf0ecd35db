"""Debts among talk, told in one of two ways; a column may have nothing to say of one."""

from __future__ import annotations

import re
from random import Random

from stdlib.facts import in_files, shown_facts
from stdlib.std_task import Given, Task

from rlmflow.models._protocol import Request

COLUMNS = ("debtor", "euros", "month")
_DEBT = re.compile(r"(?P<debtor>\w+) owes (?P<euros>\d+) euros(?: since (?P<month>\w+))?")


def made(size: int, seed: int) -> Given:
    chance = Random(seed)
    facts = [_fact(n, chance) for n in range(size)]
    columns = chance.sample(COLUMNS, 2)
    gold = [(_cells(fact, columns), fact) for fact in facts if "owes" in fact]
    values = {"columns": columns, "row": "a sum that is owed"}
    return Given(in_files(facts, chance, 4), reader, gold, values)


def _fact(number: int, chance: Random) -> str:
    if chance.random() < 0.2:
        return f"Fact {number}: nobody is in debt."
    since = chance.choice(("", " since May", " since June"))
    return (
        f"Fact {number}: {chance.choice(('Ann', 'Bo'))} owes {chance.randrange(90)} euros{since}."
    )


def _cells(fact: str, columns: list[str]) -> dict[str, str | None]:
    found = _DEBT.search(fact)
    assert found is not None
    return {column: found[column] for column in columns}


def reader(request: Request) -> object:
    asked = request.messages[1].content
    line = re.search(r"columns are: (.*)\.", asked)
    assert line is not None
    assert "a sum that is owed" in asked
    columns = re.findall(r'"(\w+)"', line[1])
    debts = [fact for fact in shown_facts(request) if "owes" in fact]
    return {"items": [{"cells": _cells(fact, columns), "quote": fact} for fact in debts]}


def score(answer: object, gold: object) -> float:
    assert isinstance(answer, list)
    return float([(row["cells"], row["quote"]) for row in answer] == gold)


TASK = Task(made, score, sizes=(1, 12, 300), large=200_000, width=64)
