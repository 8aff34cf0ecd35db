"""Findings as text for people, and as data for programs."""

from __future__ import annotations

from collections.abc import Iterable

from rlmflow.diagnostics.model import Diagnostic, Note
from rlmflow.diagnostics.picture import PictureLine, picture, visible
from rlmflow.source import Span

_STYLES = {"error": "1;31", "warning": "1;33", "note": "1;34", "hint": "1;36", "gutter": "34"}


def render(diagnostics: Iterable[Diagnostic], *, color: bool = False) -> str:
    """Each finding as a block with its source underlined, blocks apart by an empty line.

    `color` adds ANSI escapes. The text ends with a line end unless it is empty.
    """
    return "\n".join(_block(diagnostic, color) for diagnostic in diagnostics)


def as_data(diagnostic: Diagnostic) -> dict[str, object]:
    """A finding as JSON: lines and columns from 1, offsets from 0, all in characters."""
    return {
        "code": diagnostic.code,
        "name": diagnostic.name,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        **_place(diagnostic.span),
        "hint": diagnostic.hint,
        "notes": [{"message": note.message, **_place(note.span)} for note in diagnostic.notes],
        "path": list(diagnostic.path),
        "example": diagnostic.example,
    }


def _place(span: Span | None) -> dict[str, object]:
    if span is None:
        return {"file": None, "span": None}
    line, column = span.source.line_column(span.start)
    end_line, end_column = span.source.line_column(span.end)
    return {
        "file": span.source.name,
        "span": {
            "start": span.start,
            "end": span.end,
            "line": line,
            "column": column,
            "end_line": end_line,
            "end_column": end_column,
        },
    }


def _block(diagnostic: Diagnostic, color: bool) -> str:
    severity = _styled(diagnostic.severity, diagnostic.severity, color)
    lines = [f"{severity} {diagnostic.code} [{diagnostic.name}]: {visible(diagnostic.message)}"]
    if diagnostic.span:
        lines += _excerpt(diagnostic.span, "^", diagnostic.severity, color)
    for note in diagnostic.notes:
        lines += _note(note, color)
    if diagnostic.path:
        way = visible(" → ".join(diagnostic.path))
        lines.append(f"  {_styled('path:', 'note', color)} {way}")
    if diagnostic.hint:
        lines.append(f"  {_styled('hint:', 'hint', color)} {visible(diagnostic.hint)}")
    if diagnostic.example:
        lines.append(f"  {_styled('as a test:', 'hint', color)}")
        lines += [f"    {visible(line)}" for line in diagnostic.example.splitlines()]
    return "".join(f"{line}\n" for line in lines)


def _note(note: Note, color: bool) -> list[str]:
    head = f"  {_styled('note:', 'note', color)} {visible(note.message)}"
    return [head, *_excerpt(note.span, "-", "note", color)]


def _excerpt(span: Span, mark: str, style: str, color: bool) -> list[str]:
    line, column = span.source.line_column(span.start)
    drawn = picture(span, mark)
    gutter = max(len(str(p.number)) for p in drawn)
    corner = _styled("┌─", "gutter", color)
    lines = [f"{' ' * gutter} {corner} {visible(span.source.name)}:{line}:{column}"]
    for part in drawn:
        lines += _rows(part, gutter, style, color)
    return lines


def _rows(part: PictureLine, gutter: int, style: str, color: bool) -> list[str]:
    bar = _styled("│", "gutter", color)
    number = str(part.number) if part.number else ""
    rows = [f"{_styled(number.rjust(gutter), 'gutter', color)} {bar} {part.text}".rstrip()]
    if part.underline:
        indent = part.underline[: -len(part.underline.lstrip())]
        marks = _styled(part.underline.lstrip(), style, color)
        rows.append(f"{' ' * gutter} {bar} {indent}{marks}")
    return rows


def _styled(text: str, style: str, color: bool) -> str:
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if color else text
