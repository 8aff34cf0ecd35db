"""The tools that a step may name for its model, as analysis leaves them to the run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from rlmflow.operators._function import PythonFunction
from rlmflow.source import Span

INPUT_TOOLS = ("read_file", "grep_input")
"""Those that are always there, over the documents of the input."""


@dataclass(frozen=True)
class PythonTool:
    """A function of a Python file."""

    function: PythonFunction


@dataclass(frozen=True)
class InputTool:
    """One of `INPUT_TOOLS`."""

    name: str


@dataclass(frozen=True)
class ServerTool:
    """A tool of an MCP server, or all of them. Which there are is known only when run."""

    server: str
    tool: str | None
    span: Span


@dataclass(frozen=True)
class GivenTools:
    """The tools that a `list[text]` names, a parameter's value: known only when run."""

    parameter: str
    span: Span


KnownTool: TypeAlias = PythonTool | InputTool | ServerTool
NamedTool: TypeAlias = KnownTool | GivenTools


def tool_of(name: str, span: Span) -> KnownTool:
    """The tool that a text names: of the input, `server.tool`, or all of a server's."""
    if name in INPUT_TOOLS:
        return InputTool(name)
    server, _, tool = name.partition(".")
    return ServerTool(server, tool or None, span)


def resolved(
    named: Sequence[NamedTool], value_of: Callable[[str], Sequence[str]]
) -> Iterator[KnownTool]:
    """The tools, with those that parameters name in their places.

    `value_of` gives a parameter's value.
    """
    for tool in named:
        if isinstance(tool, GivenTools):
            names = dict.fromkeys(value_of(tool.parameter))
            yield from (tool_of(name, tool.span) for name in names)
        else:
            yield tool
