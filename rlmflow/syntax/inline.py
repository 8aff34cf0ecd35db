"""Pieces of the tree on one line, in the canonical form.

No piece is changed in meaning: the text of a string and the form of a number stay as
the author wrote them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rlmflow.syntax import ast, literals

_BINDING: Final[dict[str, int]] = {
    "or": 1,
    "and": 2,
    "not": 3,
    "+": 5,
    "-": 5,
    "*": 6,
    "/": 6,
}
COMPARISON: Final = 4
SIGNED: Final = 7
POSTFIX: Final = 8
ATOM: Final = 9
"""How tightly a form binds; what binds less than its place asks for stands in parentheses."""

_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"})


def binding(node: ast.Expression) -> int:
    """How tightly a form binds, from `or` (1) to names and literals (9)."""
    match node:
        case ast.BinaryOperation():
            return _BINDING.get(node.sign, COMPARISON)
        case ast.UnaryOperation():
            return _BINDING["not"] if node.sign == "not" else SIGNED
        case ast.Field():
            return POSTFIX
        case ast.Call() if node.returns or node.prompt:
            return SIGNED
    return ATOM


def operands(node: ast.BinaryOperation) -> tuple[int, int]:
    """How tightly the left and the right side must bind to stand without parentheses."""
    own = binding(node)
    return (own + 1 if own == COMPARISON else own), own + 1


def operand(node: ast.UnaryOperation) -> int:
    """How tightly what follows the sign must bind."""
    return binding(node)


def needs_parentheses(node: ast.Expression, least: int) -> bool:
    """Whether `node` binds too loosely for a place that asks for `least`.

    A call with a type or a prompt may end any operand; only a field can't follow it.
    """
    if isinstance(node, ast.Call):
        return least == POSTFIX and binding(node) < POSTFIX
    return binding(node) < least


def format_expression(expression: ast.Expression, least: int = 0) -> str:
    """The expression as an author would write it on one line.

    A text over several lines keeps its lines. `least` is how tightly the form must bind
    to stand where it is put without parentheses.
    """
    written = _bare(expression)
    return f"({written})" if needs_parentheses(expression, least) else written


def _bare(node: ast.Expression) -> str:
    match node:
        case ast.Text():
            return text(node)
        case ast.Number():
            return node.written
        case ast.Quantity():
            return quantity(node)
        case ast.Truth():
            return "true" if node.value else "false"
        case ast.Nothing():
            return "none"
        case ast.Reference():
            return node.name
        case ast.RecordOf():
            fields = (f"{each.name.text}: {format_expression(each.value)}" for each in node.fields)
            return f"{node.name.text}({_listed(fields)})"
        case ast.ListOf():
            return f"[{_listed(format_expression(item) for item in node.items)}]"
        case ast.Field():
            return f"{format_expression(node.value, POSTFIX)}.{node.name.text}"
        case ast.UnaryOperation():
            return sign(node) + format_expression(node.value, operand(node))
        case ast.BinaryOperation():
            left, right = operands(node)
            first = format_expression(node.left, left)
            return f"{first} {node.sign} {format_expression(node.right, right)}"
        case ast.Call():
            return call_head(node) + (f" {text(node.prompt)}" if node.prompt else "")
        case ast.Match():
            arms = _listed(arm_head(arm) + format_expression(arm.value) for arm in node.arms)
            value = format_expression(node.value)
            return f"match {value} {{ {arms} }}" if arms else f"match {value} {{}}"
        case ast.Broken():
            return "…"


def _listed(pieces: Iterable[str]) -> str:
    return ", ".join(pieces)


def sign(node: ast.UnaryOperation) -> str:
    """`not ` or `-`."""
    return "not " if node.sign == "not" else "-"


def call_head(node: ast.Call) -> str:
    """A call without its prompt."""
    arguments = _listed(name_of(a) + format_expression(a.value) for a in node.arguments)
    return f"{node.callee.text}({arguments}){returns(node)}"


def returns(node: ast.Call) -> str:
    """` -> Type`, or nothing."""
    return f" -> {format_type(node.returns)}" if node.returns else ""


def name_of(argument: ast.Argument) -> str:
    """`size: ` before a named argument, nothing before a positional one."""
    return f"{argument.name.text}: " if argument.name else ""


def arm_head(arm: ast.Arm) -> str:
    """`"a" => `, or `else => `."""
    pattern = format_expression(arm.pattern) if arm.pattern is not None else "else"
    return f"{pattern} => "


def quantity(node: ast.Quantity) -> str:
    """`6k tokens`, `1%`."""
    return f"{node.written}{'' if node.unit == '%' else ' '}{node.unit}"


def format_type(kind: ast.NamedType) -> str:
    """`list[Obligation]?`."""
    inner = f"[{_listed(map(format_type, kind.arguments))}]" if kind.arguments else ""
    return f"{kind.name or '…'}{inner}{'?' if kind.optional else ''}"


def text(node: ast.Text) -> str:
    """A string with its quotes, as it was written."""
    quotes = '"""' if node.block else '"'
    return f"{'r' if node.raw else ''}{quotes}{_inner(node)}{quotes}"


def _inner(node: ast.Text) -> str:
    written = node.content.text
    meant = written if node.raw else literals.unescape(written)[0]
    if meant == node.value:
        return written
    if node.raw:
        return node.value
    if not node.block:
        return node.value.translate(_ESCAPES)
    escaped = node.value.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return f'{escaped[:-1]}\\"' if escaped.endswith('"') else escaped


def quoted(value: str) -> str:
    """A text as a string on one line, what can't be seen as its code point."""
    escaped = value.translate(_ESCAPES)
    shown = (c if c.isprintable() else f"\\u{{{ord(c):x}}}" for c in escaped)
    return f'"{"".join(shown)}"'


def clause(node: ast.Clause) -> str:
    """`covers(docs, 99%)`."""
    share = f", {quantity(node.share)}" if node.share else ""
    return f"{node.name.text}({format_expression(node.subject)}{share})"


def parameter(node: ast.Parameter) -> str:
    """`question: text = "Who?"  "what to find out"`."""
    doc = f"  {text(node.doc)}" if node.doc else ""
    default = f" = {_default(node)}" if node.default is not None else ""
    return f"{node.name.text}: {format_type(node.type)}{default}{doc}"


def _default(node: ast.Parameter) -> str:
    """A default; what a documentation behind it would turn into a prompt is in parentheses."""
    assert node.default is not None
    written = format_expression(node.default)
    plain = binding(node.default) >= POSTFIX and not isinstance(node.default, ast.Call)
    return written if plain or node.doc is None else f"({written})"
