"""The YAML form: how it reads, that it means the same, and what is said of mistakes in it."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from rlmflow import share
from rlmflow.compiler import compile_source
from rlmflow.diagnostics.render import render
from rlmflow.graph.dump import dump
from rlmflow.source import Source
from rlmflow.strategy_file import load
from rlmflow.syntax import ast
from rlmflow.syntax.convert import as_rlm, as_yaml
from rlmflow.syntax.parse import parse
from rlmflow.syntax.yaml_form.read import parse_yaml

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"
SCHEMA = json.loads(share.path("grammar/rlm.schema.json").read_text("utf-8"))
_BLOCK = re.compile(r"^```rlm(?: good| file=\S+)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def written() -> dict[str, Source]:
    """Every sound strategy that people are shown: examples, the library, the pages."""
    found = [*(ROOT / "examples").glob("*.rlm"), *share.path("stdlib").glob("*.rlm")]
    texts = {path.name: Source(str(path), path.read_text("utf-8")) for path in found}
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for number, text in enumerate(_BLOCK.findall(page.read_text("utf-8"))):
            texts[f"{page.stem}-{number}"] = Source(f"{page.stem}-{number}.rlm", text)
    return texts


WRITTEN = written()


def tree(source: Source) -> ast.File:
    file, found = parse(source)
    assert not found
    return file


@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_a_strategy_is_the_same_in_both_forms(name: str) -> None:
    source = WRITTEN[name]
    file = tree(source)
    there = Source(f"{source.name}.yaml", as_yaml(file))
    again, found = parse_yaml(there)
    assert not found
    assert again == file
    assert tree(Source("back.rlm", as_rlm(again))) == file
    for document in yaml.compose_all(there.text):
        jsonschema.validate(plain(document), SCHEMA)
    if name.startswith("RF"):
        return  # a page of an error: the same tree compiles to the same graph
    one, other = (compile_source(each, load) for each in (source, there))
    assert [d.code for d in one.diagnostics] == [d.code for d in other.diagnostics]
    if one.program is not None and other.program is not None:
        assert dump(one.program) == dump(other.program)


def plain(node: yaml.Node) -> object:
    """What a reader of YAML 1.2 sees, but for numbers: every scalar is a text."""
    match node:
        case yaml.MappingNode():
            return {key.value: plain(value) for key, value in node.value}
        case yaml.SequenceNode():
            return [plain(each) for each in node.value]
    return node.value


@pytest.mark.parametrize("name", ["design", "words"])
def test_how_it_reads(name: str) -> None:
    """Set RLMFLOW_UPDATE_GOLDEN=1 to write the files anew; then read the difference."""
    text = as_yaml(tree(Source(name, (GOLDEN / f"{name}.rlm").read_text("utf-8"))))
    file = GOLDEN / f"{name}.rlm.yaml"
    if os.environ.get("RLMFLOW_UPDATE_GOLDEN"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text("utf-8")


TALLY = """\
strategies:
  tally:
    parameters: {docs: corpus, user: {type: text, default: '"x"'}}
    returns: int
    steps:
      - name: lines
        op: records
        args: docs
        with: {by: line}
      - name: kinds
        op: map
        args: lines
        with:
          choices: ['"a"', '"b"']
        returns: text
        prompt: |
          Which kind,
            asks {{ user }}?
      - {name: answer, value: len(kinds)}
