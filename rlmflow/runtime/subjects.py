"""What a clause is about: the characters and the new texts of a list's items.

A text that stands in the input is known by its characters. Any other is known by the
item that has it, and by its field if the item is a record: it was read if an item that
carries it was shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from rlmflow.functions import as_text
from rlmflow.runtime.intervals import Interval, joined, shared
from rlmflow.runtime.ledger import Ledger
from rlmflow.runtime.provenance import carried, had_from, is_cut, standing_in
from rlmflow.runtime.showing import HIDDEN
from rlmflow.source import Source
from rlmflow.text.ink import ink
from rlmflow.values import Item, Part, Written


class Text(NamedTuple):
    """A text that is no input: of an item, or of one of its fields."""

    item: Item
    field: str | None

    @property
    def content(self) -> str:
        value = self.item.value
        if self.field is None or not isinstance(value, Mapping):
            return as_text(value)
        return as_text(value[self.field])


@dataclass
class Subject:
    """The texts that a clause is about."""

    stretches: dict[Source, list[Interval]] = field(default_factory=dict)
    texts: list[Text] = field(default_factory=list)


def subject(items: Iterable[Item], path: Sequence[str]) -> Subject:
    """What stands in a field of items, by the path to it; in the items, if it is empty."""
    made = Subject()
    for item in items:
        _take(item, tuple(path), made)
    made.stretches = {source: joined(found) for source, found in made.stretches.items()}
    return made


def _take(item: Item, path: tuple[str, ...], made: Subject) -> None:
    value = item.value
    if isinstance(value, Part):
        if path in ((), ("text",)):
            _add(made, *value.core)
    elif not isinstance(value, Mapping):
        if isinstance(value, str) and item.spans and is_cut(item):
            for span in item.spans:
                _add(made, *span)
        else:
            made.texts.append(Text(item, None))
    elif path:
        _take_field(item, value, path, made)
    else:
        if item.fields:
            for span in item.spans:
                _add(made, *span)
        for name in value:
            if name not in HIDDEN and name not in item.fields:
                _take_field(item, value, (name,), made)


def _take_field(
    item: Item, value: Mapping[str, object], path: tuple[str, ...], made: Subject
) -> None:
    name, *rest = path
    held = value.get(name)
    inner = [one for one in _listed(held) if isinstance(one, Item)]
    for one in inner:
        _take(one, tuple(rest), made)
    if inner or held is None:
        return
    span = item.fields.get(name)
    if span is not None and (span.start < span.end or not held):
        _add(made, *span)
    else:
        made.texts.append(Text(item, name))


def _listed(held: object) -> Sequence[object]:
    return held if isinstance(held, list) else (held,)


def _add(made: Subject, source: Source, start: int, end: int) -> None:
    made.stretches.setdefault(source, []).append((start, end))


class Telling:
    """Which new texts models were shown, and what of the input stands in these.

    `read`: what was shown as input; what is found to stand in new texts is added.
    """

    def __init__(self, ledger: Ledger, read: dict[Source, list[Interval]]) -> None:
        self._told: set[tuple[int, str | None]] = set()
        self._parts: dict[int, int] = {}
        self._equals: dict[int, list[Item]] = {}
        self._input: dict[Source, list[Interval]] = {}
        for item, others in ledger.equals:
            self._equals.setdefault(id(item), []).extend(others)
        for told in ledger.told:
            self._follow(told.item, told.fields)
        for source, stretches in read.items():
            if isinstance(source, Written):
                self._follow_part(source.item, stretches)
        for source, more in self._input.items():
            read[source] = joined([*read.get(source, ()), *more])

    def of(self, text: Text) -> tuple[int, int]:
        """How many characters of a text were shown, and how many it has, but for white space."""
        size = ink(text.content)
        if self._was_told(text):
            return size, size
        return min(size, self._parts.get(id(text.item), 0)), size

    def add_written(self, sources: Iterable[Source], read: dict[Source, list[Interval]]) -> None:
        """Add to `read` those texts that were cut though no input, and were shown uncut."""
        for source in sources:
            if isinstance(source, Written) and self._was_told(Text(source.item, None)):
                read[source] = [(0, len(source.text))]

    def _was_told(self, text: Text) -> bool:
        """Whether a text was shown, by its own item or by one from which that has it as it is."""
        waiting, known = [text], set[tuple[int, str | None]]()
        while waiting:
            item, name = waiting.pop()
            if {(id(item), None), (id(item), name)} & self._told:
                return True
            if (id(item), name) not in known:
                known.add((id(item), name))
                waiting += (Text(*one) for one in had_from(item, name))
        return False

    def _follow_part(self, item: Item, stretches: Sequence[Interval]) -> None:
        """Note what was shown of an item's text, and so of the texts that stand in it."""
        text = as_text(item.value)
        size = sum(ink(text, start, end) for start, end in stretches)
        if size == ink(text):
            self._follow(item, None)
        elif isinstance(item.value, Part):
            source, at, _ = item.value.core
            shifted = ((at + start, at + end) for start, end in stretches)
            self._input.setdefault(source, []).extend(shifted)
        else:
            self._parts[id(item)] = size
            for parent, at in standing_in(text, item.parents):
                end = at + len(as_text(parent.value))
                inner = [(s - at, e - at) for s, e in shared(stretches, [(at, end)])]
                self._follow_part(parent, inner)

    def _follow(self, item: Item, names: Sequence[str] | None) -> None:
        """Note what was shown with an item: all that it carries of what it was made of."""
        waiting = [(item, names)]
        while waiting:
            item, names = waiting.pop()
            fresh = self._unknown(item, names)
            if not fresh:
                continue
            self._told.update((id(item), name) for name in fresh)
            if isinstance(item.value, Part):
                source, start, end = item.value.core
                self._input.setdefault(source, []).append((start, end))
            elif isinstance(item.value, str) and item.spans and is_cut(item):
                for source, start, end in item.spans:
                    self._input.setdefault(source, []).append((start, end))
            waiting += ((other, names) for other in self._equals.get(id(item), ()))
            waiting += carried(item, names)

    def _unknown(self, item: Item, names: Sequence[str] | None) -> list[str | None]:
        if (id(item), None) in self._told:
            return []
        wanted: Sequence[str | None] = (None,) if names is None else names
        return [name for name in wanted if (id(item), name) not in self._told]
