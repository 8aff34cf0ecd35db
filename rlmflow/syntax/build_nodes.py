"""What every rule of the grammar builds its node with: places, names, a limit on nesting."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, Protocol, TypeAlias, TypeVar

from rlmflow.diagnostics import codes
from rlmflow.diagnostics.model import Diagnostic
from rlmflow.source import Source, Span
from rlmflow.syntax import ast

DEEPEST = 100
"""Levels of nesting that are accepted, in expressions and in types.

Rooms that walk the tree do so by recursion; this keeps them far from its limit.
"""


class Word(Protocol):
    """A token: a string that knows its kind and its place."""

    type: str
    value: str
    start_pos: int
    end_pos: int


Pieces: TypeAlias = Sequence[Any]
"""What a rule matched: tokens, nodes, tuples of nodes, None for a missing option."""

N = TypeVar("N", bound=ast.Node)


def start(piece: Any) -> int:
    """Where a token or a node begins."""
    return piece.span.start if isinstance(piece, ast.Node) else piece.start_pos


def end(piece: Any) -> int:
    """Where a token or a node ends."""
    return piece.span.end if isinstance(piece, ast.Node) else piece.end_pos


def nodes(pieces: Iterable[Any]) -> tuple[Any, ...]:
    """The nodes among the pieces of a list."""
    return tuple(piece for piece in pieces if isinstance(piece, ast.Node))


class NodeBuilder:
    """What all rules build with: places, names, and a limit on nesting."""

    def begin(self, source: Source) -> None:
        self.source = source
        self.found: list[Diagnostic] = []
        self._damaged = -1
        self._depths: dict[int, tuple[int, ast.Node]] = {}

    def damage(self, offset: int) -> None:
        """Note that text at `offset` did not parse: the step around it is broken."""
        self._damaged = max(self._damaged, offset)

    def span(self, first: int, last: int) -> Span:
        return Span(self.source, first, last)

    def _across(self, pieces: Pieces) -> Span:
        last = next(piece for piece in reversed(pieces) if piece is not None)
        return Span(self.source, start(pieces[0]), end(last))

    def _spread(self, pieces: Pieces) -> Span:
        """Like `_across`, where a piece may be a list with its last token."""
        flat = [piece[1] if isinstance(piece, tuple) else piece for piece in pieces]
        return self._across(flat)

    def _word_span(self, word: Word) -> Span:
        return Span(self.source, word.start_pos, word.end_pos)

    def _name(self, word: Word) -> ast.Name:
        self._check_name(word)
        return ast.Name(word.value, span=self._word_span(word))

    def _check_name(self, word: Word) -> None:
        written = word.value
        if written.isascii():
            return
        if not written.isidentifier() or unicodedata.normalize("NFKC", written) != written:
            self.found.append(
                codes.UNEXPECTED_CHARACTER.at(
                    self._word_span(word),
                    f"`{written}` can't be a name",
                    hint="a name is made of plain letters, digits and `_`",
                )
            )

    # Nesting

    def _nested(self, node: N, children: Iterable[ast.Node]) -> N | ast.Broken:
        """`node`, unless it is nested too deeply or holds something that is."""
        depth = 1 + max((self._depth(child) for child in children), default=0)
        if depth <= DEEPEST:
            self._depths[id(node)] = (depth, node)
            return node
        if depth == DEEPEST + 1:
            self._too_deep(node.span)
        broken = ast.Broken(span=node.span)
        self._depths[id(broken)] = (DEEPEST + 1, broken)
        return broken

    def _depth(self, node: ast.Node) -> int:
        known = self._depths.get(id(node))
        return known[0] if known else 0

    def _too_deep(self, span: Span) -> None:
        self.damage(span.start)
        self.found.append(
            codes.TOO_DEEP.at(
                span,
                f"this is nested more than {DEEPEST} levels deep",
                hint="give an inner part a name of its own, in a step before this one",
            )
        )
