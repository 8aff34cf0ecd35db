"""The operators of the language: every file of this folder that does not begin with `_`."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path

from rlmflow.operators._operator import Operator


@cache
def all_operators() -> dict[str, Operator]:
    """Every operator by its name in the language, in alphabetical order."""
    files = sorted(Path(__file__).parent.glob("[!_]*.py"))
    modules = [import_module(f"{__name__}.{file.stem}") for file in files]
    found = [value for m in modules for value in vars(m).values() if isinstance(value, Operator)]
    return {operator.name: operator for operator in sorted(found, key=lambda o: o.name)}
