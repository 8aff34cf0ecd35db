"""Items as records: what fields an item has when one is added to it."""

from __future__ import annotations

from collections.abc import Mapping

from rlmflow.source import Span
from rlmflow.types import TEXT, DocumentType, FieldType, RecordType, Type
from rlmflow.values import Item, Part


def record_type(item: Type) -> RecordType:
    """The record that an item of this type is, or becomes: a text has the field `text`."""
    if isinstance(item, RecordType):
        return item
    if isinstance(item, DocumentType):
        fields = (FieldType("name", TEXT), FieldType("text", TEXT))
        return RecordType("document", fields, cut=True, margin=item.margin)
    return RecordType(None, (FieldType("text" if item == TEXT else "value", item),))


def as_record(value: object) -> Mapping[str, object]:
    """The fields of a value, by the rule of `record_type`."""
    if isinstance(value, Mapping):
        return value
    if isinstance(value, Part):
        return {"name": value.name, "text": value.text}
    return {"text" if isinstance(value, str) else "value": value}


def record_places(item: Item) -> Mapping[str, Span]:
    """Where the fields stand that `as_record` gives: the text of a part is its core."""
    if isinstance(item.value, Part):
        return {"text": item.value.core}
    return item.fields
