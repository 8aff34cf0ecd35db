"""Laws of the parser and the formatter, over trees and texts that Hypothesis invents."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st
from syntax import trees

from rlmflow.source import Source, Span
from rlmflow.syntax import ast
from rlmflow.syntax.format import format_expression, format_file, format_tree
from rlmflow.syntax.parse import parse

GOLDEN = Path(__file__).parent / "golden"
SAMPLES = [path.read_text(encoding="utf-8") for path in sorted(GOLDEN.glob("*.rlm"))]

_TOKEN = re.compile(
    r'r?"""(?:[^"\\]|\\[\s\S]|"(?!""))*"""|r?"(?:[^"\\\n]|\\.)*"|#[^\n]*\n|\w+|->|=>|==|\s+|.'
)
_JUNK = [
    *"(){}[]<>=:;,.'\"#|?!$\\/-+*%&\n \t",
    '"""',
    "->",
    "=>",
    "==",
    "\r\n",
    "\0",
    "é",
    "½",
    "𝔸",
]
_BRACKETS = [*"()[]{},", "+"]
_LEXICON = ["strategy", "type", "use", "test", "answer", "hint", "match", "else", "if", "6k", "1%"]
_COMMENT = re.compile(r'r?"""[\s\S]*?"""|r?"(?:[^"\\\n]|\\.)*"|(#[^\n]*)')


def tree_of(text: str) -> ast.File:
    file, found = parse(Source("law", text))
    assert not found, (found, text)
    return file


def comments_of(text: str) -> list[str]:
    return [found[1].rstrip() for found in _COMMENT.finditer(text) if found[1]]


@settings(max_examples=150, deadline=None)
@given(trees.files)
def test_a_tree_written_and_read_is_the_same(file: ast.File) -> None:
    assert tree_of(format_tree(file)) == file


@settings(max_examples=200, deadline=None)
@given(trees.expressions)
def test_an_expression_on_one_line_is_the_same(value: ast.Expression) -> None:
    text = f"strategy s() -> t {{ answer {format_expression(value)}\n}}"
    strategy = tree_of(text).items[0]
    assert isinstance(strategy, ast.Strategy)
    (answer,) = strategy.body
    assert isinstance(answer, ast.Answer)
    assert answer.value == value


@settings(max_examples=100, deadline=None)
@given(trees.files)
def test_formatting_twice_is_formatting_once(file: ast.File) -> None:
    once = format_tree(file)
    assert format_file(Source("law", once)) == once


@st.composite
def commented(draw: st.DrawFn) -> str:
    """A text that parses, with comments in white space and beside brackets and commas."""
    tokens = _TOKEN.findall(draw(st.sampled_from(SAMPLES)))
    marks = draw(st.lists(st.integers(1, len(tokens) - 1), max_size=6))
    for number, place in enumerate(sorted(set(marks), reverse=True)):
        lead = draw(st.sampled_from([" ", "\n", "\n\n"]))
        comment = f"{lead}# mark {number}\n{draw(st.sampled_from(['', '  ']))}"
        if tokens[place].isspace() and not tokens[place - 1][0].isdigit():
            tokens[place] = comment
        elif tokens[place] in _BRACKETS or tokens[place - 1] in _BRACKETS:
            tokens.insert(place, comment)
    return "".join(tokens)


@settings(max_examples=150, deadline=None)
@given(commented())
def test_comments_are_kept_in_order_and_nothing_else_changes(text: str) -> None:
    formatted = format_file(Source("law", text))
    assert comments_of(formatted) == comments_of(text)
    assert tree_of(formatted) == tree_of(text)
    assert format_file(Source("law", formatted)) == formatted


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A text that parses, with tokens dropped, doubled, swapped or replaced."""
    tokens = _TOKEN.findall(draw(st.sampled_from(SAMPLES)))
    first = draw(st.integers(0, len(tokens)))
    tokens = tokens[first : first + draw(st.integers(1, 160))]
    for _ in range(draw(st.integers(1, 5))):
        place = draw(st.integers(0, max(len(tokens) - 1, 0)))
        other = draw(st.sampled_from([*tokens, *_JUNK, *_LEXICON, ""]))
        if draw(st.booleans()):
            tokens[place : place + 1] = [other]
        else:
            tokens.insert(place, other)
    return "".join(tokens)


soups = st.lists(st.sampled_from([*_JUNK, *_LEXICON, "x", " ", '"a"']), max_size=30).map("".join)


@settings(max_examples=400, deadline=None)
@given(mutated() | soups | st.text(max_size=40))
@example("strategy a(d: corpus) -> text { answer " + "[" * 3000 + "]" * 3000 + "}")
@example("strategy a(d: corpus) -> text { answer " + "f(" * 1500)
@example("type T { x: " + "list[" * 3000 + "text" + "]" * 3000 + " }")
@example("strategy a(d: corpus) -> text { answer " + "1 + " * 3000 + "1 }")
@example("strategy a(d: corpus) -> text { answer " + "not " * 3000 + "x }")
def test_any_text_gives_a_tree_and_spans_inside_it(text: str) -> None:
    source = Source("fuzz", text)
    file, found = parse(source)
    for span in spans(file):
        assert span.source is source
        assert 0 <= span.start <= span.end <= len(text)
    for diagnostic in found:
        assert diagnostic.span is not None
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(text)
        assert diagnostic.message
    if not found:
        assert tree_of(format_file(source)) == file


def spans(node: object) -> Iterator[Span]:
    """The spans of a node and of all in it."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Span):
            yield one
        elif isinstance(one, tuple):
            waiting.extend(one)
        elif dataclasses.is_dataclass(one) and not isinstance(one, Source):
            waiting.extend(getattr(one, field.name) for field in dataclasses.fields(one))


def test_every_node_of_the_samples_spans_what_it_says() -> None:
    for text in SAMPLES:
        for node in nodes(tree_of(text)):
            written = node.span.text
            assert written == written.strip()
            if isinstance(node, ast.Name):
                assert written == node.text
            elif isinstance(node, ast.Text):
                assert node.content.text in written.strip("()")
            elif isinstance(node, ast.Number | ast.Quantity):
                assert written.startswith(node.written)


def nodes(node: object) -> Iterator[ast.Node]:
    if isinstance(node, ast.Node):
        yield node
    if isinstance(node, tuple) and not isinstance(node, Span):
        for one in node:
            yield from nodes(one)
    elif dataclasses.is_dataclass(node) and not isinstance(node, Source):
        for field in dataclasses.fields(node):
            yield from nodes(getattr(node, field.name))
