from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, cast

from rlmflow.operators._most import Given, Most, Size
from rlmflow.operators._operator import ALL, NONE, OPTIONAL, SOME, Call, Facts, Finding, operator
from rlmflow.operators._parameters import Documents, Pattern
from rlmflow.operators._sample import Sample, sampled_csv, sampled_json, sampled_pattern
from rlmflow.operators._step import Result, Step, Unanswered
from rlmflow.schema import validated
from rlmflow.source import Span
from rlmflow.text.csv_records import split_csv
from rlmflow.text.dates import day_in
from rlmflow.text.found import Found, Unmatched
from rlmflow.text.json_records import split_json
from rlmflow.text.one_line import one_line
from rlmflow.text.split import split_headings, split_lines, split_paragraphs, split_pattern
from rlmflow.types import DATE, DOCUMENT, INT, TEXT, FieldType, ListType, RecordType, Type
from rlmflow.values import Item, Part

Notation = Literal["line", "paragraph", "heading", "json", "csv"]
Pieces: TypeAlias = Iterator[Found | Unmatched]
Split: TypeAlias = Callable[[str, int, int], Pieces]

_SPLITS: Mapping[str, Split] = {
    "line": split_lines,
    "paragraph": split_paragraphs,
    "heading": split_headings,
    "json": split_json,
    "csv": split_csv,
}
_MADE_OF: Mapping[str, str] = {
    "line": "each line of",
    "paragraph": "each paragraph of",
    "heading": "each section (heading, level, body) of",
    "json": "each JSON value in",
    "csv": "each row of the CSV in",
}
_LONGEST_PATTERN = 160
_SECTION = (FieldType("heading", TEXT), FieldType("level", INT), FieldType("body", TEXT))
_WHOLE_TEXT = (FieldType("text", TEXT),)


@dataclass(frozen=True)
class _Rest:
    """A stretch that is no record, on its way to `.unmatched`."""

    part: Part


@operator(returns=OPTIONAL)
async def records(step: Step, docs: Documents, *, by: Notation | Pattern) -> Result:
    """Cut documents into records: lines, paragraphs, sections, JSON, CSV, or matches.

    A record is never cut, and knows its place and that of its fields. White space
    between records belongs to none. What is no record, or has a field that does not
    fit its type, goes to `.unmatched`. A date is read as logs write it, if there is no
    doubt which day is meant: 2024-03-01T09:30, 1 March 2024, Mar 1, 2024.

    docs: the documents.
    by: `line`, `paragraph`, `heading` (fields `heading`, `level`, `body`), `json` (a value
      a line, or the elements of a list), `csv` (the first row names the fields), or a
      pattern such as `r"(?P<user>\\d+): (?P<body>.*)"`, whose named groups are the fields;
      `^` and `$` match at every line. It may be a parameter of type `pattern`.
    """
    pieces = _split(by)
    wanted = step.returns
    _refuse_missing_fields(by, wanted)

    def cut(document: Item) -> Iterator[Item]:
        core = cast(Part, document.value).core
        for index, piece in enumerate(pieces(core.source.text, core.start, core.end)):
            span = Span(core.source, piece.start, piece.end)
            value = _value(piece, span, wanted)
            places = _places(piece, span, value)
            yield step.item(value, index, [document], spans=(span,), fields=places)

    return step.split(step.expand(docs, cut), "unmatched", _is_record, _unwrapped)


def _split(by: str) -> Split:
    if by in _SPLITS:
        return _SPLITS[by]
    pattern = re.compile(by, re.MULTILINE)
    return lambda text, start, end: split_pattern(text, start, end, pattern)


def _value(found: Found | Unmatched, span: Span, wanted: Type | None) -> object:
    """A record's value, of the type that is wanted; `_Rest` if it does not fit."""
    if isinstance(found, Unmatched):
        return _Rest(Part(span, span))
    if wanted is None:
        return Part(span, span) if found.value is None else found.value
    given: object = {"text": span.text} if found.value is None else found.value
    if isinstance(wanted, RecordType) and isinstance(given, Mapping):
        given = {f.name: _dated(given[f.name], f) for f in wanted.fields if f.name in given}
    try:
        return validated(given, wanted)
    except ValueError:
        return _Rest(Part(span, span))


def _dated(value: object, field: FieldType) -> object:
    """A field's value; a day that is written as people write it, as a date."""
    if field.type.required != DATE or not isinstance(value, str):
        return value
    return day_in(value) or value


def _refuse_missing_fields(by: str, wanted: Type | None) -> None:
    """Hold a pattern that is known only when run to what a written one is held to."""
    if by in _SPLITS or not isinstance(wanted, RecordType):
        return
    given = [field.name for field in _named_groups(by)]
    if missing := [name for name in _needed(wanted) if name not in given]:
        groups = ", ".join(f"`{name}`" for name in given)
        message = f"the pattern has no group `(?P<{missing[0]}>…)`; it gives {groups}"
        raise Unanswered(message)


