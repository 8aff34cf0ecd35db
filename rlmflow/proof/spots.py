"""Where items are: what a step made, what it left out, or a field of these."""

from __future__ import annotations

from typing import NamedTuple

from rlmflow.analysis.fields import field_type
from rlmflow.operators._operator import Path
from rlmflow.types import DocumentType, ListType, RecordType, Type

# Of these fields of an item a model sees nothing where it is shown the item: the name of
# a document, the members of a merged record, the key that the items of a group share.
_DOCUMENT_TEXT, _DOCUMENT_NAME = "text", "name"
_MEMBERS = "members"
_GROUP = ("key", "items")


class Spot(NamedTuple):
    """Items by where they are: `output` is empty for a stage's result, else a complement."""

    stage: str
    output: str = ""
    path: Path = ()

    def field(self, name: str) -> Spot:
        return self._replace(path=(*self.path, name))


def item_type(type_: Type) -> Type:
    """The type of the items of a list; of anything else, its own."""
    inner = type_.required
    return inner.item.required if isinstance(inner, ListType) else inner


def type_at(type_: Type, path: Path) -> Type | None:
    """The type that a chain of fields leads to, None where there is none of that name."""
    found: Type | None = type_
    for name in path:
        found = field_type(item_type(found), name) if found is not None else None
    return found


def normal(path: Path, type_: Type) -> Path:
    """The shortest chain to the same text: that of a document is the document itself."""
    if path and path[-1] == _DOCUMENT_TEXT:
        holder = type_at(type_, path[:-1])
        if holder is not None and isinstance(item_type(holder), DocumentType):
            return path[:-1]
    return path


def is_shown_within(name: str, holder: Type) -> bool:
    """Whether a model that is shown an item is shown this field of it."""
    item = item_type(holder)
    if isinstance(item, RecordType) and item.name is None and item.field(_GROUP[1]):
        return name != _GROUP[0]
    return name != (_DOCUMENT_NAME if isinstance(item, DocumentType) else _MEMBERS)


def holds_records(type_: Type) -> bool:
    return isinstance(item_type(type_), RecordType)


def may_hold_cut_text(type_: Type) -> bool:
    """Whether records of the type were cut from input, between whose fields is text too."""
    item = item_type(type_)
    if not isinstance(item, RecordType):
        return False
    return item.cut or any(may_hold_cut_text(each.type) for each in item.fields)
