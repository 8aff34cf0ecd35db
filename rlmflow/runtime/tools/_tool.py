"""A tool as the loop sees it, whoever provides it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from rlmflow.models._protocol import Tool
from rlmflow.source import Span


class ToolFailed(Exception):
    """What a model is told in place of a tool's output."""


@dataclass(frozen=True, slots=True)
class Output:
    """What a tool returned. `shown` are the stretches of the input that stand in it.

    Where there are none, what it returned is a document of its own.
    """

    text: str
    shown: tuple[Span, ...] = ()


class RunningTool(Protocol):
    """A tool that can be called now."""

    @property
    def tool(self) -> Tool:
        """What a model is told of it."""
        ...

    async def call(self, arguments: Mapping[str, object]) -> Output:
        """Its output. Raises `ToolFailed` or `Unanswered`."""
        ...
