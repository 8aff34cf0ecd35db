"""`.members`: what an item stands for that was made of several."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from rlmflow.types import FieldType, ListType, RecordType, Type
from rlmflow.values import Item

MEMBERS = "members"


def with_members_type(item: Type) -> Type:
    """The type of items that carry their members: records do."""
    if not isinstance(item, RecordType) or item.field(MEMBERS):
        return item
    return replace(item, fields=(*item.fields, FieldType(MEMBERS, ListType(item))))


def without_members_type(item: Type) -> Type:
    """The type of what there is of an item but its members."""
    if not isinstance(item, RecordType):
        return item
    return replace(item, fields=tuple(f for f in item.fields if f.name != MEMBERS))


def with_members(value: object, members: Iterable[Item]) -> object:
    """A value that carries its members; members that have some give theirs in their place."""
    if not isinstance(value, Mapping):
        return value
    return {**value, MEMBERS: [one for member in members for one in _of(member.value)]}


def _of(value: object) -> Iterable[object]:
    return value[MEMBERS] if isinstance(value, Mapping) and MEMBERS in value else (value,)


def without_members(value: object) -> object:
    if not isinstance(value, Mapping):
        return value
    return {name: held for name, held in value.items() if name != MEMBERS}
