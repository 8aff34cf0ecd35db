"""What text looks like that an operator can take apart, so that inputs can be made up for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from rlmflow.types import BOOL, DATE, FLOAT, INT, EnumType, RecordType, Type


class Sample(NamedTuple):
    """A document is `head`, then any number of lines that match the expression `line`."""

    line: str
    head: str = ""


_DATE = r"20[0-2][0-9]-0[1-9]-1[0-9]"
_SCALARS: Mapping[Type, str] = {INT: "[1-9][0-9]?", FLOAT: r"[0-9]\.5", DATE: _DATE}


def sampled_pattern(pattern: str, record: RecordType | None) -> Sample:
    """Lines that a record's pattern matches, its named groups filled as their types want."""
    line = pattern.removeprefix("^").removesuffix("$")
    for field in record.fields if record else ():
        line = _refilled(line, field.name, _value(field.type))
    return Sample(line)


def sampled_json(record: RecordType) -> Sample:
    fields = [f'"{field.name}": {_quoted(field.type)}' for field in record.fields]
    return Sample(r"\{" + ", ".join(fields) + r"\}")


def sampled_csv(record: RecordType) -> Sample:
    names = ",".join(field.name for field in record.fields)
    return Sample(
        ",".join(_value(field.type) or r"[^\",;\t|\r\n]+" for field in record.fields), names
    )


def _value(type_: Type) -> str | None:
    """An expression for values of a type, None where any text will do."""
    wanted = type_.required
    if wanted == BOOL:
        return "(?:true|false)"
    if isinstance(wanted, EnumType) and wanted.values:
        return f"(?:{'|'.join(map(re.escape, wanted.values))})"
    return _SCALARS.get(wanted)


def _quoted(type_: Type) -> str:
    value = _value(type_)
    if type_.required in (BOOL, INT, FLOAT):
        return str(value)
    return f'"{value or _PLAIN}"'


_PLAIN = r'[^"\\\x00-\x1f]*'
_CELL = r'[^",;\t|\r\n]+'


def _refilled(pattern: str, group: str, inside: str | None) -> str:
    """The pattern with another content for a named group; the same for None."""
    opening = f"(?P<{group}>"
    start = pattern.find(opening)
    if inside is None or start < 0:
        return pattern
    depth, at, in_class = 1, start + len(opening), False
    while depth and at < len(pattern):
        character = pattern[at]
        if character == "\\":
            at += 1
        elif in_class:
            in_class = character != "]"
        else:
            in_class = character == "["
            depth += {"(": 1, ")": -1}.get(character, 0)
        at += 1
    return f"{pattern[:start]}{opening}{inside}){pattern[at:]}"
