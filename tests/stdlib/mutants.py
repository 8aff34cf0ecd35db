"""A strategy without one of its steps: found by its tree, whatever the steps are called.

Of each call that asks a model there are three: the call is skipped, and what it was given
goes on in its place; it is given none of its items; or it is given an empty text. Those
that are no sound strategy are left out. No contract is kept, since it would be refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rlmflow.compiler import compile_source
from rlmflow.expressions import children
from rlmflow.hunt.inputs import calls_in
from rlmflow.source import Source, Span
from rlmflow.syntax import ast
from rlmflow.syntax.parse import parse


@dataclass(frozen=True)
class Mutant:
    """The text of a strategy in which a call that is written at `at` does less."""

    name: str
    at: int
    text: str


def mutants(file: Path) -> Iterator[Mutant]:
    """All sound mutants of a file, in the order of their calls."""
    source = Source(file.name, file.read_text("utf-8"))
    tree, _ = parse(source)
    for strategy in (item for item in tree.items if isinstance(item, ast.Strategy)):
        for call in _calls(strategy):
            for how, text in _changed(call):
                name = f"{_line(source.text, call.span.start)} {how}"
                whole = _without_contracts(_replaced(source.text, call.span, text))
                if compile_source(Source(file.name, whole)).program is not None:
                    yield Mutant(name, call.span.start, whole)


def asking(file: Path) -> dict[int, str]:
    """Where the calls that ask a model are written, and the first line of each."""
    source = Source(file.name, file.read_text("utf-8"))
    program = compile_source(source).program
    assert program is not None
    spans = [call.span for call in calls_in(program) if call.asks_model and not call.runs_strategy]
    return {span.start: _line(source.text, span.start) for span in spans}


def _calls(strategy: ast.Strategy) -> Iterator[ast.Call]:
    waiting = [s.value for s in strategy.body if isinstance(s, ast.Step | ast.Answer)]
    while waiting:
        expression = waiting.pop(0)
        if isinstance(expression, ast.Call) and expression.arguments:
            yield expression
        waiting += children(expression)


def _changed(call: ast.Call) -> Iterator[tuple[str, str]]:
    first = call.arguments[0]
    if first.name is not None:
        return
    given = first.value.span
    yield "skipped", given.text
    inside = Span(call.span.source, call.span.start, call.span.end)
    for how, text in (("of none", f"filter({given.text}, where: false)"), ("of no text", '""')):
        at = given.start - inside.start
        yield how, f"{inside.text[:at]}{text}{inside.text[at + given.end - given.start :]}"


def _replaced(text: str, span: Span, other: str) -> str:
    return text[: span.start] + other + text[span.end :]


def _without_contracts(text: str) -> str:
    """A strategy's text without its clauses and its tests."""
    tree, _ = parse(Source("mutant.rlm", text))
    spans = []
    for item in tree.items:
        if isinstance(item, ast.Test):
            spans.append(item.span)
        elif isinstance(item, ast.Strategy) and item.ensures:
            start = text.rindex("ensures", 0, item.ensures[0].span.start)
            spans.append(Span(item.span.source, start, item.ensures[-1].span.end))
    for span in sorted(spans, key=lambda span: -span.start):
        text = _replaced(text, span, "")
    return text


def _line(text: str, at: int) -> str:
    start = text.rfind("\n", 0, at) + 1
    return text[start:].split("\n", 1)[0].strip()
