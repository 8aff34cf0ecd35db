"""How large a part may be: in characters, lines or tokens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from rlmflow.text.tokens import count_tokens, prefix_within, suffix_within

Unit = Literal["chars", "lines", "tokens"]


@dataclass(frozen=True, slots=True)
class Size:
    """`count` of a unit: `Size(6_000, "tokens")`. Characters are Unicode code points."""

    count: int
    unit: Unit = "chars"

    def of(self, text: str, start: int, end: int) -> int:
        """The size of `text[start:end]` in this unit; a last line without an end counts."""
        if self.unit == "chars":
            return end - start
        if self.unit == "tokens":
            return count_tokens(text[start:end])
        unfinished = start < end and text[end - 1] != "\n"
        return text.count("\n", start, end) + unfinished

    def forward(self, text: str, start: int, end: int) -> int:
        """Where this much of `text[start:end]`, from its start, ends."""
        return _FORWARD[self.unit](text, start, end, self.count)

    def backward(self, text: str, start: int, end: int) -> int:
        """Where this much of `text[start:end]`, from its end, begins."""
        return _BACKWARD[self.unit](text, start, end, self.count)


def _characters_forward(_text: str, start: int, end: int, count: int) -> int:
    return min(end, start + count)


def _characters_backward(_text: str, start: int, end: int, count: int) -> int:
    return max(start, end - count)


def _lines_forward(text: str, start: int, end: int, count: int) -> int:
    for _ in range(count):
        at = text.find("\n", start, end)
        if at < 0:
            return end
        start = at + 1
    return start


def _lines_backward(text: str, start: int, end: int, count: int) -> int:
    for _ in range(count):
        if end <= start:
            return start
        end = text.rfind("\n", start, end - 1) + 1 or start
    return end


_Walk = Callable[[str, int, int, int], int]
_FORWARD: dict[Unit, _Walk] = {
    "chars": _characters_forward,
    "lines": _lines_forward,
    "tokens": prefix_within,
}
_BACKWARD: dict[Unit, _Walk] = {
    "chars": _characters_backward,
    "lines": _lines_backward,
    "tokens": suffix_within,
}
