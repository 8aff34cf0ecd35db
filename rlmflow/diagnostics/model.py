"""What is wrong with a strategy, as data; other rooms render it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from rlmflow.source import Span

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Note:
    """A second place that explains the first, such as an earlier definition."""

    message: str
    span: Span


@dataclass(frozen=True)
class Diagnostic:
    """One finding.

    `code` is like `RF310`, `name` the slug of that code's page, such as
    `margin-exceeds-size`. `span` is what the caret underlines; None where a
    finding is about no place in a strategy (an input folder, say). `hint` is
    an instruction that fixes it, without a final full stop. `path`: the steps from
    where something comes from, past where it is lost, to where it is missed. `example`:
    lines of strategy text that show it.
    """

    code: str
    name: str
    message: str
    span: Span | None = None
    hint: str | None = None
    notes: tuple[Note, ...] = ()
    severity: Severity = "error"
    path: tuple[str, ...] = ()
    example: str = ""


@dataclass
class Diagnostics:
    """The findings of one compilation, in the order in which they were made."""

    found: list[Diagnostic] = field(default_factory=list)

    def add(self, diagnostic: Diagnostic) -> None:
        if diagnostic not in self.found:
            self.found.append(diagnostic)

    @property
    def errors(self) -> list[Diagnostic]:
        return [d for d in self.found if d.severity == "error"]

    def sorted(self) -> list[Diagnostic]:
        """By file and place, those without a place first."""

        def place(d: Diagnostic) -> tuple[str, int, str]:
            return (d.span.source.name, d.span.start, d.code) if d.span else ("", -1, d.code)

        return sorted(self.found, key=place)


class StrategyError(Exception):
    """A strategy that can't be used. Carries every diagnostic that was found."""

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        first = diagnostics[0]
        place = f"{first.span.place}: " if first.span else ""
        more = f" (and {len(diagnostics) - 1} more)" if len(diagnostics) > 1 else ""
        hint = f"; {first.hint}" if first.hint else ""
        super().__init__(f"{place}{first.code} [{first.name}]: {first.message}{hint}{more}")
        self.diagnostics = diagnostics
