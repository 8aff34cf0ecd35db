"""Functions in files, and a question that takes two of them: a name leads from one to the other."""

from __future__ import annotations

import json
import re
from random import Random
from typing import Any

from stdlib.std_task import Given, Task, beside

from rlmflow.models._protocol import Request
from rlmflow.testing import items_of

QUESTION = "What does the limit of order_3 come to?"
_CALLS = re.compile(r"(?:def|func) (\w+?)_by_(\w+)\(")


def made(size: int, seed: int) -> Given:
    """Each order has a limit, which a rule with a name of its own sets in another file."""
    chance = Random(seed)
    count = size + 4
    values = [chance.randrange(10**6) for _ in range(count)]
    names = [f"rule{chance.getrandbits(40):x}" for _ in range(count)]
    orders = "".join(
        f"def order_{n}_by_{name}(sum):\n    return sum < {name}()\n\n"
        for n, name in enumerate(names)
    )
    rules = "".join(
        f"    static func {name}() {{\n        return {value};\n    }}\n\n"
        for name, value in sorted(zip(names, values, strict=True))
    )
    line = next(n for n, text in enumerate(rules.split("\n"), 2) if names[3] in text)
    gold = {"answer": str(values[3]), "place": f"rules.js:{line}"}
    texts = {"orders.py": orders, "rules.js": f"class Rules {{\n{rules}}}\n"}
    return Given(texts, reader, gold, {"question": QUESTION})


def reader(request: Request) -> object:
    asked = request.messages[1].content
    wanted = re.search(r"limit of (\w+)", asked)
    assert wanted is not None
    shown = list(items_of(request).values())
    if "state" in beside(request):
        calls = [call for text in shown for call in _CALLS.findall(text)]
        known = beside(request)["state"].split()
        return "\n".join([*known, *(rule for order, rule in calls if order == wanted[1])]) or "-"
    if request.schema is not None and "items" in request.schema["properties"]:
        context = re.search(r'id="context">\n(.*?)\n</', asked, re.DOTALL)
        names = context[1].split() if context else []
        return {"items": [clue for name in names for clue in _clues(name, shown[0])]}
    return _answer(shown)


def _clues(name: str, text: str) -> list[dict[str, str]]:
    found = re.finditer(rf"func {name}\(\) {{\n\s+return (\d+);", text)
    return [{"says": each[1], "quote": each[0]} for each in found]


def _answer(shown: list[str]) -> dict[str, object]:
    """Of one clue, or of answers that rest on clues."""
    for text in shown:
        quote = re.search(r"quote: (.*)", text, re.DOTALL)
        nested = re.search(r"because: (\[.*\])", text)
        clues = json.loads(nested[1]) if nested else []
        if quote is not None and not nested:
            says = re.search(r"says: (\d+)", text)
            assert says is not None
            clues = [{"says": says[1], "quote": quote[1]}]
        if clues:
            return {"answer": clues[0]["says"], "because": clues}
    return {"answer": "nothing is said of it", "because": []}


def score(answer: Any, gold: Any) -> float:
    """The right value, and the right file and line behind it."""
    found = answer or {"answer": "", "because": []}
    places = {clue.get("source") for clue in found["because"]}
    return float(found["answer"] == gold["answer"] and places == {gold["place"]})


TASK = Task(made, score, sizes=(1, 12, 400, 1000), large=50_000, width=64, cited=True)
