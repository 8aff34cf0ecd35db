"""What ends a run since its input is at fault, freed from what stopped beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

from rlmflow.diagnostics.model import Diagnostic, StrategyError


@asynccontextmanager
async def findings_alone() -> AsyncIterator[None]:
    """Raise the findings of tasks side by side as one `StrategyError`, without their group."""
    try:
        yield
    except ExceptionGroup as group:
        findings = group.subgroup(StrategyError)
        if findings is None:
            raise
        raise StrategyError(list(dict.fromkeys(_all(findings)))) from None


def _all(error: Exception) -> Iterator[Diagnostic]:
    if isinstance(error, ExceptionGroup):
        for inner in error.exceptions:
            yield from _all(inner)
    elif isinstance(error, StrategyError):
        yield from error.diagnostics
