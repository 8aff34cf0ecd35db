"""The canonical layout of a strategy file.

Nothing is reordered and nothing but white space, brackets that say nothing and commas
changes; every comment stays at its place. Formatting twice is formatting once.
"""

from __future__ import annotations

from collections.abc import Sequence

from rlmflow.diagnostics.model import StrategyError
from rlmflow.source import Source
from rlmflow.syntax import ast, inline
from rlmflow.syntax.inline import format_expression
from rlmflow.syntax.layout import STEP, write_value
from rlmflow.syntax.page import WIDTH, Page
from rlmflow.syntax.parse import parse

__all__ = ["format_expression", "format_file", "format_tree"]


def format_file(source: Source) -> str:
    """The text of a strategy file in the canonical layout.

    Raises StrategyError, with all its errors, if it does not parse.
    """
    file, found = parse(source)
    if found:
        raise StrategyError(found)
    return format_tree(file)


def format_tree(file: ast.File) -> str:
    """The text of a tree; comments and empty lines are taken from its source."""
    page = Page(file.source)
    if file.doc:
        page.comments(file.doc.span.start, 0)
        page.space(file.doc.span.start)
        page.write(0, inline.text(file.doc), file.doc.span.end)
    before: ast.Item | None = None
    for item in file.items:
        _write_item(page, before, item, first=not before and not file.doc)
        before = item
    page.comments(len(file.source.text) + 1, 0)
    return page.result()


def _write_item(page: Page, before: ast.Item | None, item: ast.Item, *, first: bool) -> None:
    """An item, an empty line before it; only `use` may follow `use` directly."""
    start = item.span.start
    together = isinstance(item, ast.Use) and isinstance(before, ast.Use)
    page.comments_beside(start)
    if not together and not first:
        page.part()
    page.comments(start, 0)
    page.space(start)
    match item:
        case ast.Use():
            page.write(0, _use(item), item.span.end)
        case ast.RecordDefinition():
            _write_record(page, item)
        case ast.EnumDefinition():
            _write_enum(page, item)
        case ast.Strategy():
            _write_strategy(page, item)
        case ast.Test():
            _write_test(page, item)


def _use(item: ast.Use) -> str:
    path = f'python "{item.path.text}"' if item.python else item.path.text
    names = f" ({', '.join(name.text for name in item.names)})" if item.names else ""
    alias = f" as {item.alias.text}" if item.alias else ""
    return f"use {path}{names}{alias}"


def _write_enum(page: Page, item: ast.EnumDefinition) -> None:
    head = f"type {item.name.text} ="
    flat = f"{head} {' | '.join(map(inline.text, item.values))}"
    inside = page.commented(item.span.start, item.values[-1].span.start)
    if not inside and len(flat) <= WIDTH and "\n" not in flat:
        page.write(0, flat, item.span.end)
        return
    page.write(0, head, page.after("=", item.name.span.end), opens=True)
    for value in item.values:
        page.comments(value.span.start, STEP)
        page.write(STEP, f"| {inline.text(value)}", value.span.end)


# Records


def _write_record(page: Page, item: ast.RecordDefinition) -> None:
    """On one line if it was begun so and fits, else in columns."""
    opened = page.after("{", item.name.span.end)
    fields = "  ".join(f"{f.name.text}: {_kind_and_doc(f)}" for f in item.fields)
    flat = f"type {item.name.text} {{ {fields} }}" if fields else f"type {item.name.text} {{}}"
    inside = page.commented(item.span.start, item.span.end)
    if not inside and len(flat) <= WIDTH and "\n" not in flat and not _begun_below(item, opened):
        page.write(0, flat, item.span.end)
        return
    page.write(0, f"type {item.name.text} {{", opened, opens=True)
    for field, line in zip(item.fields, _columns(item.fields), strict=True):
        page.comments(field.span.start, STEP)
        page.space(field.span.start)
        page.write(STEP, line, field.span.end)
    _close(page, item)


def _begun_below(item: ast.RecordDefinition, opened: int) -> bool:
    """Whether the author put the first field on a line of its own."""
    if not item.fields:
        return False
    return "\n" in item.span.source.text[opened : item.fields[0].span.start]


def _kind_and_doc(field: ast.FieldDefinition) -> str:
    doc = f" {inline.text(field.doc)}" if field.doc else ""
    return inline.format_type(field.type) + doc


def _columns(fields: Sequence[ast.FieldDefinition]) -> list[str]:
    """A line for each field: names, types and docs below one another."""
    names = max((len(field.name.text) for field in fields), default=0) + 1
    types = max((len(inline.format_type(field.type)) for field in fields), default=0)
    return [_row(field, names, types) for field in fields]


