"""How an escape is written and tried: a plain function, sent to the worker as its source.

An escape is given `there`, which says where things of the host are, and may use what is
`in_the_worker`. It got out if it tells what only the host knows, or if
something of the host is changed afterwards; one that is `reaching` got out if it was
not refused at all.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from repl import in_the_worker

Attempt = Callable[[Any], object]

PRELUDE = Path(in_the_worker.__file__).read_text("utf-8")


@dataclass(frozen=True)
class Escape:
    """`alone`: why it is not tried without isolation; `also`: how else it may be refused."""

    attempt: Attempt
    reaching: bool
    alone: str | None
    also: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.attempt.__name__

    def block(self, facts: SimpleNamespace) -> str:
        """The code that tries it."""
        source = textwrap.dedent(inspect.getsource(self.attempt))
        function = source[source.index("def ") :]
        return f"{function}\nattempt({self.name}, **{vars(facts)!r})\n"

    def refused(self, said: str) -> bool:
        """It was refused as an escape is: any other error is a mistake in the escape."""
        return said.startswith(tuple(f"REFUSED {kind} " for kind in ("OSError", *self.also)))


ESCAPES: list[Escape] = []


def escape(
    *, reaching: bool = False, alone: str | None = None, also: tuple[str, ...] = ()
) -> Callable[[Attempt], Attempt]:
    """Put a function on the list of escapes."""

    def listed(attempt: Attempt) -> Attempt:
        ESCAPES.append(Escape(attempt, reaching, alone, also))
        return attempt

    return listed
