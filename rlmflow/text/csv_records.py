"""Records in CSV, as RFC 4180 has it: a header, then rows with as many fields."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from rlmflow.text.found import Found, Unmatched, without_line_end, without_white_space

DELIMITERS = ",;\t|"
_QUOTED = r'"(?:[^"]++|"")*+"'
_FIRST_ROW = re.compile(rf'(?:{_QUOTED}|[^"\n]++|")*?(?=\n|\Z)')


class _Cell(NamedTuple):
    """A field as it is written, inside its quotes if it has any."""

    start: int
    end: int
    quoted: bool

    def value(self, text: str) -> str:
        raw = text[self.start : self.end]
        return raw.replace('""', '"') if self.quoted else raw


class _Row(NamedTuple):
    """`cells` is None for a line that breaks the rules of quoting."""

    start: int
    end: int
    cells: list[_Cell] | None


def split_csv(text: str, start: int, end: int) -> Iterator[Found | Unmatched]:
    """Each row of `text[start:end]` after the header, as a dict of text by field name.

    The header is in no record. The delimiter is whichever of comma, semicolon,
    tab and bar the header has most of. A field in double quotes may hold
    delimiters, line ends and doubled quotes. Blank lines are skipped. A row with
    more or fewer fields than the header, or with text after a closing quote, is
    unmatched.
    """
    start, _ = without_white_space(text, start, end)
    rows = _rows(text, start, end, _delimiter(text, start, end))
    header = next(rows, None)
    if header is None:
        return
    if header.cells is None:
        yield Unmatched(*without_white_space(text, start, end), "the header's quotes do not match")
        return
    names = _names([cell.value(text).strip() for cell in header.cells])
    for row in rows:
        yield _record(text, row, names)


def _record(text: str, row: _Row, names: list[str]) -> Found | Unmatched:
    if row.cells is None:
        return Unmatched(row.start, row.end, "its quotes do not match")
    if len(row.cells) != len(names):
        counts = f"it has {len(row.cells)} fields where the header has {len(names)}"
        return Unmatched(row.start, row.end, counts)
    value: dict[str, object] = {}
    fields = {}
    for name, cell in zip(names, row.cells, strict=True):
        value[name] = said = cell.value(text)
        if len(said) == cell.end - cell.start:
            fields[name] = cell.start, cell.end
    return Found(row.start, row.end, value, fields)


def _rows(text: str, at: int, end: int, delimiter: str) -> Iterator[_Row]:
    """The rows that are not blank. After a broken line, reading goes on with the next line."""
    while at < end:
        line_end = text.find("\n", at, end) + 1 or end
        stop = line_end
        cells: list[_Cell] | None
        if text.find('"', at, line_end) < 0:
            cells = _plain_cells(text, at, without_line_end(text, at, line_end), delimiter)
        else:
            cells, stop = _cells(text, at, end, _cell_pattern(delimiter))
        if cells is None:
            stop = line_end
        if not text[at:stop].isspace():
            yield _Row(at, without_line_end(text, at, stop), cells)
        at = stop


def _plain_cells(text: str, at: int, end: int, delimiter: str) -> list[_Cell]:
    """The cells of a line without any quote, by the fastest way there is."""
    cells = []
    for part in text[at:end].split(delimiter):
        cells.append(_Cell(at, at + len(part), False))
        at += len(part) + 1
    return cells


def _cells(
    text: str, at: int, end: int, pattern: re.Pattern[str]
) -> tuple[list[_Cell] | None, int]:
    """The cells of the row that begins at `at`, and where the next row begins."""
    cells = []
    while match := pattern.match(text, at, end):
        group = "bare" if match["quoted"] is None else "quoted"
        cells.append(_Cell(*match.span(group), group == "quoted"))
        at = match.end()
        if match["after"] in ("", "\n", "\r\n"):
            return cells, at
    return None, at


@cache
def _cell_pattern(delimiter: str) -> re.Pattern[str]:
    mark = re.escape(delimiter)
    return re.compile(
        rf'(?:"(?P<quoted>(?:[^"]++|"")*+)"|(?P<bare>(?!")(?:[^{mark}\r\n]++|\r(?!\n))*+))'
        rf"(?P<after>{mark}|\r?\n|\Z)"
    )


def _delimiter(text: str, start: int, end: int) -> str:
    first = _FIRST_ROW.match(text, start, end)
    unquoted = re.sub(_QUOTED, "", first[0]) if first else ""
    return max(DELIMITERS, key=unquoted.count)


def _names(header: list[str]) -> list[str]:
    """The header's names; one that is empty or was used before is told apart by a number."""
    names: list[str] = []
    for position, written in enumerate(header, start=1):
        name = written or f"column_{position}"
        copy = 2
        while name in names:
            name = f"{written}_{copy}"
            copy += 1
        names.append(name)
    return names
