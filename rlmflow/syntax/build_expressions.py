"""From what the parser has matched to types and expressions, a method for each rule."""

from __future__ import annotations

from dataclasses import replace

from rlmflow.diagnostics import codes
from rlmflow.syntax import ast, literals
from rlmflow.syntax.build_nodes import DEEPEST, NodeBuilder, Pieces, Word, nodes

FROM_OTHER_LANGUAGES = {
    "True": "true",
    "False": "false",
    "None": "none",
    "null": "none",
    "nil": "none",
    "undefined": "none",
}


class ExpressionBuilder(NodeBuilder):
    """Builds types and expressions."""

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
