"""The built-in tools: looking things up in the documents of the input."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import regex

from rlmflow.diagnostics.suggest import did_you_mean
from rlmflow.models._protocol import Tool
from rlmflow.runtime.python_files import in_thread
from rlmflow.runtime.tools._tool import Output, ToolFailed
from rlmflow.source import Span
from rlmflow.values import Document

_MOST_CHARACTERS = 8000
_MOST_LINES = 200
_MOST_MATCHES = 40
_MOST_COUNTED = 1000
_MOST_OF_A_LINE = 400
_SEARCH_SECONDS = 10.0
_MOST_NAMES = 20


@dataclass(frozen=True)
class InputLookup:
    """See `RunningTool`. `look_up` works on the documents, in a thread of its own."""

    tool: Tool
    documents: Sequence[Document]
    look_up: Callable[..., Output]

    async def call(self, arguments: Mapping[str, object]) -> Output:
        known: Any = self.tool.parameters["properties"]
        unknown = sorted(set(arguments) - set(known))
        if unknown:
            raise ToolFailed(f"it takes no `{unknown[0]}`; it takes {', '.join(known)}")
        return await in_thread(lambda: self.look_up(self.documents, **arguments))


def read_file(
    documents: Sequence[Document],
    name: object = None,
    start: object = 1,
    lines: object = _MOST_LINES,
) -> Output:
    """The lines of a document from `start`, as many as fit, with what was left out."""
    document = _named(documents, name)
    first, count = _whole_number("start", start), _whole_number("lines", lines)
    total = len(document.line_starts)
    if first > total:
        raise ToolFailed(f"{document.name} has {total:,} lines")
    begin = document.line_starts[first - 1]
    last = min(first + count, total + 1)
    while last > first + 1 and _line_start(document, last) - begin > _MOST_CHARACTERS:
        last -= 1
    end = min(_line_start(document, last), begin + _MOST_CHARACTERS)
    cut = " of which the end is cut off" if end < _line_start(document, last) else ""
    head = f"{document.name}, lines {first:,} to {last - 1:,} of {total:,}{cut}:"
    stretch = Span(document, begin, end)
    return Output(f"{head}\n{stretch.text}", (stretch,))


def _line_start(document: Document, line: int) -> int:
    """Where a line begins; the end of the text for the line after the last."""
    starts = document.line_starts
    return starts[line - 1] if line <= len(starts) else len(document.text)


def _named(documents: Sequence[Document], name: object) -> Document:
    found = next((document for document in documents if document.name == name), None)
    if found is not None:
        return found
    if not isinstance(name, str) or not name:
        raise ToolFailed("`name` is missing: the name of a document")
    names = [document.name for document in documents]
    ends = [document for document in documents if document.name.endswith(f"/{name}")]
    if len(ends) == 1:
        return ends[0]
    listed = ", ".join(names[:_MOST_NAMES]) + (", …" if len(names) > _MOST_NAMES else "")
    meant = did_you_mean(name, names) or f"there are {listed}"
    raise ToolFailed(f"there is no document `{name}`; {meant}")


def _whole_number(name: str, value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return value
    raise ToolFailed(f"`{name}` is a whole number, at least 1")


def grep_input(
    documents: Sequence[Document], pattern: object = None, name: object = None
) -> Output:
    """The lines in which a regular expression matches, each after its place."""
    if not isinstance(pattern, str) or not pattern:
        raise ToolFailed("`pattern` is missing: a regular expression")
    searched = documents if name is None else [_named(documents, name)]
    try:
        compiled = regex.compile(pattern, regex.MULTILINE)
        matches = _matching_lines(searched, compiled)
        shown = list(islice(matches, _MOST_MATCHES))
        more = sum(1 for _ in islice(matches, _MOST_COUNTED))
    except regex.error as error:
        raise ToolFailed(f"`{pattern}` is no regular expression: {error}") from None
    except TimeoutError:
        raise ToolFailed(f"searching took more than {_SEARCH_SECONDS:g} seconds") from None
    if not shown:
        return Output("no line matches")
    lines = [f"{stretch.place}: {stretch.text}" for stretch in shown]
    if more:
        at_least = "at least " if more == _MOST_COUNTED else ""
        lines.append(f"[{at_least}{more:,} more lines match]")
    return Output("\n".join(lines), tuple(shown))


def _matching_lines(documents: Sequence[Document], pattern: regex.Pattern[str]) -> Iterator[Span]:
    """Each line that holds a match, once; of a long one what stands around the match."""
    for document in documents:
        done = 0
        for match in pattern.finditer(document.text, timeout=_SEARCH_SECONDS, concurrent=True):
            if match.start() < done:
                continue
            start = document.line_starts[document.line_column(match.start())[0] - 1]
            last = document.line_column(max(match.start(), match.end() - 1))[0]
            done = _line_start(document, last + 1)
            end = start + len(document.text[start:done].rstrip("\r\n"))
            around = max(0, _MOST_OF_A_LINE - (match.end() - match.start())) // 2
            if end - start > _MOST_OF_A_LINE:
                start = max(start, match.start() - around)
                end = min(end, max(match.end() + around, start + 1), start + _MOST_CHARACTERS)
            yield Span(document, start, end)


def _schema(properties: Mapping[str, tuple[str, str]], required: str) -> dict[str, object]:
    return {
        "type": "object",
        "properties": {
            name: {"type": type_, "description": said} for name, (type_, said) in properties.items()
        },
        "required": [required],
        "additionalProperties": False,
    }


_NAME = ("string", "the name of a document")
LOOKUPS: Mapping[str, tuple[Tool, Callable[..., Output]]] = {
    "read_file": (
        Tool(
            "read_file",
            "Read lines of a document of the input.",
            _schema(
                {
                    "name": _NAME,
                    "start": ("integer", "the first line, from 1; by default 1"),
                    "lines": ("integer", f"how many lines; by default {_MOST_LINES}"),
                },
                "name",
            ),
        ),
        read_file,
    ),
    "grep_input": (
        Tool(
            "grep_input",
            "Find the lines of the input in which a regular expression matches.",
            _schema(
                {
                    "pattern": ("string", "a regular expression; (?i) ignores case"),
                    "name": ("string", "the name of the one document to search"),
                },
                "pattern",
            ),
        ),
        grep_input,
    ),
}
