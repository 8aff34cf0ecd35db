"""The units of quantities."""

from __future__ import annotations

from collections.abc import Sequence

from rlmflow.diagnostics import codes
from rlmflow.diagnostics.model import Diagnostic
from rlmflow.diagnostics.suggest import did_you_mean
from rlmflow.syntax import ast

UNITS = (
    "chars",
    "tokens",
    "lines",
    "records",
    "calls",
    "USD",
    "seconds",
    "minutes",
    "hours",
    "levels",
    "%",
)


def unit_problem(quantity: ast.Quantity, wanted: Sequence[str], what: str) -> Diagnostic:
    """The finding that a quantity's unit is none of the wanted ones, or none at all."""
    if quantity.unit in UNITS:
        message = f"{what} is not measured in `{quantity.unit}`"
        return codes.WRONG_UNIT.at(quantity.span, message, hint=_one_of(wanted))
    hint = did_you_mean(quantity.unit, wanted) or did_you_mean(quantity.unit, UNITS)
    message = f"there is no unit `{quantity.unit}`"
    return codes.UNKNOWN_UNIT.at(quantity.span, message, hint=hint or _one_of(wanted))


def _one_of(units: Sequence[str]) -> str:
    listed = ", ".join(f"`{unit}`" for unit in units)
    return f"write it in {listed}" if len(units) == 1 else f"write it in one of {listed}"
