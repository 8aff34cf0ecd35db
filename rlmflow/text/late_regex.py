"""Patterns of the `regex` package, which costs ten milliseconds, for texts that are cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from rlmflow._lazy import heavy

if TYPE_CHECKING:
    import regex


class LateRegex:
    """A pattern that is compiled when it is first used. It has the methods of `regex.Pattern`."""

    match: Callable[..., regex.Match[str] | None]
    search: Callable[..., regex.Match[str] | None]
    finditer: Callable[..., Iterator[regex.Match[str]]]

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern

    def __getattr__(self, method: str) -> Any:
        """A method of the compiled pattern, which from then on is the object's own."""
        compiled: regex.Pattern[str] = heavy("regex").compile(self.pattern)
        found = getattr(compiled, method)
        setattr(self, method, found)
        return found
