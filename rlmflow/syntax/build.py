"""From what the parser has matched to the syntax tree, one method for each rule.

The parser calls a `Builder` while it parses: each method is named as its rule (or
the rule's alias) in the grammar, gets the matched pieces, punctuation included, and
returns the node. What a grammar can't refuse is found here: a bad escape, a number
that is none, nesting without end.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rlmflow.syntax import ast
from rlmflow.syntax.build_expressions import ExpressionBuilder
from rlmflow.syntax.build_nodes import Pieces, Word, nodes


class Builder(ExpressionBuilder):
    """Builds the tree of one file at a time; `begin` before each."""

    # Items

    def file(self, pieces: Pieces) -> ast.File:
        doc, *items = pieces
        return ast.File(self.source, doc, nodes(items))

    def use(self, pieces: Pieces) -> ast.Use:
        _, path, names, _, alias = pieces
        where = ast.Name(path.value, span=self._word_span(path))
        named = self._name(alias) if alias else None
        return ast.Use(where, names[0] if names else (), named, span=self._spread(pieces))

    def use_python(self, pieces: Pieces) -> ast.Use:
        _, _, path, names, _, alias = pieces
        where = ast.Name(path.value, span=path.content)
        named = self._name(alias) if alias else None
        span = self._spread(pieces)
        return ast.Use(where, names[0] if names else (), named, python=True, span=span)

    def imported(self, pieces: Pieces) -> tuple[tuple[ast.Name, ...], Word]:
        return self._names(pieces), pieces[-1]

    def _names(self, pieces: Pieces) -> tuple[ast.Name, ...]:
        return tuple(self._name(piece) for piece in pieces if piece and piece.type == "NAME")

    def record(self, pieces: Pieces) -> ast.RecordDefinition:
        name = self._name(pieces[1])
        return ast.RecordDefinition(name, nodes(pieces), span=self._across(pieces))

    def field(self, pieces: Pieces) -> ast.FieldDefinition:
        name, _, kind, doc, _ = pieces
        return ast.FieldDefinition(self._name(name), kind, doc, span=self._across(pieces[:4]))

    def enum(self, pieces: Pieces) -> ast.EnumDefinition:
        name = self._name(pieces[1])
        return ast.EnumDefinition(name, nodes(pieces), span=self._across(pieces))

    def strategy(self, pieces: Pieces) -> ast.Strategy:
        _, name, parameters, _, returns, ensures, within, *body = pieces
        return ast.Strategy(
            self._name(name),
            parameters,
            returns,
            ensures or (),
            within or (),
            nodes(body),
            span=self._across(pieces),
        )

    def parameters(self, pieces: Pieces) -> tuple[ast.Parameter, ...]:
        return nodes(pieces)

    def parameter(self, pieces: Pieces) -> ast.Parameter:
        name, _, kind, _, default, doc = pieces
        return ast.Parameter(self._name(name), kind, default, doc, span=self._across(pieces))

    def ensures(self, pieces: Pieces) -> tuple[ast.Clause, ...]:
        return nodes(pieces)

    def within(self, pieces: Pieces) -> tuple[ast.Quantity, ...]:
        return tuple(piece for piece in pieces if isinstance(piece, ast.Quantity))

    def clause(self, pieces: Pieces) -> ast.Clause:
        name, _, subject, _, share, _ = pieces
        share = share if isinstance(share, ast.Quantity) else None
        return ast.Clause(self._name(name), subject, share, span=self._across(pieces))

    def limit(self, pieces: Pieces) -> ast.Quantity | ast.Broken:
        return self.quantity(pieces)

    def test(self, pieces: Pieces) -> ast.Test:
        _, title, _, name, _, *lines, _ = pieces
        return ast.Test(
            title,
            self._name(name),
            _of("given", lines),
            _of("reply", lines),
            _of("reader", lines),
            _of("expect", lines),
            span=self._across(pieces),
        )

    def given(self, pieces: Pieces) -> tuple[str, tuple[ast.Binding, ...]]:
        return "given", pieces[1]

    def reply(self, pieces: Pieces) -> tuple[str, tuple[ast.Binding, ...]]:
        return "reply", pieces[1]

    def reader(self, pieces: Pieces) -> tuple[str, tuple[ast.Name, ...]]:
        return "reader", (self._name(pieces[1]),)

    def expect(self, pieces: Pieces) -> tuple[str, tuple[ast.Expression, ...]]:
        return "expect", (pieces[1],)

    def bindings(self, pieces: Pieces) -> tuple[ast.Binding, ...]:
        return nodes(pieces)

    def binding(self, pieces: Pieces) -> ast.Binding:
        name, _, value = pieces
        return ast.Binding(self._name(name), self._whole(name, value), span=self._across(pieces))

    # Statements

    def _whole(self, first: Word, value: ast.Expression) -> ast.Expression:
        """`value`, or `Broken` where some of it did not parse."""
        if self._damaged >= first.start_pos:
            return ast.Broken(span=value.span)
        return value

    def step(self, pieces: Pieces) -> ast.Step:
        name, _, value = pieces
        return ast.Step(self._name(name), self._whole(name, value), span=self._across(pieces))

    def answer(self, pieces: Pieces) -> ast.Answer:
        word, value = pieces
        return ast.Answer(self._whole(word, value), span=self._across(pieces))

    def hint(self, pieces: Pieces) -> ast.Hint:
        return ast.Hint(pieces[1], span=self._across(pieces))


def _of(kind: str, lines: Iterable[tuple[str, tuple[Any, ...]] | None]) -> tuple[Any, ...]:
    """What all lines of a test that begin with `kind` hold, in order."""
    return tuple(node for line in lines if line and line[0] == kind for node in line[1])
