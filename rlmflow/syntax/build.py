"""From what the parser has matched to the syntax tree, one method for each rule.

The parser calls a `Builder` while it parses: each method is named as its rule (or
the rule's alias) in the grammar, gets the matched pieces, punctuation included, and
returns the node. What a grammar can't refuse is found here: a bad escape, a number
that is none, nesting without end.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeAlias, TypeVar

from rlmflow.diagnostics import codes
from rlmflow.diagnostics.model import Diagnostic
from rlmflow.source import Source, Span
from rlmflow.syntax import ast, literals

DEEPEST = 100
"""Levels of nesting that are accepted, in expressions and in types.

Rooms that walk the tree do so by recursion; this keeps them far from its limit.
"""

FROM_OTHER_LANGUAGES = {
    "True": "true",
    "False": "false",
    "None": "none",
    "null": "none",
    "nil": "none",
    "undefined": "none",
}


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


class Builder:
    """Builds the tree of one file at a time; `begin` before each."""

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

    def _spread(self, pieces: Pieces) -> Span:
        """Like `_across`, where a piece may be a list with its last token."""
        flat = [piece[1] if isinstance(piece, tuple) else piece for piece in pieces]
        return self._across(flat)

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
        name, _, kind, _, default = pieces
        return ast.Parameter(self._name(name), kind, default, span=self._across(pieces))

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

    # Types

    def type(self, pieces: Pieces) -> ast.NamedType:
        word, arguments, mark = pieces
        self._check_name(word)
        inner = arguments[0] if arguments else ()
        kind = ast.NamedType(word.value, inner, mark is not None, span=self._spread(pieces))
        kept = self._nested(kind, inner)
        return kept if isinstance(kept, ast.NamedType) else self._unknown_type(kept)

    def _unknown_type(self, broken: ast.Broken) -> ast.NamedType:
        kind = ast.NamedType("", span=broken.span)
        self._depths[id(kind)] = (DEEPEST + 1, kind)
        return kind

    def type_arguments(self, pieces: Pieces) -> tuple[tuple[ast.NamedType, ...], Word]:
        return nodes(pieces), pieces[-1]

    # Expressions

    def binary(self, pieces: Pieces) -> ast.Expression:
        left, sign, right = pieces
        node = ast.BinaryOperation(sign.value, left, right, span=self._across(pieces))
        return self._nested(node, (left, right))

    def not_in(self, pieces: Pieces) -> ast.Expression:
        left, _, _, right = pieces
        node = ast.BinaryOperation("not in", left, right, span=self._across(pieces))
        return self._nested(node, (left, right))

    def unary(self, pieces: Pieces) -> ast.Expression:
        sign, value = pieces
        node = ast.UnaryOperation(sign.value, value, span=self._across(pieces))
        return self._nested(node, (value,))

    def access(self, pieces: Pieces) -> ast.Expression:
        value, _, name = pieces
        node = ast.Field(value, self._name(name), span=self._across(pieces))
        return self._nested(node, (value,))

    def group(self, pieces: Pieces) -> ast.Expression:
        inner: ast.Expression = pieces[1]
        widened = replace(inner, span=self._across(pieces))
        depth = self._depth(inner)
        if depth:
            self._depths[id(widened)] = (depth, widened)
        return widened

    def list(self, pieces: Pieces) -> ast.Expression:
        items = nodes(pieces)
        return self._nested(ast.ListOf(items, span=self._across(pieces)), items)

    def call(self, pieces: Pieces) -> ast.Expression:
        callee, *arguments, _, _, returns, prompt = pieces
        given = nodes(arguments)
        node = ast.Call(self._name(callee), given, returns, prompt, span=self._across(pieces))
        return self._nested(node, (argument.value for argument in given))

    def argument(self, pieces: Pieces) -> ast.Argument:
        span = self._across(pieces)
        if len(pieces) == 1:
            return ast.Argument(None, pieces[0], span=span)
        return ast.Argument(self._name(pieces[0]), pieces[2], span=span)

    def match(self, pieces: Pieces) -> ast.Expression:
        _, value, *rest = pieces
        arms = nodes(rest)
        node = ast.Match(value, arms, span=self._across(pieces))
        return self._nested(node, (value, *(arm.value for arm in arms)))

    def arm(self, pieces: Pieces) -> ast.Arm:
        pattern, _, value = pieces
        tested = pattern if isinstance(pattern, ast.Node) else None
        return ast.Arm(tested, value, span=self._across(pieces))  # type: ignore[arg-type]  # the grammar allows no other pattern

    def reference(self, pieces: Pieces) -> ast.Expression:
        (word,) = pieces
        self._check_name(word)
        span = self._word_span(word)
        meant = FROM_OTHER_LANGUAGES.get(word.value)
        if meant is None:
            return ast.Reference(word.value, span=span)
        message = f"`{word.value}` is written `{meant}` here"
        self.found.append(codes.UNEXPECTED_TOKEN.at(span, message, hint=f"write `{meant}`"))
        return ast.Nothing(span=span) if meant == "none" else ast.Truth(meant == "true", span=span)

    def truth(self, pieces: Pieces) -> ast.Truth:
        return ast.Truth(pieces[0].value == "true", span=self._word_span(pieces[0]))

    def nothing(self, pieces: Pieces) -> ast.Nothing:
        return ast.Nothing(span=self._word_span(pieces[0]))

    def number(self, pieces: Pieces) -> ast.Number | ast.Broken:
        (word,) = pieces
        value = literals.number(word.value)
        if isinstance(value, literals.Flaw):
            return self._bad_number(word, value)
        return ast.Number(value, word.value, span=self._word_span(word))

    def negative(self, pieces: Pieces) -> ast.Number | ast.Broken:
        positive = self.number(pieces[1:])
        if isinstance(positive, ast.Broken):
            return positive
        span = self._across(pieces)
        return ast.Number(-positive.value, f"-{positive.written}", span=span)

    def quantity(self, pieces: Pieces) -> ast.Quantity | ast.Broken:
        (word,) = pieces
        digits, unit = literals.quantity(word.value)
        value = literals.number(digits)
        if isinstance(value, literals.Flaw):
            return self._bad_number(word, value)
        return ast.Quantity(value, unit, digits, span=self._word_span(word))

    def _bad_number(self, word: Word, flaw: literals.Flaw) -> ast.Broken:
        span = self.span(word.start_pos + flaw.start, word.start_pos + flaw.end)
        self.found.append(codes.BAD_NUMBER.at(span, flaw.message, hint=flaw.hint))
        return ast.Broken(span=self._word_span(word))

    def string(self, pieces: Pieces) -> ast.Text:
        (word,) = pieces
        quoted = literals.unquote(word.value)
        # A text that recovery put in the place of a bad one is longer than its place.
        first = min(word.start_pos + quoted.start, word.end_pos)
        content = self.span(first, first + len(quoted.inner))
        value, flaws = (quoted.inner, []) if quoted.raw else literals.unescape(quoted.inner)
        for flaw in flaws:
            span = content.at(flaw.start, flaw.end)
            self.found.append(codes.BAD_STRING.at(span, flaw.message, hint=flaw.hint))
        span = self._word_span(word)
        return ast.Text(value, content, quoted.raw, quoted.block, span=span)

    def word(self, pieces: Pieces) -> Word:
        only: Word = pieces[0]
        return only


def _of(kind: str, lines: Iterable[tuple[str, tuple[Any, ...]] | None]) -> tuple[Any, ...]:
    """What all lines of a test that begin with `kind` hold, in order."""
    return tuple(node for line in lines if line and line[0] == kind for node in line[1])
