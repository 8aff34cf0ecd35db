"""Inputs that a strategy may lose: invented by Hypothesis, nasty on purpose, with markers.

A case is small, so that it can be read; now and then a document is repeated until it
is larger than a part, so that what is cut is seen too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from string import ascii_letters

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from rlmflow.graph.model import Choice, Graph, Input, Operation, Program
from rlmflow.hunt.markers import MOST, is_marker, marker
from rlmflow.operators._operator import Call
from rlmflow.operators._sample import Sample
from rlmflow.syntax import ast
from rlmflow.types import (
    BOOL,
    CORPUS,
    DATE,
    DOCUMENT,
    FLOAT,
    INT,
    TEXT,
    EnumType,
    ListType,
    OptionalType,
    Type,
)

_SLOT = marker(0)
# Digits are few, so that values meet; markers are many, so that lines hold some.
_ALPHABET = "0123 .,:-_|" + ascii_letters + "".join(map(marker, range(60)))
_WORDS = ("a", "b", "1", "the", f"x{_SLOT}", _SLOT, f"{_SLOT}.", f"é{_SLOT}", f"e\u0301{_SLOT}")
_LINES = (
    "",
    " ",
    "\t",
    _SLOT,
    f"# Head {_SLOT}",
    f"- {_SLOT}",
    f'<item id="1">{_SLOT}</item>',
    f"</item>{_SLOT}<item1>",
    f"```{_SLOT}",
    f'{{"a": "{_SLOT}"}}',
    f"a,{_SLOT}",
    f"\x00{_SLOT}",
    f"\U0001f469\u200d\U0001f680{_SLOT}\U0001f1e9\U0001f1ea",
    f"{'w' * 90}{_SLOT}{'w' * 90}",
    f"{_SLOT}. {_SLOT}. {_SLOT}.",
    f"{{{{ {_SLOT} }}}}",
    "the same line",
    f"  {_SLOT} goes on",
    f"\t{_SLOT}",
)
_LINE_ENDS = ("\n", "\n", "\n\n", "\r\n", "\r", "\n \n")
_TIMES = (1, 1, 1, 1, 2, 30)
_SCALARS: Mapping[Type, st.SearchStrategy[object]] = {
    TEXT: st.sampled_from(["1", "2", "a", "which?"]),
    INT: st.integers(1, 4),
    FLOAT: st.sampled_from([0.5, 1.0, 3.0]),
    BOOL: st.booleans(),
    DATE: st.sampled_from(["2020-01-01", "2024-06-15"]),
}


@dataclass(frozen=True)
class Case:
    """Arguments of a strategy: documents by corpus parameter, the other values, and a seed."""

    texts: Mapping[str, tuple[str, ...]]
    values: Mapping[str, object]
    seed: int


class NoCase(Exception):
    """A strategy for whose parameters no values can be made up; the message says which."""


def cases(program: Program) -> st.SearchStrategy[Case]:
    """Cases for the main strategy of a program. Raises `NoCase`."""
    parameters = program.strategies[program.main].parameters
    samples = list(_samples(program))
    corpora = {p.name: _corpus(p, samples) for p in parameters if p.type in (CORPUS, DOCUMENT)}
    others = {p.name: _given(p) for p in parameters if p.name not in corpora}
    return st.builds(
        lambda texts, values, seed: Case(_marked(texts), _those_given(values), seed),
        st.fixed_dictionaries(corpora),
        st.fixed_dictionaries(others),
        st.integers(0, 7),
    )


def calls_in(program: Program) -> Iterator[Call]:
    """Every call of an operator in a program."""
    for strategy in program.strategies.values():
        yield from _calls(strategy.graph)


def _samples(program: Program) -> Iterator[Sample]:
    for strategy in program.strategies.values():
        for call in _calls(strategy.graph):
            sample = call.operator.sample_of(_by_default(call, strategy.parameters))
            if sample is not None:
                yield sample


def _by_default(call: Call, parameters: Sequence[Input]) -> Call:
    """The call as it is where each parameter that has a text as its default is not given."""
    texts = {p.name: p.default.value for p in parameters if isinstance(p.default, ast.Text)}
    filled = {
        name: replace(argument, constant=texts[argument.written.name], known=True)
        for name, argument in call.arguments.items()
        if isinstance(argument.written, ast.Reference) and argument.written.name in texts
    }
    return replace(call, arguments={**call.arguments, **filled})


def _calls(graph: Graph) -> Iterator[Call]:
    for node in graph:
        if isinstance(node, Operation):
            yield node.call
        elif isinstance(node, Choice):
            yield from chain.from_iterable(map(_calls, node.graphs))


def _corpus(parameter: Input, samples: Sequence[Sample]) -> st.SearchStrategy[tuple[str, ...]]:
    document = _document(samples)
    if parameter.type == DOCUMENT:
        return st.tuples(document)
    few = st.lists(document, min_size=1, max_size=3)
    tiny = st.lists(st.sampled_from(["", _SLOT, f"{_SLOT}\n", "a"]), min_size=1, max_size=12)
    return st.one_of(few, few, few, tiny).map(tuple)


def _document(samples: Sequence[Sample]) -> st.SearchStrategy[str]:
    words = st.lists(st.sampled_from(_WORDS), min_size=1, max_size=6).map(" ".join)
    known = [_line_of(sample) for sample in samples]
    # A strategy that takes lines apart is mostly given such lines, and now and then others.
    line = st.one_of(*known * 6, words, st.sampled_from(_LINES))
    ended = st.tuples(line, st.sampled_from(_LINE_ENDS)).map("".join)
    heads = st.sampled_from([*(sample.head for sample in samples if sample.head), ""])
    return st.builds(
        lambda head, lines, times, trimmed: _built(head, lines, times, trimmed),
        heads,
        st.lists(ended, max_size=8),
        st.sampled_from(_TIMES),
        st.booleans(),
    )


def _built(head: str, lines: Sequence[str], times: int, trimmed: bool) -> str:
    body = "".join(lines) * times
    text = f"{head}\n{body}" if head else body
    return text.rstrip("\r\n") if trimmed else text


def _line_of(sample: Sample) -> st.SearchStrategy[str]:
    pattern = re.compile(sample.line)
    written = "".join(filter(str.isprintable, sample.line))
    made = st.from_regex(pattern, fullmatch=True, alphabet=_ALPHABET + written)
    try:
        made.validate()
    except InvalidArgument:
        # It wants characters that the alphabet lacks, so it may have any.
        made = st.from_regex(pattern, fullmatch=True)
    return made.filter(lambda line: "\n" not in line)


def _given(parameter: Input) -> st.SearchStrategy[object]:
    """A value of a parameter; its default stands now and then, where it has one."""
    value = _value(parameter)
    return st.one_of(st.just(_DEFAULT), value) if parameter.default is not None else value


_DEFAULT = object()


def _value(parameter: Input) -> st.SearchStrategy[object]:
    match parameter.type:
        case ListType(item=item) if item == TEXT:
            return st.just(["a", "b", "1"])
        case EnumType(values=values) if values:
            return st.sampled_from(values)
        case OptionalType(inner=inner) if inner in _SCALARS:
            return st.one_of(st.none(), _SCALARS[inner])
        case type_ if type_ in _SCALARS:
            return _SCALARS[type_]
    if parameter.default is not None:
        return st.just(_DEFAULT)
    raise NoCase(f"no value can be made up for `{parameter.name}: {parameter.type}`")


def _those_given(values: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if value is not _DEFAULT}


def _marked(texts: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """The texts with a marker of its own in each place where one stands."""
    count = 0

    def mark(text: str) -> str:
        nonlocal count
        made: list[str] = []
        for character in text:
            if is_marker(character):
                character = marker(count % MOST)
                count += 1
            made.append(character)
        return "".join(made)

    return {name: tuple(map(mark, documents)) for name, documents in texts.items()}
