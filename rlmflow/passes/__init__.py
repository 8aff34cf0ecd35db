"""What is done to a checked program: first every check, then every rewrite, in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from rlmflow.diagnostics.model import Diagnostics
from rlmflow.graph.model import Program
from rlmflow.passes.drop_dead_steps import drop_dead_steps
from rlmflow.passes.prove_contract import prove_contract
from rlmflow.passes.select_before_asking import select_before_asking

Check: TypeAlias = Callable[[Program, Diagnostics], Program]
"""It reports what is wrong, and gives the program with what it found out about it."""
Rewrite: TypeAlias = Callable[[Program], Program]

CHECKS: tuple[Check, ...] = (prove_contract,)
REWRITES: tuple[Rewrite, ...] = (drop_dead_steps, select_before_asking)
