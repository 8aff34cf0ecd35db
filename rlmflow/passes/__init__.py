"""What is done to a checked program: first every check, then every rewrite, in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from rlmflow.diagnostics.model import Diagnostics
from rlmflow.graph.model import Program
from rlmflow.passes.drop_dead_steps import drop_dead_steps

Check: TypeAlias = Callable[[Program, Diagnostics], None]
Rewrite: TypeAlias = Callable[[Program], Program]

CHECKS: tuple[Check, ...] = ()
REWRITES: tuple[Rewrite, ...] = (drop_dead_steps,)
