"""The tokens of a text that did not parse, and how its brackets belong together."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from rlmflow.source import Source

END = "$END"
BAD = "BAD"
"""The kind of a piece of text that is no token: a stray character, a text without end."""

PARTNERS = {"LPAR": "RPAR", "LSQB": "RSQB", "LBRACE": "RBRACE"}
CLOSERS = frozenset(PARTNERS.values())
ITEM_WORDS = frozenset({"USE", "TYPE", "STRATEGY", "TEST"})
SOFT_WORDS = frozenset({"AS", "OF", "PYTHON", "GIVEN", "REPLY", "EXPECT"})
RESERVED = frozenset(
    {"STRATEGY", "TYPE", "TEST", "USE", "ANSWER", "HINT", "ENSURES", "WITHIN", "MATCH"}
    | {"ELSE", "TRUE", "FALSE", "NONE", "AND", "OR", "NOT", "IN"}
)

_BAD = re.compile(
    r"""
      r?\"\"\"[\s\S]*                  # a block that has no end takes the rest of the file
    | r?"[^\n]*                        # a text that has no end takes the rest of its line
    | '(?:[^'\\\n]|\\.)*'              # single quotes
    | [“”„][^\n“”"]*[“”"]?             # quotes of a word processor
    | &&|\|\||/\*|.
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Piece:
    """A token as scanned without context; it has the shape of the parser's own tokens."""

    type: str
    value: str
    start_pos: int
    end_pos: int


def bad_piece(text: str, offset: int) -> Piece:
    """What stands at `offset`, where no token begins."""
    match = _BAD.match(text, offset)
    written = match.group() if match else text[offset:]
    return Piece(BAD, written, offset, offset + len(written))


class Tokens:
    """All tokens of a text, the last of kind `END`, with their brackets paired."""

    def __init__(self, source: Source, pieces: Sequence[Piece]) -> None:
        last = pieces[-1].end_pos if pieces else 0
        self.source = source
        self.all = [*pieces, Piece(END, "", last, last)]
        self._starts = [piece.start_pos for piece in pieces]
        self.partner: dict[int, int] = {}
        self.around: list[int | None] = []
        self._pair()

    def index(self, offset: int) -> int:
        """The first token that begins at `offset` or later."""
        return bisect_left(self._starts, offset)

    def first_on_line(self, index: int) -> bool:
        if index == 0:
            return True
        between = self.source.text[self.all[index - 1].end_pos : self.all[index].start_pos]
        return "\n" in between

    def kind(self, index: int) -> str:
        return self.all[index].type if index < len(self.all) else END

    def begins_item(self, index: int) -> bool:
        """Whether a `use`, `type`, `strategy` or `test` begins here, whatever is still open."""
        if self.kind(index) not in ITEM_WORDS or not self.first_on_line(index):
            return False
        return self.kind(index + 1) in {"NAME", "STRING", "PATH", "DOT", *SOFT_WORDS}

    def begins_step(self, index: int) -> bool:
        """Whether a statement of a body begins here, rightly written or not."""
        kind, after = self.kind(index), self.kind(index + 1)
        if kind in {"ANSWER", "HINT"}:
            return self.first_on_line(index) or after not in {"COLON", "EQUAL", "COMMA", "RPAR"}
        if kind not in {"NAME", *SOFT_WORDS}:
            return False
        # Two names beside one another stand in no expression: `for x`, `let x`.
        two = after == "NAME" and self.first_on_line(index) and not self.first_on_line(index + 1)
        return after == "EQUAL" or two

    def closed(self, start: int) -> bool:
        """Whether the bracket at offset `start` has a partner."""
        return self.index(start) in self.partner

    def inside(self, index: int) -> int | None:
        """Offset of the closed bracket that stands around a token (or that it closes)."""
        opener = self.around[index] if index < len(self.around) else None
        return None if opener is None else self.all[opener].start_pos

    def _pair(self) -> None:
        """Find each bracket's partner; what can't have one encloses nothing.

        A bracket stays without a partner when an outer one closes first, when an item
        begins, or when a step begins that is no further indented than its line.
        """
        open_: list[int] = []
        for index, token in enumerate(self.all):
            if self.begins_item(index):
                open_.clear()
            elif self.begins_step(index) and self.first_on_line(index):
                while open_ and self._ended_by_step(open_[-1], index):
                    open_.pop()
            if token.type in PARTNERS:
                open_.append(index)
            elif token.type in CLOSERS:
                self._close(open_, index)
        self._enclose()

    def _ended_by_step(self, opener: int, step: int) -> bool:
        return self.kind(opener) != "LBRACE" and self._indent(step) <= self._indent(opener)

    def _indent(self, index: int) -> int:
        line = self.source.line_column(self.all[index].start_pos)[0]
        text = self.source.line_text(line)
        return len(text) - len(text.lstrip())

    def _close(self, open_: list[int], closer: int) -> None:
        for position in range(len(open_) - 1, -1, -1):
            kind = self.kind(open_[position])
            if PARTNERS[kind] == self.kind(closer):
                self.partner[open_[position]] = closer
                self.partner[closer] = open_[position]
                del open_[position:]
                return
            if kind == "LBRACE":
                return

    def _enclose(self) -> None:
        open_: list[int] = []
        for index, token in enumerate(self.all):
            self.around.append(open_[-1] if open_ else None)
            if index not in self.partner:
                continue
            if token.type in PARTNERS:
                open_.append(index)
            else:
                open_.pop()
