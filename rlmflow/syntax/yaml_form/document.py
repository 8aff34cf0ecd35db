"""YAML as it is written: scalars, lists and mappings, each with its place.

A scalar is never taken for a number or a truth: what it means is for its reader to say.
So `no` is the word no, `012` is `012`, and every version of YAML reads a file alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from rlmflow._lazy import heavy
from rlmflow.diagnostics import codes
from rlmflow.diagnostics.model import Diagnostic, Note
from rlmflow.source import Source, Span
from rlmflow.syntax.yaml_form.places import offsets


@dataclass(frozen=True)
class Scalar:
    """A text. `style` is `|`, `>`, a quote, or empty; `offsets` has the place of each character."""

    value: str
    span: Span
    style: str
    tag: str
    offsets: tuple[int, ...]

    def part(self, start: int, end: int) -> Span:
        """Where characters of the value stand."""
        first, last = (self.offsets[min(max(at, 0), len(self.value))] for at in (start, end))
        return Span(self.span.source, first, max(first, last))


@dataclass(frozen=True)
class Items:
    """A list."""

    items: tuple[Yaml, ...]
    span: Span


@dataclass(frozen=True)
class Entries:
    """A mapping, in the order of the file. No key stands twice."""

    entries: tuple[tuple[Scalar, Yaml], ...]
    span: Span


Yaml: TypeAlias = Scalar | Items | Entries


_PROPERTIES = re.compile(r"(?:[!&]\S*\s+(?:#[^\r\n\x85\u2028\u2029]*\s+)*)*")
"""A tag and an anchor, which stand before a scalar, each with the comments behind it."""

_LINES = "\t\r\n\x85"

DEEPEST = 40
"""Levels of lists and mappings that are accepted. An expression in one has its own limit."""


def _is_control(character: str) -> bool:
    return ord(character) < 32 or 0x7F <= ord(character) <= 0x9F or ord(character) >= 0xFFFE


class _Unreadable(Exception):
    def __init__(self, found: Diagnostic) -> None:
        self.found = found


def documents(source: Source) -> tuple[list[Yaml], list[Diagnostic]]:
    """The documents of a file, and what is wrong with it as YAML."""
    reading = _Reading(source)
    made: list[Yaml] = []
    try:
        made.extend(reading.documents())
    except _Unreadable as problem:
        reading.found.append(problem.found)
    return made, reading.found


class _Reading:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.found: list[Diagnostic] = []
        self._yaml = heavy("yaml")
        self._events = self._parsed()

    def documents(self) -> Iterator[Yaml]:
        events = self._yaml.events
        for event in self._events:
            if isinstance(event, events.DocumentStartEvent):
                yield self._node(next(self._events), 0)

    def _parsed(self) -> Iterator[Any]:
        yaml = self._yaml
        try:
            yield from yaml.parse(
                self.source.text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)
            )
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            at = min(mark.index if mark else 0, len(self.source.text))
            said = " ".join(filter(None, (error.context, error.problem)))
            raise _Unreadable(self._broken(at, said, error.problem or "")) from None
        except yaml.reader.ReaderError:
            raise _Unreadable(self._unprintable()) from None
        except UnicodeEncodeError as error:
            raise _Unreadable(self._broken(error.start, "half a character stands here")) from None

    def _broken(self, at: int, said: str, problem: str = "") -> Diagnostic:
        hint = None
        if problem.startswith("mapping values"):
            hint = "what holds `: ` stands in quotes, or below in a block that `|` begins"
        elif "cannot start any token" in problem:
            hint = "YAML is indented with spaces, and what begins with `@`, `%` or ` is quoted"
        return codes.YAML_SYNTAX.at(self._at(at), f"this is no YAML: {said}", hint=hint)

    def _unprintable(self) -> Diagnostic:
        bad = (n for n, c in enumerate(self.source.text) if c not in _LINES and _is_control(c))
        return self._broken(next(bad, 0), "a character stands here that YAML has no place for")

    def _at(self, start: int) -> Span:
        start = min(start, len(self.source.text))
        return Span(self.source, start, min(start + 1, len(self.source.text)))

    # Nodes

    def _node(self, event: Any, depth: int) -> Yaml:
        events = self._yaml.events
        span = self._span(event)
        if depth > DEEPEST:
            message = f"this is nested more than {DEEPEST} levels deep"
            raise _Unreadable(codes.TOO_DEEP.at(span, message))
        if isinstance(event, events.AliasEvent):
            self._refuse(span, "an alias (`*name`) can't stand in a strategy", "write it out")
            return Scalar("", span, "", "", (span.start,))
        if event.anchor:
            self._refuse(span, "an anchor (`&name`) can't stand in a strategy", "leave it out")
        if isinstance(event, events.ScalarEvent):
            return self._scalar(event, span)
        if event.tag and event.tag != "!":
            self._refuse(span, f"a tag (`{event.tag}`) can't stand here", "leave it out")
        if isinstance(event, events.SequenceStartEvent):
            items = tuple(self._node(each, depth + 1) for each in self._until_end())
            return Items(items, span.to(items[-1].span) if items else span)
        return self._mapping(span, depth)

    def _until_end(self) -> Iterator[Any]:
        events = self._yaml.events
        for event in self._events:
            if isinstance(event, events.SequenceEndEvent | events.MappingEndEvent):
                return
            yield event

    def _mapping(self, span: Span, depth: int) -> Entries:
        entries: dict[str, tuple[Scalar, Yaml]] = {}
        for event in self._until_end():
            key = self._node(event, depth + 1)
            value = self._node(next(self._events), depth + 1)
            if not isinstance(key, Scalar):
                self._refuse(key.span, "a key is a word, not a list or a mapping", None)
            elif key.value in entries:
                note = Note("the first is here", entries[key.value][0].span)
                message = f"the key `{key.value}` stands twice"
                hint = "a list of mappings may hold a name twice; a mapping may not"
                found = codes.YAML_SHAPE.at(key.span, message, hint=hint, notes=(note,))
                self.found.append(found)
            else:
                entries[key.value] = key, value
        made = tuple(entries.values())
        return Entries(made, span.to(made[-1][1].span) if made else span)

    def _scalar(self, event: Any, span: Span) -> Scalar:
        style = event.style or ""
        style = "" if style == ":" else style
        text = self.source.text
        if style in ("|", ">"):
            # It ends where the next key begins; what is between them is not of it.
            span = span.at(0, len(span.text.rstrip()))
        start = _PROPERTIES.match(text, event.start_mark.index)
        begun = start.end() if start else event.start_mark.index
        places = offsets(text, begun, event.end_mark.index, style, event.value)
        tag = event.tag or ""
        return Scalar(event.value, span, style, "" if tag == "!" else tag, places)

    def _span(self, event: Any) -> Span:
        length = len(self.source.text)
        start, end = min(event.start_mark.index, length), min(event.end_mark.index, length)
        return Span(self.source, start, max(start, end))

    def _refuse(self, span: Span, message: str, hint: str | None) -> None:
        self.found.append(codes.YAML_SHAPE.at(span, message, hint=hint))
