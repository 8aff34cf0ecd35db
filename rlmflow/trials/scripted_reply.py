"""From the value that a test scripts for a step to the reply that its model sends."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from rlmflow.functions import as_text
from rlmflow.models._protocol import Request
from rlmflow.operators._frame import Question, read_items

Said: TypeAlias = Callable[[str], object]
"""The scripted value, given the text of the item that it is about."""


def scripted_reply(request: Request, said: Said) -> str:
    """The reply to a request, in the form that its schema wants.

    A list stands for the items of a reply that is a list, any other value for one. In a
    reply with a value an item, each item is given its own. Where a record is wanted, a
    text is its JSON. Raises `ValueError` where such a text is no JSON.
    """
    items = read_items(Question(request.messages[0].content, request.messages[1].content))
    everything = "\n".join(items.values())
    schema = request.schema
    if schema is None:
        return as_text(said(everything))
    properties: Mapping[str, Any] = schema["properties"]  # type: ignore[assignment]  # an object's schema
    if list(properties) == [str(number) for number in items] and len(items) > 1:
        answers = {n: _fitted(said(text), properties[str(n)], schema) for n, text in items.items()}
        return _json(answers)
    if list(properties) == ["items"]:
        value = said(everything)
        listed = value if isinstance(value, list) else [value]
        return _json({"items": [_fitted(v, properties["items"]["items"], schema) for v in listed]})
    if len(properties) == 1 and next(iter(properties)) in ("answer", "1"):
        ((name, inner),) = properties.items()
        return _json({name: _fitted(said(everything), inner, schema)})
    return _json(_fitted(said(everything), schema, schema))


def _fitted(value: object, wanted: Mapping[str, Any], root: Mapping[str, Any]) -> object:
    if "$ref" in wanted:
        return _fitted(value, root["$defs"][wanted["$ref"].rsplit("/", 1)[1]], root)
    if "anyOf" in wanted:
        return None if value is None else _fitted(value, wanted["anyOf"][0], root)
    if wanted.get("type") == "object" and isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            raise ValueError(f"a record is scripted as JSON, and this is none: {value!r}") from None
    if wanted.get("type") == "array" and isinstance(value, list):
        return [_fitted(one, wanted["items"], root) for one in value]
    if wanted.get("enum") == ["yes", "no"] and isinstance(value, bool):
        return "yes" if value else "no"
    return value


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=as_text)
