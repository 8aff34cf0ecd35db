"""A reader of entries: all that it knows of a call stands in the message that it is sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from hunt.made_entries import Made

from rlmflow.bench.noise import drawn, said_for
from rlmflow.models._protocol import Request
from rlmflow.testing import items_of

_ENTRY = re.compile(
    r"Owner: (?P<owner>\w+) \|\| Entry (?P<serial>\d+): .*?"
    r"\[\[kind=(?P<kind>\w+); amount=(?P<amount>\d+)\]\]",
    re.DOTALL,
)
_YES_OR_NO = ["yes", "no"]

Seen = re.Match[str]
Labelling = Callable[[Seen, int], str]
"""Which kind a reader takes an entry to be of; the number tells samples apart."""
Quoting = Callable[[str], str]


def true_kind(seen: Seen, _sample: int) -> str:
    """The kind that is written in the entry."""
    return seen["kind"]


def confused(matrix: Mapping[str, Mapping[str, float]], seed: int) -> Labelling:
    """Takes each kind for others as often as a matrix says; the entry and the seed decide.

    Each row is a distribution. The same entry is always mistaken in the same way.
    """

    def labelling(seen: Seen, sample: int) -> str:
        return said_for(matrix[seen["kind"]], drawn(seed, sample, seen[0]))

    return labelling


def relabelled(given: Made, labelling: Labelling, votes: int = 1) -> Made:
    """The same texts, with the kinds that a reader gives their entries in place of the true ones.

    Of several votes the label counts that was given most often, of equals the first.
    """
    entries = []
    for entry in given.entries:
        seen = _ENTRY.fullmatch(entry.text)
        assert seen is not None
        said = [labelling(seen, sample) for sample in range(votes)]
        entries.append(replace(entry, kind=max(said, key=said.count)))
    return replace(given, entries=entries)


def reader(
    labelling: Labelling = true_kind, quoting: Quoting = str
) -> Callable[[Request], Mapping[str, object]]:
    """A script that reads entries and does as the message says.

    `quoting`: what becomes of the exact words of an entry on their way into a quote.
    """

    def script(request: Request) -> Mapping[str, object]:
        return _Reading(request, labelling, quoting).reply()

    return script


class _Reading:
    """One message, read."""

    def __init__(self, request: Request, labelling: Labelling, quoting: Quoting) -> None:
        self._asked = request.messages[1].content
        self._shown = {n: list(_ENTRY.finditer(text)) for n, text in items_of(request).items()}
        self._schema: Any = request.schema
        self._sample = request.sample
        self._labelling = labelling
        self._quoting = quoting

    def reply(self) -> Mapping[str, object]:
        wanted = self._schema["properties"]
        every = [seen for some in self._shown.values() for seen in some]
        if "items" in wanted:
            one = self._resolved(wanted["items"]["items"])
            return {"items": [self._finding(one["properties"], seen) for seen in every]}
        if "groups" in wanted:
            return {"groups": self._equal()}
        if "1" in wanted:
            return {str(n): self._value(wanted[str(n)], some) for n, some in self._shown.items()}
        if "answer" in wanted:
            return {"answer": self._value(wanted["answer"], every)}
        return self._finding(wanted, every[0])

    def _value(self, schema: Mapping[str, Any], shown: Sequence[Seen]) -> object:
        """The value for one item, in which these entries stand."""
        schema = self._resolved(schema)
        if schema.get("enum") == _YES_OR_NO:
            return "yes" if self._holds(shown) else "no"
        if "enum" in schema:
            (only,) = shown
            return self._kind(schema, only)
        return sum(self._labelling(seen, self._sample) == self._kind_asked() for seen in shown)

    def _holds(self, shown: Sequence[Seen]) -> bool:
        if "smaller" in self._asked:
            left, right = shown
            return int(left["amount"]) < int(right["amount"])
        (only,) = shown
        return self._labelling(only, self._sample) == self._kind_asked()

    def _kind_asked(self) -> str:
        named = re.search(r"kind (\w+)\?", self._asked)
        assert named is not None
        return named[1]

    def _kind(self, schema: Mapping[str, Any], seen: Seen) -> str:
        kind = self._labelling(seen, self._sample)
        assert kind in schema["enum"], f"{kind} is none of the choices"
        return kind

    def _finding(self, wanted: Mapping[str, Any], seen: Seen) -> Mapping[str, object]:
        known = {
            "serial": int(seen["serial"]),
            "amount": int(seen["amount"]),
            "owner": seen["owner"],
            "kind": self._labelling(seen, self._sample),
            "quote": self._quoting(seen[0]),
        }
        return {name: known[name] for name in wanted}

    def _equal(self) -> list[list[int]]:
        """Groups of ids: those whose entries are the same to the letter."""
        same: dict[tuple[str, ...], list[int]] = {}
        for number, some in self._shown.items():
            same.setdefault(tuple(seen[0] for seen in some), []).append(number)
        return [ids for ids in same.values() if len(ids) > 1]

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        named = schema.get("$ref")
        return self._schema["$defs"][named.rsplit("/", 1)[1]] if named else schema
