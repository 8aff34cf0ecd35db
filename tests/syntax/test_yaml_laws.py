"""Laws of the YAML form, over trees and texts that Hypothesis invents."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from syntax import trees
from syntax.test_laws import nodes, spans

from rlmflow.source import Source
from rlmflow.syntax import ast
from rlmflow.syntax.format import format_tree
from rlmflow.syntax.parse import parse
from rlmflow.syntax.yaml_form.document import Entries, Items, Scalar, Yaml, documents
from rlmflow.syntax.yaml_form.read import parse_yaml
from rlmflow.syntax.yaml_form.write import write_yaml

GOLDEN = Path(__file__).parent / "golden"
SAMPLES = [path.read_text("utf-8") for path in sorted(GOLDEN.glob("*.rlm"))]


def tree_of(text: str) -> ast.File:
    file, found = parse_yaml(Source("law.rlm.yaml", text))
    assert not found, (found, text)
    return file


def tree(text: str) -> ast.File:
    return trees.nowhere(parse(Source("law.rlm", text))[0])


@settings(max_examples=80, deadline=None)
@given(trees.files)
@example(tree('type K = r"a\x85b" | "\u2028"'))
@example(tree('strategy s(docs: corpus) -> text { a = r"\x85" answer ask(a) -> text r"\u2029" }'))
def test_a_tree_written_as_yaml_and_read_is_the_same(file: ast.File) -> None:
    assert tree_of(write_yaml(file)) == file


@settings(max_examples=30, deadline=None)
@given(trees.files)
def test_there_and_back_is_the_same(file: ast.File) -> None:
    there = tree_of(write_yaml(file))
    back, found = parse(Source("law.rlm", format_tree(trees.nowhere(there))))
    assert not found
    assert back == file


def scalars(node: Yaml) -> Iterator[Scalar]:
    match node:
        case Scalar():
            yield node
        case Items():
            for each in node.items:
                yield from scalars(each)
        case Entries():
            for key, value in node.entries:
                yield key
                yield from scalars(value)


written = st.text("ab:# '\"\\-|>&*!%\n\t é𝔸\x85\u2028", max_size=30)


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(
        written.map(lambda s: "- '" + s.replace("'", "''") + "'"),
        written.map(lambda s: '- "' + s.replace('"', '\\"') + '"'),
        written.map(lambda s: "- |\n  " + s.replace("\n", "\n  ")),
        written.map(lambda s: "- >\n  " + s.replace("\n", "\n   ")),
        written.map(lambda s: "- " + s.replace("\n", "\n  ")),
        written,
    )
)
@example('- "a\\\n   b  \\x41 \\u00e9\n\n  c"')
@example("- >+\n  a\n   b\n\n  c\n\n")
@example("! # why\nvalue")
@example('- "\u2028\n\\a"')
@example('- "b\u2029\u2028\n\\a"')
def test_every_character_of_a_scalar_is_where_it_is_said_to_be(text: str) -> None:
    found, _ = documents(Source("law.yaml", text))
    for scalar in (scalar for node in found for scalar in scalars(node)):
        assert len(scalar.offsets) == len(scalar.value) + 1
        assert list(scalar.offsets) == sorted(scalar.offsets)
        if set(text) & {"\x85", "\u2028"} and set(scalar.offsets[:-1]) == {scalar.span.start}:
            continue  # line ends of other ages, next to escapes: the place is that of the whole
        for meant, at in zip(scalar.value, scalar.offsets, strict=False):
            if not meant.isspace() and text[at] != "\\":
                assert text[at] == meant


JUNK = [
    *"{}[]:,-|>&*!%@`'\"#?~\t\n ",
    "\n  ",
    "\n- ",
    "---\n",
    "...\n",
    "é",
    "\0",
    "op: ",
    "name: ",
]


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """YAML that is sound, with characters dropped, doubled or replaced."""
    file, _ = parse(Source("sample", draw(st.sampled_from(SAMPLES))))
    text = write_yaml(file)
    start = draw(st.integers(0, len(text)))
    text = text[: start + draw(st.integers(0, 900))]
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(text)))
        junk = draw(st.sampled_from([*JUNK, *text[at : at + 12].split()]))
        text = text[:at] + junk + text[at + draw(st.integers(0, 6)) :]
    return text


soups = st.lists(st.sampled_from([*JUNK, "a", "steps:", "strategies:", "types:"])).map("".join)


@settings(max_examples=150, deadline=None)
@given(mutated() | soups | st.text(max_size=40))
@example("a: &x [*x, *x]")
@example("[" * 5000)
@example("- " * 5000)
@example("{a: " * 2000)
@example("types: {T: {x: " + "list[" * 3000 + "text" + "]" * 3000 + "}}")
@example("strategies: {s: {returns: t, steps: [{name: a, value: '" + "(" * 3000 + "'}]}}")
@example("? [a]\n: b\n")
@example("!!python/object/apply:os.system ['true']")
@example("\ud800")
@example("\x00")
@example("doc: \x7f")
@example("a: b\n---\na: c\n--- x\n")
def test_any_text_gives_a_tree_and_places_inside_it(text: str) -> None:
    source = Source("fuzz.rlm.yaml", text)
    file, found = parse_yaml(source)
    for span in spans(file):
        assert span.source is source
        assert 0 <= span.start <= span.end <= len(text)
    for diagnostic in found:
        assert diagnostic.span is not None
        assert diagnostic.span.source is source
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(text)
        assert diagnostic.message


@pytest.mark.parametrize("sample", range(len(SAMPLES)))
def test_a_name_in_yaml_is_where_it_stands(sample: int) -> None:
    file, _ = parse(Source("sample", SAMPLES[sample]))
    for node in nodes(tree_of(write_yaml(file))):
        if isinstance(node, ast.Name):
            assert node.span.text == node.text
        elif isinstance(node, ast.Number | ast.Quantity):
            assert node.span.text.startswith(node.written)
