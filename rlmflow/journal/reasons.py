"""Why a request is not known: which part of its key is another than in what the journal has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from rlmflow.journal.key import PART_BYTES, PARTS, changed

NEW = "new"
"""The reason where nothing in the journal is about the same text, or the same place."""

_AT = PARTS.index("text") * PART_BYTES
_TEXT = slice(_AT, _AT + PART_BYTES)


class Reasons:
    """Compares requests with the entries of a journal: the `parts`, place and step of each."""

    def __init__(self, entries: Iterable[tuple[bytes, str | None, str]]) -> None:
        self._by_text: dict[tuple[str, bytes], set[bytes]] = defaultdict(set)
        self._places: set[tuple[str, str | None]] = set()
        self._steps: set[str] = set()
        for parts, place, step in entries:
            for name in (step, ""):
                self._by_text[name, parts[_TEXT]].add(parts)
                self._places.add((name, place))
            self._steps.add(step)

    def of(self, parts: bytes, place: str | None, step: str) -> tuple[str, ...]:
        """The parts that have changed, by the entry about the same text that is most alike.

        A step that is there under its name is compared with itself alone.
        """
        name = step if step in self._steps else ""
        alike = [changed(old, parts) for old in self._by_text.get((name, parts[_TEXT]), ())]
        if alike:
            return min(alike, key=lambda names: (len(names), names))
        return ("text",) if place is not None and (name, place) in self._places else (NEW,)
