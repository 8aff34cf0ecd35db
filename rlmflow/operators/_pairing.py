"""Two items as one: a record with `left` and `right`."""

from __future__ import annotations

from rlmflow.operators._operator import Path
from rlmflow.operators._step import Step
from rlmflow.types import FieldType, RecordType, Type
from rlmflow.values import Item

SIDES: tuple[Path, Path] = (("left",), ("right",))


def pair_type(left: Type, right: Type) -> RecordType:
    return RecordType(None, (FieldType("left", left), FieldType("right", right)))


def pair(step: Step, number: int, left: Item, right: Item) -> Item:
    """The items keep where they came from. `number` tells apart the pairs of a step."""
    return step.item({"left": left, "right": right}, number, (left, right))
