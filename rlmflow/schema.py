"""Types as pydantic models: the one source of JSON Schemas, validation and typed results."""

from __future__ import annotations

import datetime
import re
import warnings
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, Optional

from rlmflow._lazy import heavy
from rlmflow.types import (
    BOOL,
    DATE,
    FLOAT,
    INT,
    PATTERN,
    DictType,
    DocumentType,
    EnumType,
    ListType,
    OptionalType,
    RecordType,
    Type,
)

if TYPE_CHECKING:
    import pydantic


@cache
def python_type(type_: Type) -> Any:
    """The Python type that a value of `type_` has in a typed result."""
    match type_:
        case OptionalType():
            return Optional[python_type(type_.inner)]  # noqa: UP045  a value, not an annotation
        case ListType():
            return list[python_type(type_.item)]  # type: ignore[misc]  # made at run time
        case DictType():
            return dict[python_type(type_.key), python_type(type_.value)]  # type: ignore[misc]  # the same
        case EnumType() if type_.values:
            return Literal[type_.values]
        case RecordType():
            return _record_model(type_)
        case DocumentType():
            return _text()
        case _:
            return _scalar(type_)


def _scalar(type_: Type) -> Any:
    """What a JSON value may be read as: a number or a date is made of no other kind of value."""
    library = heavy("pydantic")
    if type_ == BOOL:
        return bool
    if type_ == INT:
        return Annotated[int, library.BeforeValidator(_no_truth_value)]
    if type_ == FLOAT:
        finite = library.Field(allow_inf_nan=False)
        return Annotated[float, finite, library.BeforeValidator(_no_truth_value)]
    if type_ == DATE:
        return Annotated[datetime.date, library.BeforeValidator(_no_number)]
    if type_ == PATTERN:
        return Annotated[_text(), library.AfterValidator(_readable)]
    return _text()


def _no_truth_value(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("a truth value is no number")
    return value


def _no_number(value: object) -> object:
    if isinstance(value, int | float):
        raise ValueError("a number is no date")
    return value


def _readable(written: str) -> str:
    """A regular expression that can be read."""
    try:
        re.compile(written, re.MULTILINE)
    except re.error as error:
        raise ValueError(f"this pattern can't be read: {error}") from None
    return written


def _text() -> Any:
    """A text, never made of a number: a model that was asked for words must give words."""
    return Annotated[str, heavy("pydantic").StringConstraints(strict=True)]


def _record_model(record: RecordType) -> type[pydantic.BaseModel]:
    library = heavy("pydantic")
    fields: dict[str, Any] = {
        f.name: (
            python_type(f.type),
            library.Field(
                default=None if isinstance(f.type, OptionalType) else ..., description=f.doc
            ),
        )
        for f in record.fields
    }
    with warnings.catch_warnings():
        # A field may be called `copy` or `json`: methods of models, which nothing here calls.
        warnings.filterwarnings("ignore", "Field name .* shadows an attribute", UserWarning)
        model: type[pydantic.BaseModel] = library.create_model(record.name or "Record", **fields)
    return model


@cache
def adapter(type_: Type) -> pydantic.TypeAdapter[Any]:
    made: pydantic.TypeAdapter[Any] = heavy("pydantic").TypeAdapter(python_type(type_))
    return made


_LONGEST_SHOWN = 40
# What pydantic finds wrong, by the beginning of its name for it.
_MISFITS = {
    "missing": "it is missing",
    "extra": "nothing of that name was asked for",
    "string": "{value} is not text",
    "int": "{value} is not a whole number",
    "float": "{value} is not a number",
    "finite": "{value} is not a number",
    "bool": "{value} is neither true nor false",
    "date": "{value} is not a date such as 2024-05-31",
    "literal": "{value} is not {expected}",
    "list": "{value} is not a list",
    "tuple": "{value} is not a list",
    "dict": "{value} is not an object",
    "model": "{value} is not an object",
    "greater_than_equal": "{value} is less than {ge}",
    "greater_than": "{value} is not more than {gt}",
    "value_error": "{error}",
}


def misfit(error: Mapping[str, Any]) -> str:
    """What is wrong with a value, from one of the errors that pydantic lists."""
    kind = str(error["type"])
    said = next((words for start, words in _MISFITS.items() if kind.startswith(start)), None)
    if said is None:
        return f"it does not fit ({kind.replace('_', ' ')})"
    return said.format_map({**error.get("ctx", {}), "value": _shown(error["input"])})


def _shown(value: object) -> str:
    """A JSON value as it is named in an error."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case str():
            line = " ".join(value.split())
            return f'"{line if len(line) <= _LONGEST_SHOWN else line[:_LONGEST_SHOWN] + "…"}"'
        case int() | float():
            return f"{value:.17g}" if abs(value) < 1e15 else "that number"
        case list() | tuple():
            return "a list"
        case _:
            return "an object"


def validated(value: object, type_: Type) -> object:
    """A plain value (records are dicts) of `type_` from a JSON value, or `ValueError`.

    The error's text is one line that a model, or a person, can act on.
    """
    try:
        made = adapter(type_).validate_python(value)
    except heavy("pydantic").ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        raise ValueError(f"{place}: {misfit(first)}" if place else misfit(first)) from None
    return plain(made)


def plain(value: object) -> object:
    """A value with records as dicts, all the way down."""
    if isinstance(value, heavy("pydantic").BaseModel):
        return {name: plain(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


@cache
def json_schema(type_: Type) -> dict[str, Any]:
    """The JSON Schema of a type, strict: every field required, no others allowed."""
    schema = adapter(type_).json_schema()
    _tighten(schema)
    return schema


def _tighten(node: object) -> None:
    if isinstance(node, dict):
        node.pop("title", None) if not isinstance(node.get("title"), dict) else None
        node.pop("default", None) if not isinstance(node.get("default"), dict) else None
        properties = node.get("properties")
        if node.get("type") == "object" and isinstance(properties, dict):
            node["required"] = list(properties)
            node["additionalProperties"] = False
        for child in node.values():
            _tighten(child)
    elif isinstance(node, list):
        for child in node:
            _tighten(child)
