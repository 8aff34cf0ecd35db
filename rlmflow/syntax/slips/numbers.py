"""Numbers and their units."""

from __future__ import annotations

from rlmflow.diagnostics import codes
from rlmflow.syntax import ast
from rlmflow.syntax.explain import Trouble
from rlmflow.syntax.slips._fix import Fix, instead

UNITS = frozenset(
    {"chars", "tokens", "lines", "records", "calls", "USD"}
    | {"seconds", "minutes", "hours", "levels"}
)


def unit_on_next_line(trouble: Trouble) -> Fix | None:
    if trouble.before.type != "NUMBER" or trouble.token.value not in UNITS:
        return None
    if not isinstance(trouble.below, ast.Number) and trouble.kind_below != "NUMBER":
        return None
    number = trouble.before
    insert = ("QUANTITY", f"{number.value} {trouble.token.value}", number.start_pos)
    return Fix(
        "a number and its unit stand on one line",
        f"write `{number.value} {trouble.token.value}`",
        ((*insert, trouble.token.end_pos),),
        skip=1,
        drop=1,
        damages=False,
        span=trouble.span_from(number),
    )


def limit_without_unit(trouble: Trouble) -> Fix | None:
    if trouble.kind != "NUMBER" or not trouble.automaton.accepts("QUANTITY"):
        return None
    number = trouble.token.value
    unit = trouble.after.value if trouble.after.value in UNITS else ""
    message = f"`{number}` needs a unit"
    hint = f"write `{number} {unit or 'calls'}`, on one line"
    insert = instead(trouble, "QUANTITY", f"{number} {unit or 'calls'}")
    return Fix(message, hint, insert, 2 if unit else 1, code=codes.MISSING_UNIT)


def spaced_suffix(trouble: Trouble) -> Fix | None:
    """`6 k tokens`."""
    if trouble.before.type != "NUMBER" or trouble.token.value not in {"k", "M"}:
        return None
    written = f"{trouble.before.value}{trouble.token.value}"
    span = trouble.span_from(trouble.before)
    skip = 2 if trouble.after.type == "NAME" else 1
    unit = f" {trouble.after.value}" if skip == 2 else ""
    return Fix("no space stands in a number", f"write `{written}{unit}`", skip=skip, span=span)
