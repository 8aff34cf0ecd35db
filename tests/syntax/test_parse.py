"""What the parser makes of single pieces, and what is left of a file that is broken."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from rlmflow import share
from rlmflow.diagnostics.render import render
from rlmflow.source import Source
from rlmflow.syntax import ast, literals, parse
from rlmflow.syntax.tokens import RESERVED, SOFT_WORDS

GOLDEN = Path(__file__).parent / "golden"


def strategy_of(body: str) -> ast.Strategy:
    file, found = parse.parse(Source("test", f"strategy s(docs: corpus) -> text {{ {body} }}"))
    assert not found, found
    (strategy,) = file.items
    assert isinstance(strategy, ast.Strategy)
    return strategy


def value_of(expression: str) -> ast.Expression:
    (answer,) = strategy_of(f"answer {expression}").body
    assert isinstance(answer, ast.Answer)
    return answer.value


def shape(node: ast.Expression) -> str:
    """An expression with a bracket around each operation."""
    match node:
        case ast.BinaryOperation():
            return f"({shape(node.left)} {node.sign} {shape(node.right)})"
        case ast.UnaryOperation():
            return f"({node.sign} {shape(node.value)})"
        case ast.Field():
            return f"{shape(node.value)}.{node.name.text}"
        case ast.Reference():
            return node.name
        case ast.Number():
            return node.written
    return type(node).__name__


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("a or b and not c == d", "(a or (b and (not (c == d))))"),
        ("a + b * -c.x - d", "((a + (b * (- c.x))) - d)"),
        ("(a + b) * c", "((a + b) * c)"),
        ("a not in b or not a in b", "((a not in b) or (not (a in b)))"),
        ("a + 1 in b", "((a + 1) in b)"),
        ("1 in b and 2 or c", "(((1 in b) and 2) or c)"),
    ],
)
def test_operators_bind_as_the_language_says(written: str, expected: str) -> None:
    assert shape(value_of(written)) == expected


@pytest.mark.parametrize(
    ("written", "value", "unit"),
    [
        ("6k tokens", 6000, "tokens"),
        ("2_000 calls", 2000, "calls"),
        ("1.5M chars", 1_500_000, "chars"),
        ("0.5 USD", Decimal("0.5"), "USD"),
        ("1%", 1, "%"),
        ("5USD", 5, "USD"),
        ("6k tokns", 6000, "tokns"),
    ],
)
def test_a_quantity_is_a_number_and_a_unit(written: str, value: int, unit: str) -> None:
    quantity = value_of(f"f({written})")
    assert isinstance(quantity, ast.Call)
    argument = quantity.arguments[0].value
    assert isinstance(argument, ast.Quantity)
    assert (argument.value, argument.unit) == (value, unit)


@pytest.mark.parametrize("word", sorted(word.lower() for word in RESERVED))
def test_no_reserved_word_is_a_unit_but_each_names_fields_and_knobs(word: str) -> None:
    call = value_of(f"f({word}: item.{word})")
    assert isinstance(call, ast.Call)
    (argument,) = call.arguments
    assert argument.name is not None
    assert argument.name.text == word
    assert isinstance(argument.value, ast.Field)
    file, found = parse.parse(Source("test", f"type T {{ {word}: text  {word}: int }}"))
    assert not found
    assert isinstance(file.items[0], ast.RecordDefinition)
    assert [field.name.text for field in file.items[0].fields] == [word, word]


@pytest.mark.parametrize("word", sorted(word.lower() for word in SOFT_WORDS))
def test_words_of_use_and_test_are_free_elsewhere(word: str) -> None:
    body = strategy_of(f'{word} = f(docs) """p"""  {word} = {word}  answer {word}').body
    assert [step.name.text for step in body if isinstance(step, ast.Step)] == [word, word]


def test_the_grammar_lists_the_reserved_words_alike_each_time() -> None:
    grammar = share.path("grammar/rlm.lark").read_text(encoding="utf-8")
    (listed,) = set(re.findall(r"strategy\|type[a-z|]*\|not\|in\b", grammar))
    assert set(listed.split("|")) == {word.lower() for word in RESERVED}
    assert grammar.count(f"(?:{listed}") == 2, "in NAME and in QUANTITY"
    for word in RESERVED:
        assert f"\n{word}: /{word.lower()}\\b/\n" in grammar


def test_no_operator_is_named_in_the_grammar() -> None:
    grammar = share.path("grammar/rlm.lark").read_text(encoding="utf-8")
    rules = "\n".join(line for line in grammar.splitlines() if not line.startswith("//"))
    for operator in ("chunk", "extract", "merge", "filter", "records", "reduce", "refine"):
        assert operator not in rules


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (r'"a\n\t\"\\\u{1F600}"', 'a\n\t"\\\U0001f600'),
        (r'r"\d\""', r"\d\""),
        ('"""a "quoted" word"""', 'a "quoted" word'),
        ('r"""\\d\n"""', "\\d\n"),
        ('""', ""),
    ],
)
def test_strings(written: str, value: str) -> None:
    text = value_of(written)
    assert isinstance(text, ast.Text)
    assert text.value == value
    assert text.content.text == literals.unquote(written).inner


def test_an_offset_in_a_text_is_found_in_what_was_written() -> None:
    inner = r"a\n{{ x }}\u{1F600}{{ y }}"
    value, _ = literals.unescape(inner)
    for name in ("x", "y"):
        assert inner[literals.offset(inner, value.index(name))] == name


def test_a_broken_step_keeps_its_name_and_those_around_it_are_whole() -> None:
    text = "strategy s(docs: corpus) -> text { a = f(docs) b = g(a, =) c = h(b) answer c }"
    file, found = parse.parse(Source("test", text))
    (strategy,) = file.items
    assert isinstance(strategy, ast.Strategy)
    assert len(found) == 1
    steps = {s.name.text: s.value for s in strategy.body if isinstance(s, ast.Step)}
    assert list(steps) == ["a", "b", "c"]
    assert [name for name, value in steps.items() if isinstance(value, ast.Broken)] == ["b"]
    assert isinstance(strategy.body[-1], ast.Answer)


def test_a_broken_header_keeps_the_strategy_and_its_parameters() -> None:
    text = "strategy s(docs: , question: text) -> { answer f(docs) }"
    file, found = parse.parse(Source("test", text))
    (strategy,) = file.items
    assert isinstance(strategy, ast.Strategy)
    assert [p.name.text for p in strategy.parameters] == ["docs", "question"]
    assert strategy.parameters[0].type.name == ""
    assert strategy.returns.name == ""
    assert len(found) == 2


def test_nesting_has_an_end() -> None:
    deep = "f(" * 101 + "1" + ")" * 101
    _, found = parse.parse(Source("test", f"strategy s() -> t {{ answer {deep} }}"))
    assert [d.code for d in found] == ["RF106"]
    value_of("f(" * 100 + "1" + ")" * 100)


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.bad")), ids=lambda path: path.stem)
def test_mistakes_are_shown_as_in_the_golden_file(path: Path) -> None:
    _, found = parse.parse(Source(path.name, path.read_text(encoding="utf-8")))
    assert render(found) == path.with_suffix(".txt").read_text(encoding="utf-8")


def test_the_tables_are_kept_and_a_spoilt_file_does_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RLMFLOW_CACHE", str(tmp_path / "cache"))
    for spoil in (None, b"spoilt"):
        parse._parser.cache_clear()
        (kept,) = list((tmp_path / "cache").glob("*")) or [None]
        if spoil is not None:
            assert kept is not None
            kept.write_bytes(spoil)
        assert not parse.parse(Source("test", "use ./local"))[1]
        (kept,) = (tmp_path / "cache").glob("*")
        assert kept.read_bytes() != b"spoilt"


def test_where_nothing_can_be_kept_parsing_still_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    monkeypatch.setenv("RLMFLOW_CACHE", str(blocked))
    parse._parser.cache_clear()
    assert not parse.parse(Source("test", "use ./local"))[1]
    parse._parser.cache_clear()