"""


def said(text: str) -> str:
    """The findings of a file, as people see them."""
    return render(compile_source(Source("s.rlm.yaml", text)).diagnostics)


@pytest.mark.parametrize(
    ("before", "after", "place", "words"),
    [
        ("{{ user }}", "{{ usr }}", "18:21", "did you mean `user`?"),
        ("len(kinds)", '"len(\\u006binds) + \\"x\\" + knds"', "19:58", "did you mean `kinds`?"),
        ("len(kinds)", "'len(kinds) +'", "19:44", "something is missing here at the end"),
        ("len(kinds)", "len(kinds) }", "19:43", "did not find expected"),
        ("['\"a\"', '\"b\"']", "[a, b]", "14:21", """quotes of its own: `'"a"'`"""),
        ("{by: line}", "{by: 'r\"it''s (\"'}", "9:29", "this pattern can't be read"),
        ("{by: line}", ">-\n          by: line", "9:15", "arguments are names"),
        ("op: map", "opp: map", "11:9", "did you mean `op:`?"),
        ("op: map", "op: &x map", "11:13", "an anchor (`&name`) can't stand"),
        ("op: map", "op: !!str map", "11:13", "a tag (`tag:yaml.org,2002:str`) can't"),
        ("args: lines", "args: lines\n        args: lines", "13:9", "the key `args` stands twice"),
        ("returns: text", "returns: txt", "15:18", "did you mean `text`?"),
        ("returns: text", 'returns: text "a"', "15:18", "this is not a type"),
        (
            "len(kinds)",
            "'len(kinds) x = 1'",
            "19:31",
            "this is not an expression, or more than one",
        ),
        ("len(kinds)", "'1 } strategy t() -> t { answer 2'", "19:31", "not an expression, or more"),
        ("docs: corpus", "docs: corpus, class: no", "3:39", "there is no type `no`"),
        ("    returns: int\n", "", "3:5", "a strategy has no `returns:`"),
        ("strategies:", "stratgies:", "1:1", "did you mean `strategies:`?"),
        ("strategies:", "strategies:\n\t", "2:1", "this is no YAML"),
        (
            "{name: answer, value: len(kinds)}",
            "{hint: a, name: b}",
            "19:9",
            "a hint is a step of its own",
        ),
        ("{name: answer, value: len(kinds)}", "{name: answer}", "19:9", "this step does nothing"),
        (
            "value: len(kinds)",
            "value: len(kinds), op: x",
            "19:47",
            "a step with `value:` has no `op:`",
        ),
    ],
)
def test_a_mistake_is_pointed_at_in_the_yaml(
    before: str, after: str, place: str, words: str
) -> None:
    assert said(TALLY) == ""
    found = said(TALLY.replace(before, after, 1))
    assert f"s.rlm.yaml:{place}\n" in found
    assert words in found


@pytest.mark.parametrize("value", ["no", "012", "12:30", "null", "~", "1.0", "2024-01-01", "<<"])
def test_a_text_is_never_taken_for_something_else(value: str) -> None:
    """YAML 1.1 would read a truth, 10, 750, nothing, a number, a date."""
    file, found = parse_yaml(Source("s.rlm.yaml", f"doc: {value}\ntypes:\n  K: [{value}, b]\n"))
    assert not found
    assert file.doc is not None
    assert file.doc.value == value
    (kind,) = file.items
    assert isinstance(kind, ast.EnumDefinition)
    assert kind.values[0].value == value
    for quoted in yaml.safe_load_all(as_yaml(file)):
        assert quoted["doc"] == value
        assert quoted["types"]["K"][0] == value


@pytest.mark.parametrize(
    "text",
    [
        TALLY.replace("op: map", "opp: map"),
        TALLY.replace("value: len(kinds)", "value: len(kinds), op: x"),
        TALLY.replace("    returns: int\n", ""),
        TALLY.replace("{docs: corpus", "{docs: {doc: x}"),
        TALLY + "tests: [{name: x}]\n",
        "extra: 1",
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(text: str) -> None:
    assert parse_yaml(Source("s.rlm.yaml", text))[1]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(plain(yaml.compose(text)), SCHEMA)


def test_sections_may_come_in_any_order_as_documents() -> None:
    one, other = (f'strategy {name}() -> text {{ answer "" }}\n' for name in "ab")
    text = f"{one}type T {{ x: text }}\n{other}"
    file = tree(Source("s.rlm", text))
    written = as_yaml(file)
    assert written.count("---\n") == 1
    assert parse_yaml(Source("s.rlm.yaml", written))[0] == file
