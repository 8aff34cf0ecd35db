"""The perfect reader: it answers each message with the operator's ideal reply.

It is told nothing but the rendered message. Of a text it reports every marker; where
it must choose among given values, the text alone decides which one, so it says the
same of the same text whenever it is asked.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from zlib import crc32

from rlmflow.hunt.markers import markers_in
from rlmflow.models._protocol import Model, Request
from rlmflow.models.scripted import ScriptedModel
from rlmflow.operators._frame import Question
from rlmflow.operators._ideal import Asked
from rlmflow.operators._operator import Call

Answers: TypeAlias = Callable[[str, Call], Model]
"""Gives the model that answers a call, by role and call."""


@dataclass(frozen=True)
class MarkerReader:
    """Reads markers. `seed` changes what it chooses; `brief` makes its texts one marker.

    A text that it writes is the stretch from the first marker to the last, word for
    word, so that it may stand for a quote too.
    """

    seed: int = 0
    brief: bool = False

    def markers(self, text: str) -> list[str]:
        return markers_in(text)

    def value(self, schema: Mapping[str, Any], text: str) -> object:
        return self._value(schema, schema.get("$defs", {}), text)

    def _value(self, schema: Mapping[str, Any], definitions: Mapping[str, Any], text: str) -> Any:
        if "$ref" in schema:
            return self._value(definitions[schema["$ref"].rsplit("/", 1)[1]], definitions, text)
        if "anyOf" in schema:
            return self._value(schema["anyOf"][0], definitions, text)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return schema["enum"][self._drawn(text, len(schema["enum"]))]
        match schema.get("type"):
            case "object":
                inner = schema.get("properties", {})
                return {name: self._value(of, definitions, text) for name, of in inner.items()}
            case "array":
                return [self._value(schema["items"], definitions, text)]
            case "string":
                return self._text(schema, text)
            case "boolean":
                return self._drawn(text, 2) == 1
            case "integer" | "number":
                return len(markers_in(text))
            case _:
                return None

    def _text(self, schema: Mapping[str, Any], text: str) -> str:
        if schema.get("format") == "date":
            return f"20{self._drawn(text, 90) + 10}-01-01"
        found = markers_in(text)
        if not found:
            return next(iter(text.split()), "-")
        first = text.index(found[0])
        return text[first] if self.brief else text[first : text.rindex(found[-1]) + 1]

    def _drawn(self, text: str, choices: int) -> int:
        """A number below `choices` that the text and the seed decide."""
        return crc32(f"{self.seed}:{text.strip()}".encode("utf-8", "surrogatepass")) % choices


def ideal_reply(call: Call, request: Request, seed: int) -> Any:
    """What a perfect reader replies to a request that a step with this call sends."""
    rule = call.operator.ideal_reply
    if rule is None:
        raise LookupError(f"`{call.operator.name}` declares no ideal reply")
    first, second, *later = (message.content for message in request.messages)
    asked = Asked(Question(first, second), request.schema)
    said = rule(asked, MarkerReader(seed))
    if as_reply(said) in later:
        # It was not accepted: a text of several items is no quote of one, and one marker is.
        return rule(asked, MarkerReader(seed, brief=True))
    return said


def perfect(seed: int = 0) -> Answers:
    """Answers every call as a perfect reader would."""

    def model_of(role: str, call: Call) -> Model:
        def script(request: Request) -> str:
            return as_reply(ideal_reply(call, request, seed))

        return ScriptedModel(script, name=f"perfect reader ({role})")

    return model_of


def as_reply(said: object) -> str:
    """An ideal reply as the text that a model would send."""
    return said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
