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

    `role` is that of the model. `items` are the ids of the items it was about, `at`
    seconds since the run began.
    `most_tokens_out` is the cap that its output had. What an endpoint did not count is
    taken at its worst case. `charged`: whether it counts as a call; one that was turned
    away unread does not. `turn` counts the replies that the model had given before, when
    it was asked again or used tools.
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
    role: str = ""
    turn: int = 0


@dataclass(frozen=True, slots=True)
class CallRecalled:
    """A reply that was there already, and cost nothing. Its fields are those of `CallDone`."""

    step: str
    model: str
    items: tuple[str, ...]
    sample: int
    role: str = ""
    turn: int = 0


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


@dataclass(frozen=True, slots=True)
class BlockRun:
    """A block of code that ran in the REPL: its own time, and how often it called the host."""

    code: str
    status: str
    output: str
    seconds: float
    requests: int


@dataclass(frozen=True, slots=True)
class TurnDone:
    """A turn of the root named `step`: what it said, what ran, and what it was then told.

    `level`: how many roots stand above it.
    """

    step: str
    level: int
    turn: int
    reply: str
    blocks: tuple[BlockRun, ...]
    told: str


@dataclass(frozen=True, slots=True)
class ToolUsed:
    """A tool that a step's model called, about `items`; `problem` says why it returned nothing.

    `arguments`: the JSON that the model wrote, in short.
    """

    step: str
    tool: str
    arguments: str
    items: tuple[str, ...]
    seconds: float
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Throttled:
    """A provider takes fewer calls at a time, or more again, or none for a while.

    `why`: the status of the call that was turned away, `slower` where calls have come to
    take longer, `recovered` where all the width may be used again. `before` and `width` are
    calls at a time; no call is sent for `wait` seconds; `at`: seconds since the run began.
    """

    provider: str
    why: str
    before: int
    width: int
    wait: float = 0.0
    at: float = 0.0


Event: TypeAlias = (
    CallDone
    | CallRecalled
    | ToolUsed
    | StepBegun
    | ItemFailed
    | ItemRejected
    | Noted
    | TurnDone
    | Throttled
)
Listener: TypeAlias = Callable[[Event], None]


def as_line(event: Event) -> str:
    """An event as one line of JSON, its kind under `event`."""
    values = {"event": type(event).__name__, **_slots(event)}
    return _encode(values)


def _slots(event: Event | BlockRun) -> dict[str, object]:
    return {name: getattr(event, name) for name in event.__slots__}


def _plain(value: object) -> object:
    return _slots(value) if isinstance(value, BlockRun) else str(value)


_encode = json.JSONEncoder(ensure_ascii=False, default=_plain).encode
