"""What comes of a block of code, and the limits that it runs in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "error", "timeout", "died"]


@dataclass(frozen=True)
class ReplLimits:
    """Limits of one REPL.

    `seconds` of a block's own code, `grace`: seconds that it then has to come to its end,
    `memory` in bytes, `output` of a block in characters,
    and `frame`: bytes of one message between the host and the REPL, either way.
    """

    seconds: float = 120.0
    grace: float = 2.0
    memory: int = 4 << 30
    output: int = 8192
    frame: int = 64 << 20


@dataclass(frozen=True)
class Announced:
    """`answer` after a block. `problem` says what code made of it that it must not be."""

    content: object = ""
    ready: bool = False
    problem: str | None = None


@dataclass(frozen=True)
class Block:
    """What came of one block.

    "timeout" is a block whose time was up, and "died" one that ended with its worker: what
    they asked is forgotten on a replay. `output`: what was printed, the last expression's
    value, and the traceback of an error; cut in its middle where it is long. `seconds`:
    its own, without those that it waited for the host; `requests`: its calls to the host.
    """

    status: Status
    output: str
    answer: Announced
    seconds: float
    requests: int
