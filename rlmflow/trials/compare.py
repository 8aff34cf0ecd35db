"""How what came out differs from what a test expects, in lines that read well."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from rlmflow.expressions import compile_expression, references
from rlmflow.functions import as_text
from rlmflow.syntax import ast

_LONGEST_LINE = 200


def difference(expected: ast.Expression, known: Mapping[str, Any]) -> Iterator[str]:
    """Of an equality, its two sides line by line; of anything else, the values it names."""
    if isinstance(expected, ast.BinaryOperation) and expected.sign == "==":
        left = compile_expression(expected.left, known)(None, None)
        right = compile_expression(expected.right, known)(None, None)
        if isinstance(left, str) and isinstance(right, str) and "\n" in left + right:
            yield from _compared(right.splitlines(), left.splitlines())
        else:
            yield from _compared(_lines(right), _lines(left))
        return
    for name in dict.fromkeys(references(expected)):
        first, *more = _lines(known[name])
        yield _cut(f"{name} is {first}")
        yield from map(_cut, more)


def _compared(wanted: list[str], came: list[str]) -> Iterator[str]:
    """`-` before lines that were wanted, `+` before those that came out."""
    if len(wanted) == len(came) == 1:
        yield _cut(f"- {wanted[0]}")
        yield _cut(f"+ {came[0]}")
        return
    for line in difflib.unified_diff(wanted, came, n=1, lineterm=""):
        if not line.startswith(("---", "+++", "@@")):
            yield _cut(f"{line[0]} {line[1:]}")


def _lines(value: Any) -> list[str]:
    """A value as JSON, on one line where it is short."""
    flat = json.dumps(value, ensure_ascii=False, default=as_text)
    if len(flat) <= 60:
        return [flat]
    return json.dumps(value, ensure_ascii=False, default=as_text, indent=2).splitlines()


def _cut(line: str) -> str:
    return line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]} …"
