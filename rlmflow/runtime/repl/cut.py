"""Text of which the head and the tail are kept, and the middle is counted."""

from __future__ import annotations

_LONGEST_MARK = 80


class Cut:
    """Text that comes in pieces, kept to `most` characters with the mark of the cut."""

    def __init__(self, most: int) -> None:
        self._most = most
        room = max(most - _LONGEST_MARK, 2)
        self._head_room = room // 2
        self._tail_room = room - self._head_room
        self._parts: list[str] = []
        self._held = 0
        self._head: str | None = None
        self._missing = 0

    def add(self, text: str) -> None:
        """Take more text, in memory that does not grow with all of it."""
        if self._head is not None and len(text) > self._tail_room:
            self._missing += self._held + len(text) - self._tail_room
            self._parts, self._held = [text[-self._tail_room :]], self._tail_room
            return
        if self._head is None and len(text) > 2 * self._most:
            self._add(text[: self._most])
            self._squeeze()
            self.add(text[self._most :])
            return
        self._add(text)
        if self._held > 2 * self._most or len(self._parts) > self._most:
            self._squeeze()

    def text(self) -> str:
        """All of it, or its head and tail with a mark between that says what is missing."""
        if self._head is None and self._held <= self._most:
            return "".join(self._parts)
        self._squeeze()
        tail = "".join(self._parts)
        return f"{self._head}\n[... {self._missing:,} characters are not shown ...]\n{tail}"

    def _add(self, text: str) -> None:
        self._parts.append(text)
        self._held += len(text)

    def _squeeze(self) -> None:
        """Drop the middle of what is held."""
        held = "".join(self._parts)
        if self._head is None:
            if len(held) <= self._most:
                self._parts = [held]
                return
            self._head, held = held[: self._head_room], held[self._head_room :]
        tail = held[-self._tail_room :]
        self._missing += len(held) - len(tail)
        self._parts, self._held = [tail], len(tail)
