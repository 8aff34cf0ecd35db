"""A rule that an operator has for its calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from rlmflow.diagnostics.model import Diagnostic, Severity
from rlmflow.source import Span

if TYPE_CHECKING:
    from rlmflow.operators._call import Call

Finding: TypeAlias = tuple[Span, str, str | None]
"""Where, what is wrong in one line, and the hint that fixes it."""


@dataclass(frozen=True)
class Check:
    """A rule of one operator, with the code and the slug of its page."""

    code: str
    name: str
    test: Callable[[Call], Finding | None]
    severity: Severity = "error"

    def __call__(self, call: Call) -> Diagnostic | None:
        finding = self.test(call)
        if finding is None:
            return None
        span, message, hint = finding
        return Diagnostic(self.code, self.name, message, span, hint, severity=self.severity)
