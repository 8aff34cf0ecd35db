"""Hypothesis strategies for syntax trees as the parser can make them."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from rlmflow.source import Source, Span
from rlmflow.syntax import ast, literals
from rlmflow.syntax.tokens import RESERVED

NOWHERE = Span(Source("tree", ""), 0, 0)
_WORDS = ["docs", "x", "answers", "item", "found_2", "größe", "given", "of", "as", "reply", "k"]
_RESERVED = sorted(word.lower() for word in RESERVED)

words = st.sampled_from(_WORDS)
names = words.map(lambda word: ast.Name(word, span=NOWHERE))
knobs = st.sampled_from([*_WORDS, *_RESERVED]).map(lambda word: ast.Name(word, span=NOWHERE))
characters = st.characters(exclude_categories=["Cs"], exclude_characters='"\\\r')
escapes = st.sampled_from(["\\n", "\\t", '\\"', "\\\\", "\\u{1F600}"])


@st.composite
def texts(draw: st.DrawFn) -> ast.Text:
    raw, block = draw(st.booleans()), draw(st.booleans())
    inner = draw(st.lists(characters if raw else characters | escapes, max_size=6).map("".join))
    if not block:
        inner = inner.replace("\n", " ")
    value = inner if raw else literals.unescape(inner)[0]
    content = Span(Source("text", inner), 0, len(inner))
    return ast.Text(value, content, raw, block, span=NOWHERE)


written_numbers = st.sampled_from(["0", "7", "2_000", "6k", "1.5M", "0.5", "2.0", "1_0.2_5k"])
units = st.sampled_from(["tokens", "calls", "USD", "%", "tokns", "levels"])


def _value(written: str) -> int | Decimal:
    value = literals.number(written)
    assert not isinstance(value, literals.Flaw)
    return value


numbers = written_numbers.map(lambda w: ast.Number(_value(w), w, span=NOWHERE))
negatives = numbers.map(lambda n: ast.Number(-n.value, f"-{n.written}", span=NOWHERE))
quantities = st.builds(
    lambda w, u: ast.Quantity(_value(w), u, w, span=NOWHERE), written_numbers, units
)
truths = st.booleans().map(lambda value: ast.Truth(value, span=NOWHERE))
nothings = st.just(ast.Nothing(span=NOWHERE))
references = words.map(lambda word: ast.Reference(word, span=NOWHERE))
patterns = st.one_of(texts(), numbers, negatives, truths, nothings, st.none())


def _tuples(of: st.SearchStrategy, least: int = 0) -> st.SearchStrategy:
    return st.lists(of, min_size=least, max_size=3).map(tuple)


plain_types = st.builds(lambda n, o: ast.NamedType(n, (), o, span=NOWHERE), words, st.booleans())
types = st.builds(
    lambda n, a, o: ast.NamedType(n, a, o, span=NOWHERE),
    words,
    _tuples(plain_types),
    st.booleans(),
)
atoms = st.one_of(texts(), numbers, quantities, truths, nothings, references)
_SIGNS = ["or", "and", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "+", "-", "*", "/"]


def _larger(inner: st.SearchStrategy) -> st.SearchStrategy:
    arguments = st.builds(lambda n, v: ast.Argument(n, v, span=NOWHERE), st.none() | knobs, inner)
    arms = st.builds(lambda p, v: ast.Arm(p, v, span=NOWHERE), patterns, inner)
    return st.one_of(
        st.builds(lambda v, n: ast.Field(v, n, span=NOWHERE), inner, knobs),
        st.builds(
            lambda s, v: ast.UnaryOperation(s, v, span=NOWHERE),
            st.sampled_from(["not", "-"]),
            inner,
        ),
        st.builds(
            lambda s, a, b: ast.BinaryOperation(s, a, b, span=NOWHERE),
            st.sampled_from(_SIGNS),
            inner,
            inner,
        ),
        _tuples(inner).map(lambda items: ast.ListOf(items, span=NOWHERE)),
        st.builds(
            lambda c, a, r, p: ast.Call(c, a, r, p, span=NOWHERE),
            names,
            _tuples(arguments),
            st.none() | types,
            st.none() | texts(),
        ),
        st.builds(lambda v, a: ast.Match(v, a, span=NOWHERE), inner, _tuples(arms)),
    )


expressions = st.recursive(atoms, _larger, max_leaves=8)

statements = st.one_of(
    st.builds(lambda n, v: ast.Step(n, v, span=NOWHERE), names, expressions),
    expressions.map(lambda value: ast.Answer(value, span=NOWHERE)),
    texts().map(lambda text: ast.Hint(text, span=NOWHERE)),
)
parameters = st.builds(
    lambda n, t, d, said: ast.Parameter(n, t, d, said, span=NOWHERE),
    names,
    types,
    st.none() | expressions,
    st.none() | texts(),
)
subjects = st.recursive(
    references,
    lambda inner: st.builds(lambda v, n: ast.Field(v, n, span=NOWHERE), inner, knobs),
    max_leaves=2,
)
clauses = st.builds(
    lambda n, s, q: ast.Clause(n, s, q, span=NOWHERE), names, subjects, st.none() | quantities
)
uses = st.one_of(
    st.builds(
        lambda p, n, a: ast.Use(ast.Name(p, span=NOWHERE), n, a, span=NOWHERE),
        st.sampled_from(["std/verify", "./local", "../a/b", "../../c", "my-lib/x.y", "python/z"]),
        _tuples(names),
        st.none() | names,
    ),
    st.builds(
        lambda n, a: ast.Use(ast.Name("tools.py", span=NOWHERE), n, a, python=True, span=NOWHERE),
        _tuples(names),
        st.none() | names,
    ),
)
records = st.builds(
    lambda n, f: ast.RecordDefinition(n, f, span=NOWHERE),
    names,
    _tuples(
        st.builds(
            lambda n, t, d: ast.FieldDefinition(n, t, d, span=NOWHERE),
            knobs,
            types,
            st.none() | texts(),
        )
    ),
)
enums = st.builds(
    lambda n, v: ast.EnumDefinition(n, v, span=NOWHERE), names, _tuples(texts(), least=1)
)
strategies = st.builds(
    lambda n, p, r, e, w, b: ast.Strategy(n, p, r, e, w, b, span=NOWHERE),
    names,
    _tuples(parameters),
    types,
    _tuples(clauses),
    _tuples(quantities),
    _tuples(statements),
)
bindings = st.builds(lambda n, v: ast.Binding(n, v, span=NOWHERE), names, expressions)
tests = st.builds(
    lambda t, n, g, r, s, e: ast.Test(t, n, g, r, s, e, span=NOWHERE),
    texts(),
    names,
    _tuples(bindings),
    _tuples(bindings),
    _tuples(names),
    _tuples(expressions),
)
items = st.one_of(uses, records, enums, strategies, tests)
files = st.builds(lambda d, i: ast.File(NOWHERE.source, d, i), st.none() | texts(), _tuples(items))


def nowhere(node: object) -> Any:
    """The same tree, with no place: as one that was made and not read."""
    if isinstance(node, Span):
        return NOWHERE
    if isinstance(node, tuple):
        return tuple(map(nowhere, node))
    if isinstance(node, Source):
        return NOWHERE.source
    if not isinstance(node, ast.Node | ast.File):
        return node
    return dataclasses.replace(
        node, **{each.name: nowhere(getattr(node, each.name)) for each in dataclasses.fields(node)}
    )
