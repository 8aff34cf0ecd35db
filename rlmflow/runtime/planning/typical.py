"""A reader that replies as a model typically would, where nothing is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rlmflow.schema import json_schema
from rlmflow.types import Type

_QUOTED = 120


class TypicalReader:
    """A reader that finds one thing in each text: a line from its middle."""

    def markers(self, text: str) -> list[str]:
        lines = [line for line in text.splitlines() if line.strip()]
        return [lines[len(lines) // 2].strip()[:_QUOTED]] if lines else []

    def value(self, schema: Mapping[str, Any], text: str) -> object:
        return _filled(schema, schema.get("$defs", {}), text[:_QUOTED].strip() or "-")


def _filled(schema: Mapping[str, Any], definitions: Mapping[str, Any], text: str) -> object:
    """The least value that fits a schema, with `text` for its texts."""
    if "$ref" in schema:
        return _filled(definitions[schema["$ref"].rsplit("/", 1)[1]], definitions, text)
    if "anyOf" in schema:
        return _filled(schema["anyOf"][0], definitions, text)
    if "enum" in schema or "const" in schema:
        return schema.get("const", next(iter(schema.get("enum", [])), None))
    match schema.get("type"):
        case "object":
            properties = schema.get("properties", {})
            return {name: _filled(inner, definitions, text) for name, inner in properties.items()}
        case "array":
            return [_filled(schema["items"], definitions, text)]
        case "string":
            return "2000-01-01" if schema.get("format") == "date" else text
        case other:
            return {"boolean": True, "integer": 1, "number": 1.0}.get(str(other))


def typical(type_: Type) -> object:
    """A value of a type such as a typical reply would hold."""
    return TypicalReader().value(json_schema(type_), "…")
