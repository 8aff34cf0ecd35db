"""Expressions over several lines: when they are too long for one, or hold comments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rlmflow.source import Span
from rlmflow.syntax import ast, inline
from rlmflow.syntax.page import WIDTH, Page

STEP = 2
"""Columns by which what is inside stands further in."""

_PROMPT_WIDTH = 72
"""A prompt stands beside its call if both fit in this, else on a line of its own."""


class _Entry(NamedTuple):
    """One line of what stands between brackets."""

    span: Span
    head: str
    value: ast.Expression


def write_value(
    page: Page, indent: int, prefix: str, node: ast.Expression, suffix: str = "", least: int = 0
) -> None:
    """Write `prefix`, the value and `suffix`, on one line if it fits."""
    page.comments(_begun(page, node), indent)
    flat = f"{prefix}{inline.format_expression(node, least)}{suffix}"
    if _fits(page, indent, flat, node):
        page.write(indent, flat, node.span.end)
        return
    if inline.needs_parentheses(node, least):
        prefix, suffix = f"{prefix}(", f"){suffix}"
    _write_broken(page, indent, prefix, node, suffix)
    page.comments(node.span.end, indent)


def _fits(page: Page, indent: int, flat: str, node: ast.Expression) -> bool:
    if page.commented(node.span.start, _settled(page, node)):
        return False
    width = _PROMPT_WIDTH if _has_prompt(node) else WIDTH
    return "\n" not in flat and indent + len(flat) <= width


def _begun(page: Page, node: ast.Expression) -> int:
    """Where the first line of the broken form has begun: a comment till there goes before it."""
    match node:
        case ast.Call():
            return node.callee.span.start
        case ast.ListOf():
            return page.after("[", node.span.start) - 1
        case ast.Field() | ast.UnaryOperation() | ast.Match():
            return _begun(page, node.value)
        case ast.BinaryOperation():
            return _begun(page, node.left)
    return node.span.start


def _settled(page: Page, node: ast.Expression) -> int:
    """Where the last line of the broken form begins: a comment from there on goes behind it."""
    match node:
        case ast.Call() if node.prompt:
            return node.prompt.span.start
        case ast.Call():
            return _closed(page, node)
        case ast.ListOf() | ast.Match():
            return node.span.end
        case ast.Field() | ast.UnaryOperation():
            return _settled(page, node.value)
        case ast.BinaryOperation():
            return max(node.right.span.start, _settled(page, node.right))
    return node.span.start


def _closed(page: Page, node: ast.Call) -> int:
    """Where the bracket of a call's arguments is closed."""
    last = node.arguments[-1].span.end if node.arguments else node.callee.span.end
    return page.after(")", last)


def _has_prompt(node: ast.Expression) -> bool:
    match node:
        case ast.Call():
            return node.prompt is not None or any(_has_prompt(a.value) for a in node.arguments)
        case ast.ListOf():
            return any(map(_has_prompt, node.items))
        case ast.Field() | ast.UnaryOperation():
            return _has_prompt(node.value)
        case ast.BinaryOperation():
            return _has_prompt(node.left) or _has_prompt(node.right)
        case ast.Match():
            return _has_prompt(node.value) or any(_has_prompt(arm.value) for arm in node.arms)
    return False


def _write_broken(page: Page, indent: int, prefix: str, node: ast.Expression, suffix: str) -> None:
    match node:
        case ast.Call():
            _write_call(page, indent, prefix, node, suffix)
        case ast.ListOf() if node.items or page.commented(node.span.start, node.span.end):
            entries = [_Entry(item.span, "", item) for item in node.items]
            page.write(indent, f"{prefix}[", page.after("[", node.span.start), opens=True)
            _write_entries(page, indent, entries, node.span.end - 1)
            page.write(indent, f"]{suffix}", node.span.end)
        case ast.Match():
            _write_match(page, indent, prefix, node, suffix)
        case ast.Field():
            suffix = f".{node.name.text}{suffix}"
            write_value(page, indent, prefix, node.value, suffix, inline.POSTFIX)
        case ast.UnaryOperation():
            prefix += inline.sign(node)
            write_value(page, indent, prefix, node.value, suffix, inline.operand(node))
        case ast.BinaryOperation():
            _write_chain(page, indent, prefix, node, suffix)
        case _:
            flat = f"{prefix}{inline.format_expression(node)}{suffix}"
            page.write(indent, flat, node.span.end)


def _write_call(page: Page, indent: int, prefix: str, node: ast.Call, suffix: str) -> None:
    """The call on one line, or an argument a line; then its prompt."""
    closed = _closed(page, node)
    head_end = node.returns.span.end if node.returns else closed
    head = f"{prefix}{inline.call_head(node)}"
    after = "" if node.prompt else suffix
    inside = page.commented(node.callee.span.start, closed)
    if not inside and "\n" not in head and indent + len(head) + len(after) <= WIDTH:
        page.write(indent, head + after, head_end)
    else:
        _write_arguments(page, indent, prefix, node, after, closed, head_end)
    if node.prompt:
        page.comments(node.prompt.span.start, indent + STEP)
        page.write(indent + STEP, inline.text(node.prompt) + suffix, node.prompt.span.end)


def _write_arguments(
    page: Page, indent: int, prefix: str, node: ast.Call, suffix: str, closed: int, end: int
) -> None:
    entries = [_Entry(a.span, inline.name_of(a), a.value) for a in node.arguments]
    opened = page.after("(", node.callee.span.end)
    page.write(indent, f"{prefix}{node.callee.text}(", opened, opens=True)
    _write_entries(page, indent, entries, closed - 1)
    page.write(indent, f"){inline.returns(node)}{suffix}", end)


def _write_match(page: Page, indent: int, prefix: str, node: ast.Match, suffix: str) -> None:
    flat = f"{prefix}match {inline.format_expression(node.value)} {{"
    opened = page.after("{", node.value.span.end)
    if page.commented(node.value.span.start, opened) or "\n" in flat or indent + len(flat) > WIDTH:
        write_value(page, indent, f"{prefix}match ", node.value, " {")
        page.extend("", opened)
    else:
        page.write(indent, flat, opened, opens=True)
    entries = [_Entry(arm.span, inline.arm_head(arm), arm.value) for arm in node.arms]
    _write_entries(page, indent, entries, node.span.end - 1)
    page.write(indent, f"}}{suffix}", node.span.end)


def _write_entries(page: Page, indent: int, entries: Sequence[_Entry], end: int) -> None:
    """One entry a line, each with a comma behind it."""
    for entry in entries:
        page.comments(entry.span.start, indent + STEP)
        write_value(page, indent + STEP, entry.head, entry.value, ",")
    page.comments(end, indent + STEP)


def _write_chain(
    page: Page, indent: int, prefix: str, node: ast.BinaryOperation, suffix: str
) -> None:
    """The operands of one kind of operator, each on a line that begins with its sign."""
    links: list[tuple[str, ast.Expression, int]] = []
    first: ast.Expression = node
    least = inline.binding(node)
    while isinstance(first, ast.BinaryOperation) and inline.binding(first) == least:
        left, right = inline.operands(first)
        links.append((f"{first.sign} ", first.right, right))
        first = first.left
        if left != least:
            break
    write_value(page, indent, prefix, first, "", inline.operands(node)[0])
    for sign, value, tightness in links[:0:-1]:
        write_value(page, indent + STEP, sign, value, "", tightness)
    sign, value, tightness = links[0]
    write_value(page, indent + STEP, sign, value, suffix, tightness)
