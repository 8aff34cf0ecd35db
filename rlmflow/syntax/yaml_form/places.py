"""Where each character of a YAML scalar stands in the file, whatever its style."""

from __future__ import annotations

import re

_SPACE = " \t\r\n\x85\u2028\u2029"
_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_CODED = {"x": 2, "u": 4, "U": 8}


def offsets(text: str, start: int, end: int, style: str, value: str) -> tuple[int, ...]:
    """An offset in `text` for each character of `value`, and one for its end.

    start, end: where the scalar stands, with its quotes or its `|`. Where what is written
    and what is meant can't be laid side by side, the place is that of the whole scalar.
    """
    first, last = _inside(text, start, end, style)
    found = _aligned(text, first, last, style, value)
    if found is None:
        return (*[start] * len(value), max(start, end))
    return found


def _inside(text: str, start: int, end: int, style: str) -> tuple[int, int]:
    if style in ("'", '"'):
        begun = text.find(style, start, end) + 1
        return begun, max(begun, end - 1)
    if style in ("|", ">"):
        header = _BREAK.search(text, text.find(style, start, end), end)
        return (header.end() if header else end), end
    return start, end


def _aligned(text: str, at: int, end: int, style: str, value: str) -> tuple[int, ...] | None:
    found: list[int] = []
    while len(found) < len(value):
        if at < end and text[at] == "\\" and style == '"':
            at = _escape(text, at, end, found)
        elif at < end and text[at] not in _SPACE:
            if text[at] != value[len(found)]:
                return None
            found.append(at)
            at += 2 if style == "'" and text.startswith("''", at) else 1
        else:
            run = at
            while run < end and text[run] in _SPACE:
                run += 1
            _space(text, at, run, style, value, found)
            if run == at:
                break
            at = run
    while len(found) < len(value):
        found.append(at)
    return (*found, min(at, end))


def _escape(text: str, at: int, end: int, found: list[int]) -> int:
    """Take an escape of a text in double quotes; where the next character stands."""
    line = _BREAK.match(text, at + 1)
    if line is not None:
        # An escaped line end means nothing, and neither does the space that begins the next.
        at = line.end()
        while at < end and text[at] in " \t":
            at += 1
        return at
    found.append(at)
    return at + 2 + (_CODED.get(text[at + 1], 0) if at + 1 < end else 0)


def _space(text: str, start: int, end: int, style: str, value: str, found: list[int]) -> None:
    """Lay a run of white space beside what it means; line ends may be folded."""
    meant = len(found)
    if style in ("|", ">"):
        while meant < len(value) and value[meant] in _SPACE:
            meant += 1
        width = meant - len(found)
        # What indents a line further than the block does stands at the end of the run.
        found.extend(max(start, end - width + n) for n in range(width))
        return
    if not _BREAK.search(text, start, end):
        found.extend(range(start, min(end, start + len(value) - meant)))
        return
    # An escape may go on with white space where what is written ends.
    escaped = style == '"' and text.startswith("\\", end)
    while not escaped and meant < len(value) and value[meant] in _SPACE:
        meant += 1
    if escaped:
        breaks = _BREAK.findall(text, start, end)
        # The first break is a space, or nothing where more follow, but these two are kept.
        kept = len(breaks) - (breaks[0] not in "\u2028\u2029")
        meant = min(meant + max(1, kept), len(value))
    found.extend([start] * (meant - len(found)))
