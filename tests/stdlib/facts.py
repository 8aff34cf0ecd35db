"""Texts of facts among idle talk: sentences that a reader knows by their form alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from random import Random

from rlmflow.models._protocol import Request
from rlmflow.testing import items_of

_TALK = ("so", "the weather", "was", "as it is", "and", "nobody", "spoke of it", "again", "at all")
FACT = r"Fact \d+: [^.]*\."


def among_talk(facts: Sequence[str], chance: Random, *, talk: int = 2) -> str:
    """A text with these sentences in their order, up to `talk` idle ones before each."""
    sentences = [
        one
        for fact in facts
        for one in (*(_idle(chance) for _ in range(chance.randint(0, talk))), fact)
    ]
    return "\n\n".join([*sentences, _idle(chance)])


def _idle(chance: Random) -> str:
    return " ".join(chance.choices(_TALK, k=9)).capitalize() + "."


def in_files(facts: Sequence[str], chance: Random, count: int, folder: str = "") -> dict[str, str]:
    """The same in files, each fact in one of them, the order kept from file to file."""
    ends = sorted(chance.randint(0, len(facts)) for _ in range(count - 1))
    cuts = zip([0, *ends], [*ends, len(facts)], strict=True)
    return {f"{folder}{n:02}.md": among_talk(facts[a:b], chance) for n, (a, b) in enumerate(cuts)}


def facts_in(text: str) -> list[str]:
    return re.findall(FACT, text)


def shown_facts(request: Request) -> Iterator[str]:
    """The facts in all items of a request, in order."""
    for text in items_of(request).values():
        yield from facts_in(text)


def each_item(request: Request, said: dict[int, object]) -> object:
    """A reply with a value for each item, in the form that is wanted."""
    assert request.schema is not None
    properties = request.schema["properties"]
    assert isinstance(properties, dict)
    return {"answer": said[1]} if "answer" in properties else {str(n): v for n, v in said.items()}


def merged(request: Request, key: Callable[[str], object]) -> object | None:
    """The reply to a call of `merge`: which items are of equal keys, or the first of equals.

    `key`: of an item's text. None for a request that is no call of it.
    """
    assert request.schema is not None
    items = items_of(request)
    if "groups" in request.schema["properties"]:  # type: ignore[operator]  # an object's schema
        same: dict[object, list[int]] = {}
        for number, text in items.items():
            same.setdefault(key(text), []).append(number)
        return {"groups": [numbers for numbers in same.values() if len(numbers) > 1]}
    return None
