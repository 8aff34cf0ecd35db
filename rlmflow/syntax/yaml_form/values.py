"""Expressions, calls, texts and names of a YAML file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from rlmflow.source import Span
from rlmflow.syntax import ast
from rlmflow.syntax.tokens import RESERVED
from rlmflow.syntax.yaml_form.document import Entries, Items, Scalar, Yaml
from rlmflow.syntax.yaml_form.fragments import EXPRESSION, NAME, TYPE, WORD, Kind, read_piece
from rlmflow.syntax.yaml_form.shape import Fields, Shape

RAW, BLOCK, RAW_BLOCK = "!raw", "!block", "!raw-block"
"""Tags that say how a text was quoted in the other form, where its style can't."""

CALL = ("op", "args", "with", "returns", "prompt")
_PLAIN_NAME = re.compile(r"[^\W\d]\w*", re.ASCII)
_QUOTED_ALONE = re.compile(r"[^\W\d][\w ]*")


class Values(Shape):
    """Reads what stands behind the keys of a file."""

    def piece(self, node: Yaml, kind: Kind) -> Any:
        """The piece of the language that a scalar holds, None where it holds none."""
        scalar = self.scalar(node, kind.what)
        if scalar is None:
            return None
        if not scalar.value.strip():
            self.refuse(scalar.span, f"{kind.what} is missing here")
            return None
        read = read_piece(scalar, kind)
        self.found.extend(read.found)
        return read.node

    def name(self, scalar: Scalar, kind: Kind) -> ast.Name:
        """A name; in the place of one that can't be one stands what is written."""
        plain = _PLAIN_NAME.fullmatch(scalar.value)
        if plain and (kind is WORD or scalar.value.upper() not in RESERVED):
            return ast.Name(scalar.value, span=scalar.span)
        read: ast.Name | None = self.piece(scalar, kind)
        return read or ast.Name(scalar.value, span=scalar.span)

    def text(self, node: Yaml, what: str) -> ast.Text | None:
        """A text that stands for itself: a prompt, a documentation, a choice."""
        scalar = self.scalar(node, what, (RAW, BLOCK, RAW_BLOCK))
        if scalar is None:
            return None
        block = scalar.style in ("|", ">") or scalar.tag in (BLOCK, RAW_BLOCK)
        raw = scalar.tag in (RAW, RAW_BLOCK) and _can_be_raw(scalar.value, block=block)
        content = scalar.part(0, len(scalar.value))
        value, places = scalar.value, scalar.offsets
        return ast.Text(value, content, raw, block, places, span=scalar.span)

    # Expressions

    def expression(self, node: Yaml) -> ast.Expression:
        """A scalar in the language's own words, a list of such, a call, or a text."""
        if isinstance(node, Items):
            return ast.ListOf(tuple(map(self.expression, node.items)), span=node.span)
        if isinstance(node, Entries):
            if any(key.value == "text" for key, _ in node.entries):
                text = self.keys(node, "a text", ("text",)).get("text")
                said = self.text(text, "`text:`") if text else None
                return said or ast.Broken(span=node.span)
            return self.call(self.keys(node, "a call", CALL, needed="op"))
        return self.piece(node, EXPRESSION) or ast.Broken(span=node.span)

    def step_value(self, fields: Fields, span: Span) -> ast.Expression:
        """What a step does: a call whose parts are keys of the step, or an expression."""
        value = fields.get("value")
        given = [key for key in CALL if fields.get(key) is not None]
        if value is None and fields.get("op") is None:
            hint = "`op:` names what is called, `value:` is an expression"
            self.refuse(span, "this step does nothing", hint)
            return ast.Broken(span=span)
        if value is None:
            return self.call(fields)
        if given:
            message = f"a step with `value:` has no `{given[0]}:`"
            self.refuse(fields.values[given[0]].span, message, "it is a call, or an expression")
        return self.expression(value)

    def call(self, fields: Fields) -> ast.Expression:
        """A call from `op:`, `args:`, `with:`, `returns:` and `prompt:`."""
        op, returns, prompt = (fields.get(key) for key in ("op", "returns", "prompt"))
        callee = self.scalar(op, "`op:`") if op is not None else None
        if callee is None:
            return ast.Broken(span=fields.span)
        values = [self.expression(each) for each in self.several(fields.get("args"))]
        positional = (ast.Argument(None, value, span=value.span) for value in values)
        kind: ast.NamedType | None = self.piece(returns, TYPE) if returns is not None else None
        return ast.Call(
            self.name(callee, NAME),
            (*positional, *self._named_arguments(fields.get("with"))),
            kind,
            self.text(prompt, "`prompt:`") if prompt is not None else None,
            span=fields.span,
        )

    def _named_arguments(self, node: Yaml | None) -> Iterator[ast.Argument]:
        for key, value in self.named(node, "arguments"):
            span = key.span.to(value.span)
            yield ast.Argument(self.name(key, WORD), self.expression(value), span=span)


def _can_be_raw(value: str, *, block: bool) -> bool:
    """Whether a text can be written without escapes."""
    if block:
        return '"""' not in value and not value.endswith(('"', "\\")) and "\\\\" not in value
    return not any(mark in value for mark in '"\n') and not value.endswith("\\")
