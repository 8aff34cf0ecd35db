"""The tools that a step may name for its model, as analysis leaves them to the run."""

from __future__ import annotations

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


NamedTool: TypeAlias = PythonTool | InputTool | ServerTool
