"""Points that matter more or less, some made again in other words, among talk."""

from __future__ import annotations

import re
from random import Random

from stdlib.facts import facts_in, in_files, merged, shown_facts
from stdlib.std_task import Given, Task

from rlmflow.models._protocol import Request

MOST = 5
_POINT = re.compile(r"Fact \d+: (?:as was said, )?point (?P<point>\d+) matters (?P<weight>\d+)\.")


def made(size: int, seed: int) -> Given:
    """Every point is made twice, far from each other; its first quote stands for it."""
    chance = Random(seed)
    points = [(n, chance.randrange(11)) for n in range(max(1, size // 2))]
    said = [f"point {n} matters {weight}" for n, weight in points]
    again = [f"as was said, point {n} matters {weight}" for n, weight in points]
    facts = [f"Fact {n}: {one}." for n, one in enumerate([*said, *again])]
    best = sorted(points, key=lambda point: -point[1])[:MOST]
    return Given(in_files(facts, chance, 3), reader, [n for n, _ in best], {"most": MOST})


def reader(request: Request) -> object:
    grouped = merged(request, lambda text: _seen(text)["point"])
    if grouped is not None:
        return grouped
    claims = [_claim(fact) for fact in shown_facts(request)]
    return {"items": claims} if request.step == "points" else claims[0]


def _claim(fact: str) -> dict[str, object]:
    seen = _seen(fact)
    return {"says": f"Point {seen['point']}.", "weight": int(seen["weight"]), "quote": fact}


def _seen(text: str) -> re.Match[str]:
    found = _POINT.search(facts_in(text)[0])
    assert found is not None
    return found


def score(answer: object, gold: object) -> float:
    assert isinstance(answer, list)
    return float([int(_seen(claim["quote"])["point"]) for claim in answer] == gold)


TASK = Task(made, score, sizes=(1, 12, 300, 1000), large=50_000, width=64)