def _row(field: ast.FieldDefinition, names: int, types: int) -> str:
    name, kind = f"{field.name.text}:", inline.format_type(field.type)
    if not field.doc:
        return f"{name:{names}} {kind}"
    return f"{name:{names}} {kind:{types}}  {inline.text(field.doc)}"


# Strategies


def _write_strategy(page: Page, item: ast.Strategy) -> None:
    _write_signature(page, item)
    clauses_end = _write_clauses(page, item)
    opened = page.after("{", clauses_end)
    if item.ensures or item.within or page.commented(item.span.start, opened):
        page.comments(opened, STEP)
        page.write(0, "{", opened, opens=True)
    else:
        page.extend(" {", opened)
    for statement in item.body:
        page.comments(statement.span.start, STEP)
        page.space(statement.span.start)
        _write_statement(page, statement)
    _close(page, item)


def _write_signature(page: Page, item: ast.Strategy) -> None:
    name, returns = item.name.text, inline.format_type(item.returns)
    flat = f"strategy {name}({', '.join(map(inline.parameter, item.parameters))}) -> {returns}"
    end = item.returns.span.end
    last = item.parameters[-1].span.end if item.parameters else item.name.span.end
    inside = page.commented(item.span.start, page.after(")", last))
    documented = any(parameter.doc for parameter in item.parameters)
    if not inside and not documented and len(flat) < WIDTH - 1 and "\n" not in flat:
        page.write(0, flat, end)
        return
    page.write(0, f"strategy {name}(", page.after("(", item.name.span.end), opens=True)
    for parameter in item.parameters:
        page.comments(parameter.span.start, STEP)
        page.write(STEP, f"{inline.parameter(parameter)},", parameter.span.end)
    page.comments(item.returns.span.start, STEP)
    page.write(0, f") -> {returns}", end)


def _write_clauses(page: Page, item: ast.Strategy) -> int:
    """`ensures` and `within`; where they end in the source."""
    within = "within  " if item.ensures else "within "
    _write_row(page, "ensures ", [(c, inline.clause(c)) for c in item.ensures])
    _write_row(page, within, [(limit, inline.quantity(limit)) for limit in item.within])
    nodes: list[ast.Node] = [*item.ensures, *item.within, item.returns]
    return max(node.span.end for node in nodes)


def _write_row(page: Page, word: str, entries: Sequence[tuple[ast.Node, str]]) -> None:
    """The clauses behind `word`: on one line, or below one another."""
    if not entries:
        return
    start, end = entries[0][0].span.start, entries[-1][0].span.end
    page.comments(start, STEP)
    flat = f"{word}{', '.join(text for _, text in entries)}"
    if not page.commented(start, entries[-1][0].span.start) and STEP + len(flat) <= WIDTH:
        page.write(STEP, flat, end)
        return
    for number, (node, text) in enumerate(entries):
        page.comments(node.span.start, STEP)
        comma = "," if number < len(entries) - 1 else ""
        before = word if number == 0 else " " * len(word)
        page.write(STEP, f"{before}{text}{comma}", node.span.end)


def _write_statement(page: Page, statement: ast.Statement) -> None:
    match statement:
        case ast.Step():
            write_value(page, STEP, f"{statement.name.text} = ", statement.value)
        case ast.Answer():
            write_value(page, STEP, "answer ", statement.value)
        case ast.Hint():
            page.comments(statement.text.span.start, STEP)
            page.write(STEP, f"hint {inline.text(statement.text)}", statement.span.end)


def _close(page: Page, item: ast.Item) -> None:
    page.comments(item.span.end - 1, STEP)
    page.write(0, "}", item.span.end)


# Tests


def _write_test(page: Page, item: ast.Test) -> None:
    opened = page.after("{", item.strategy.span.end)
    page.write(0, f"test {inline.text(item.title)} of {item.strategy.text} {{", opened, opens=True)
    lines: list[tuple[int, str, ast.Expression | ast.Name]] = [
        *((b.span.start, f"given {b.name.text}: ", b.value) for b in item.given),
        *((b.span.start, f"reply {b.name.text}: ", b.value) for b in item.replies),
        *((r.span.start, "reply ", r) for r in item.readers),
        *((e.span.start, "expect ", e) for e in item.expects),
    ]
    for start, prefix, value in sorted(lines, key=lambda line: line[0]):
        page.comments(start, STEP)
        page.space(start)
        if isinstance(value, ast.Name):
            page.write(STEP, prefix + value.text, value.span.end)
        else:
            write_value(page, STEP, prefix, value)
    _close(page, item)
