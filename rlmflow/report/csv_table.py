"""An answer as a table for a spreadsheet: CSV, as RFC 4180 has it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence

from rlmflow.report.answer import plain_json
from rlmflow.runtime.outcome import Answer

_SOURCE = "source"


def as_csv(answer: Answer) -> str:
    """A head, and a row for each item of a list or each entry of a dict.

    The fields of a record are columns, those of a record or a dict in it too; all that is
    none of these stands in its cell as JSON. Items of a list end with their `source`.
    """
    value = plain_json(answer.value)
    if isinstance(value, list):
        rows = [_row(one, "value") for one in value]
        if any(answer.places) and len(answer.places) == len(rows):
            rows = [
                {**row, _SOURCE: row.get(_SOURCE) or place or ""}
                for row, place in zip(rows, answer.places, strict=True)
            ]
    elif isinstance(value, Mapping):
        rows = [{"key": key, **_row(held, "value")} for key, held in value.items()]
    else:
        rows = [_row(value, "value")]
    return _written(rows)


def _row(value: object, name: str) -> dict[str, str]:
    """The cells of a value, by their columns."""
    if not isinstance(value, Mapping):
        return {name: _cell(value)}
    row: dict[str, str] = {}
    for field, held in value.items():
        for column, cell in _row(held, field).items():
            # Of two fields with one name, as of `left` and `right`, the second says whose it is.
            row[column if column not in row else f"{field}.{column}"] = cell
    return row


def _cell(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _written(rows: Sequence[Mapping[str, str]]) -> str:
    columns = list(dict.fromkeys(_with_last(column for row in rows for column in row)))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _with_last(columns: Iterable[str]) -> Iterable[str]:
    """The columns, a row's source behind all others."""
    every = list(dict.fromkeys(columns))
    return [*(c for c in every if c != _SOURCE), *(c for c in every if c == _SOURCE)]
