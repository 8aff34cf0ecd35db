"""From what is typed after `--set` to a parameter's value."""

from __future__ import annotations

import json
import re
from pathlib import Path

from rlmflow.diagnostics.codes import BAD_VALUE
from rlmflow.diagnostics.model import StrategyError
from rlmflow.schema import validated
from rlmflow.types import BOOL, DATE, FLOAT, INT, DictType, ListType, OptionalType, RecordType, Type

_SCALARS: dict[Type, str] = {
    BOOL: "`true` or `false`",
    INT: "a whole number such as 3",
    FLOAT: "a number such as 0.5",
    DATE: "a date such as 2025-01-31",
}
_JSON = (BOOL, INT, FLOAT)
_MADE_OF_OTHERS: dict[type[Type], str] = {
    ListType: """a JSON list such as '["yes", "no"]'""",
    DictType: "a JSON object",
    RecordType: "a JSON object",
}


def parse_value(name: str, written: str, type_: Type) -> object:
    """The value of parameter `name` that `written` stands for.

    A text stands as it is, and numbers, truth values, lists and records as JSON;
    `@path` stands for what the file holds, `none` for no value where the type has a
    `?`. Raises `StrategyError` with a `bad-value`.
    """
    if isinstance(type_, OptionalType) and written == "none":
        return None
    text = _file(name, written[1:]) if written.startswith("@") else written
    try:
        return validated(_plain(text, type_.required), type_)
    except ValueError as error:
        shown = text if len(text) <= 60 else f"{text[:60]}…"
        message = f"`{name}` must be of type {type_}, and is `{shown}`: {error}"
        raise StrategyError([BAD_VALUE.at(None, message, hint=_hint(type_.required))]) from None


def _file(name: str, path: str) -> str:
    try:
        return Path(path).read_text("utf-8").removesuffix("\n")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        message = f"`{name}` can't be read from `{path}`: {why}"
        raise StrategyError([BAD_VALUE.at(None, message)]) from None


def _plain(text: str, type_: Type) -> object:
    if not (type_ in _JSON or type(type_) in _MADE_OF_OTHERS):
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} at character {error.pos + 1}") from None


def _hint(type_: Type) -> str | None:
    example = _SCALARS.get(type_) or _MADE_OF_OTHERS.get(type(type_))
    return f"give {example}" if example else None


_TIME = re.compile(r"(\d+(?:\.\d+)?)\s*(s|sec|seconds|m|min|minutes|h|hours)?")
_SECONDS = {"s": 1, "m": 60, "h": 3600}


def seconds_of(written: str) -> float | None:
    """The seconds that `30s`, `2m` or a bare number stand for; None for what is no time."""
    found = _TIME.fullmatch(written.strip())
    return float(found[1]) * _SECONDS[(found[2] or "s")[0]] if found else None
