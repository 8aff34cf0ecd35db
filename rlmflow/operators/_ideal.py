"""What a perfect reader is, for the ideal replies that operators declare.

An ideal reply sees the message that a model would see, and nothing else. The
reader it is given finds the markers that were planted in the text and makes
values that fit a schema; a marker that the reply does not bring back was lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from rlmflow.operators._frame import Question, read_beside, read_items


class Reader(Protocol):
    def markers(self, text: str) -> list[str]:
        """The markers in a text, in order, each as often as it stands there."""
        ...

    def value(self, schema: Mapping[str, Any], text: str) -> object:
        """A value that fits the schema; the same for the same text, whenever asked.

        A free text in it holds every marker of `text`.
        """
        ...


@dataclass(frozen=True)
class Asked:
    """The rendered message of a call, and the schema that its reply must fit."""

    question: Question
    schema: Mapping[str, Any] | None

    @property
    def items(self) -> Mapping[int, str]:
        """What stands in the message, by item number."""
        return read_items(self.question)

    @property
    def beside(self) -> Mapping[str, str]:
        """What is shown beside the items, such as the state of a fold, by its name."""
        return read_beside(self.question)


_PLAIN_TEXT: Mapping[str, Any] = {"type": "string"}


def one_value(asked: Asked, reader: Reader, *beside: str) -> object:
    """The ideal reply of a call that wants one value: it rests on all items, and on `beside`."""
    text = "\n".join((*beside, *asked.items.values()))
    return reader.value(_PLAIN_TEXT if asked.schema is None else asked.schema, text)


def value_each(asked: Asked, reader: Reader) -> object:
    """The ideal reply of a packed call: a value an item, by its number."""
    schema = asked.schema
    if schema is None or "1" not in schema["properties"]:
        return one_value(asked, reader)
    definitions = {"$defs": schema["$defs"]} if "$defs" in schema else {}
    return {
        str(number): reader.value({**schema["properties"][str(number)], **definitions}, text)
        for number, text in asked.items.items()
    }
