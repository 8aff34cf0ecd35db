"""A YAML scalar that holds a piece of the language: an expression, a type, a clause.

The piece is parsed as it would stand in a strategy file, and all places are moved to
where its characters stand in the YAML.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, NamedTuple

from rlmflow.diagnostics import codes
from rlmflow.diagnostics.model import Diagnostic, Note
from rlmflow.source import Source, Span
from rlmflow.syntax import ast, literals
from rlmflow.syntax.parse import parse
from rlmflow.syntax.yaml_form.document import Scalar


class Kind(NamedTuple):
    """A kind of piece: what stands before and after it in a file, and its place in the tree."""

    what: str
    before: str
    after: str
    within: tuple[str, ...]


EXPRESSION = Kind("an expression", "strategy s() -> t {\nanswer ", "\n}", ("body", "value"))
TYPE = Kind("a type", "type t {\nx: ", "\n}", ("fields", "type"))
CLAUSE = Kind("a clause", "strategy s() -> t ensures ", "\n{}", ("ensures",))
AMOUNT = Kind("a limit", "strategy s() -> t within ", "\n{}", ("within",))
USE = Kind("what `use` takes", "use ", "\n", ())
NAME = Kind("a name", "type ", " {}", ("name",))
WORD = Kind("a word", "type t {", ": t}", ("fields", "name"))


class Piece(NamedTuple):
    """What was read of a scalar, None where it makes no sense, and what is wrong with it."""

    node: Any
    found: list[Diagnostic]


def read_piece(scalar: Scalar, kind: Kind) -> Piece:
    """The node that a scalar holds."""
    source = Source("piece", f"{kind.before}{scalar.value}{kind.after}")
    moving = _Moving(scalar, source, len(kind.before))
    file, problems = parse(source)
    found = [moving.diagnostic(problem) for problem in problems]
    node = _inside(file, kind)
    if node is None:
        if not found:
            message = f"this is not {kind.what}, or more than one"
            found = [codes.UNEXPECTED_TOKEN.at(scalar.span, message)]
        return Piece(None, found)
    return Piece(moving.node(node), found)


def _inside(file: ast.File, kind: Kind) -> ast.Node | None:
    """The node at the place of its kind, None where there is another number of nodes."""
    if file.doc is not None or len(file.items) != 1:
        return None
    node: Any = file.items[0]
    if not kind.within:
        return node if isinstance(node, ast.Use) else None
    if _holds_more(node, kind.within[0]):
        return None
    for name in kind.within:
        node = getattr(node, name, None)
        if isinstance(node, tuple):
            if len(node) != 1:
                return None
            (node,) = node
        if getattr(node, "doc", None) is not None:
            return None
    return node if isinstance(node, ast.Node) else None


def _holds_more(item: Any, wanted: str) -> bool:
    """Whether an item holds more than what stands at the place that is wanted."""
    held = [f.name for f in fields(item) if isinstance(getattr(item, f.name), tuple)]
    return any(getattr(item, name) for name in held if name not in (wanted, "span"))


class _Moving:
    """Moves places from the text of a piece to where the piece stands."""

    def __init__(self, scalar: Scalar, source: Source, before: int) -> None:
        self._scalar = scalar
        self._source = source
        self._before = before

    def node(self, value: Any) -> Any:
        if isinstance(value, Span):
            return self.span(value)
        if isinstance(value, tuple):
            return tuple(map(self.node, value))
        if not isinstance(value, ast.Node):
            return value
        moved = {f.name: self.node(getattr(value, f.name)) for f in fields(value)}
        if isinstance(value, ast.Text):
            moved["offsets"] = self._offsets(value)
        return replace(value, **moved)

    def span(self, span: Span) -> Span:
        return self._scalar.part(span.start - self._before, span.end - self._before)

    def diagnostic(self, found: Diagnostic) -> Diagnostic:
        if found.span is None:
            return found
        notes = tuple(Note(note.message, self.span(note.span)) for note in found.notes)
        if found.span.start - self._before >= len(self._scalar.value):
            place = self._scalar.part(len(self._scalar.value), len(self._scalar.value))
            return codes.UNFINISHED.at(place, "something is missing here at the end")
        return replace(found, span=self.span(found.span), notes=notes)

    def _offsets(self, text: ast.Text) -> tuple[int, ...]:
        inner, start = text.content.text, text.content.start - self._before
        at = range(len(text.value) + 1)
        meant = at if text.raw else (literals.offset(inner, n) for n in at)
        return tuple(self._scalar.part(start + n, start + n).start for n in meant)
