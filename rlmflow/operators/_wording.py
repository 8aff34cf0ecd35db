"""How a reply must look, in words: every message says it, whatever the endpoint enforces.

An endpoint that enforces a schema does not always let the model see it, and field
docstrings and choices are part of the question.
"""

from __future__ import annotations

import json

from rlmflow.types import (
    BOOL,
    DATE,
    FLOAT,
    INT,
    QUOTE,
    DictType,
    EnumType,
    ListType,
    OptionalType,
    RecordType,
    Type,
)

_SCALARS: dict[Type, str] = {
    BOOL: "true or false",
    INT: "a whole number",
    FLOAT: "a number",
    DATE: 'a date as "YYYY-MM-DD"',
    QUOTE: "words copied exactly from the data",
}


def in_words(type_: Type) -> str:
    """What a JSON value of this type is."""
    match type_:
        case OptionalType():
            return f"{in_words(type_.inner)}, or null"
        case EnumType(values=values) if values:
            return "one of " + ", ".join(json.dumps(value, ensure_ascii=False) for value in values)
        case ListType():
            return f"a list, each item {in_words(type_.item)}"
        case DictType():
            return f"an object whose values are each {in_words(type_.value)}"
        case RecordType():
            fields = "".join(f'\n- "{f.name}": {_field(f.type, f.doc)}' for f in type_.fields)
            return f"an object with these keys:{fields}\n"
        case _:
            return _SCALARS.get(type_, "a text")


def _field(type_: Type, doc: str | None) -> str:
    return f"{doc} ({in_words(type_)})" if doc else in_words(type_)


def _answer(type_: Type) -> str:
    """What an answer of its own is; a judgement is given in words."""
    return 'one of "yes", "no"' if type_ == BOOL else in_words(type_)


def value_in_words(type_: Type) -> str:
    return f"Reply with JSON alone: {in_words(type_)}".rstrip()


def wrapped_in_words(key: str, type_: Type) -> str:
    return f'Reply with JSON alone, {{"{key}": …}}, in which "{key}" is {_answer(type_)}'.rstrip()


def keyed_in_words(type_: Type, size: int) -> str:
    return (
        f'Reply with JSON alone: one object with the keys "1" to "{size}", each key once. '
        f"The value of each is {_answer(type_)}"
    ).rstrip()
