"""What happens in a run, as data. The run folder, the progress line and reports read it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class CallDone:
    """A model call that brought a usable reply, or `problem` where it did not.

    `items` are the ids of the items it was about, `at` seconds since the run began.
    `most_tokens_out` is the cap that its output had. What an endpoint did not count is
    taken at its worst case. `charged`: whether it counts as a call; one that was turned
    away unread does not.
    """

    step: str
    model: str
    items: tuple[str, ...]
    sample: int
    tokens_in: int
    tokens_out: int
    most_tokens_out: int
    usd: Decimal
    seconds: float
    at: float
    charged: bool = True
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class StepBegun:
    """A step that begins; `asks` says whether it asks a model."""

    step: str
    operator: str
    asks: bool


@dataclass(frozen=True, slots=True)
class ItemFailed:
    """An item for which a step has no result."""

    step: str
    item: str
    place: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class ItemRejected:
    """Something that a model said about an item and that was not accepted."""

    step: str
    item: str
    place: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Noted:
    """Something about a step that people should see after the run."""

    step: str
    message: str


Event: TypeAlias = CallDone | StepBegun | ItemFailed | ItemRejected | Noted
Listener: TypeAlias = Callable[[Event], None]


def as_line(event: Event) -> str:
    """An event as one line of JSON, its kind under `event`."""
    values = {name: getattr(event, name) for name in event.__slots__}
    return json.dumps({"event": type(event).__name__, **values}, ensure_ascii=False, default=str)