def _needed(record: RecordType) -> list[str]:
    return [f.name for f in record.fields if f.type.required == f.type]


def _places(found: Found | Unmatched, span: Span, value: object) -> Mapping[str, Span]:
    """Where the fields stand; one that is written in escapes stands nowhere."""
    if isinstance(found, Unmatched) or not isinstance(value, Mapping):
        return {}
    if found.value is None:
        return dict.fromkeys(value, span)
    nowhere = span.start, span.start
    return {name: Span(span.source, *found.fields.get(name, nowhere)) for name in value}


def _is_record(item: Item) -> bool:
    return not isinstance(item.value, _Rest)


def _unwrapped(item: Item) -> Item:
    return replace(item, value=item.value.part) if isinstance(item.value, _Rest) else item


@records.result
def list_of_records(call: Call) -> Type:
    if call.returns is not None:
        wanted = call.returns
        return ListType(replace(wanted, cut=True) if isinstance(wanted, RecordType) else wanted)
    fields = _known_fields(call)
    if fields is None or fields is _WHOLE_TEXT:
        return ListType(DOCUMENT)
    return ListType(RecordType(None, fields, cut=True))


@records.complement("unmatched")
def parts_of_documents(_: Call) -> Type:
    return ListType(DOCUMENT)


@records.fragment
def what_becomes_a_record(call: Call) -> str:
    by = call.constant("by")
    pattern = f"`{one_line(by, _LONGEST_PATTERN)}`" if by else call.words("by")
    what = _MADE_OF.get(by, f"each match of the pattern {pattern} in")
    return f"Makes a record of {what} {call.words('docs')}; no model is asked."


@records.facts
def keeps_all_that_has_no_pattern(call: Call) -> Facts:
    always = call.returns is None and call.constant("by") in ("line", "paragraph", "heading")
    # The header of a table and the brackets of a list are in no record, and in no rest.
    return Facts(
        reads=NONE,
        keeps=ALL if always else SOME,
        once=True,
        text="same",
        items="new",
        whole=call.constant("by") not in ("csv", "json"),
    )


@records.loses("keeps")
def what_is_no_record(call: Call) -> str:
    return f"keeps only what is a record in {call.inputs_in_words}"


@records.sample
def lines_that_are_records(call: Call) -> Sample | None:
    by, record = call.constant("by"), call.returns
    match by:
        case None | "line" | "paragraph" | "heading":
            return None
        case "json":
            return sampled_json(record) if isinstance(record, RecordType) else None
        case "csv":
            return sampled_csv(record) if isinstance(record, RecordType) else None
        case pattern:
            return sampled_pattern(pattern, record if isinstance(record, RecordType) else None)


@records.check("RF358", "record-type-missing")
def notations_need_a_type(call: Call) -> Finding | None:
    if call.returns is not None or _known_fields(call) is not None:
        return None
    by = call.words("by").strip("`")
    message = f"what fields a record of `{by}` has is not known before it is read"
    return call.span, message, "say which you want: `records(…) -> Type`"


@records.check("RF359", "field-not-cut")
def fields_come_from_the_text(call: Call) -> Finding | None:
    known = _known_fields(call)
    if call.returns is None or known is None:
        return None
    span = call.returns_span or call.span
    if not isinstance(call.returns, RecordType):
        return span, f"a record has fields, and `{call.returns}` has none", "use a record type"
    names = [f.name for f in known]
    missing = [name for name in _needed(call.returns) if name not in names]
    if not missing:
        return None
    listed = ", ".join(f"`{name}`" for name in names) or "no field at all"
    return span, f"nothing gives the field `{missing[0]}`", f"`by:` gives {listed}"


def _known_fields(call: Call) -> tuple[FieldType, ...] | None:
    """The fields that `by:` gives, None where they are known only when the text is read."""
    match call.constant("by"):
        case "line" | "paragraph":
            return _WHOLE_TEXT
        case "heading":
            return _SECTION
        case "json" | "csv" | None:
            return None
        case pattern:
            return _named_groups(pattern)


def _named_groups(pattern: str) -> tuple[FieldType, ...]:
    names = re.compile(pattern, re.MULTILINE).groupindex
    return tuple(FieldType(name, TEXT) for name in names) or _WHOLE_TEXT


@records.most()
def pieces_of_each(given: Given) -> Most:
    """A record has a byte at least; written out as fields it is no more than twice as long."""
    docs = given.size("docs")
    pieces = Size(docs.total, docs.each, docs.total)
    names = given.call.returns
    fields = sum(len(f.name) + 8 for f in names.fields) if isinstance(names, RecordType) else 0
    written = Size(docs.total, 2 * docs.each + fields)
    return Most(written, (), {"unmatched": pieces})
