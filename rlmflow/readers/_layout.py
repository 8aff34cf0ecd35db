"""Text that is put together from the pieces of a marked-up file, with their places in it."""

from __future__ import annotations

from typing import Literal

from rlmflow.values import Document, Marks


class Layout:
    """Puts pieces one behind the other, with line ends between them where a block ends.

    `unit` is what places in the file are counted in.
    """

    def __init__(self, unit: Literal["line", "page", "paragraph"]) -> None:
        self._unit = unit
        self._pieces: list[str] = []
        self._length = 0
        self._gap = 0
        self._starts: list[int] = []
        self._numbers: list[int] = []

    @property
    def at_line_start(self) -> bool:
        return not self._pieces or self._gap > 0 or self._pieces[-1].endswith("\n")

    @property
    def is_empty(self) -> bool:
        return not self._pieces

    def end_line(self, lines: int = 1) -> None:
        """So many line ends, or more, stand before the next piece; none before the first."""
        self._gap = max(self._gap, lines)

    def add(self, piece: str, number: int) -> None:
        """A piece that stands in the line, page or paragraph `number` of the file."""
        if self._gap and self._pieces:
            self._put("\n" * self._gap)
        self._gap = 0
        if not self._numbers or self._numbers[-1] != number:
            self._starts.append(self._length)
            self._numbers.append(number)
        self._put(piece)

    def document(self, name: str) -> Document:
        marks = Marks(self._unit, tuple(self._starts), tuple(self._numbers))
        return Document(name, "".join(self._pieces), marks, encoding=None)

    def _put(self, piece: str) -> None:
        self._pieces.append(piece)
        self._length += len(piece)
