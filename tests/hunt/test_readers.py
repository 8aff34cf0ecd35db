"""Readers that answer in a model's place: told the message alone, damaged where it shows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlmflow.hunt.faults import FAULTS, reader, reader_names
from rlmflow.hunt.markers import is_marker, marker, markers_in, planted
from rlmflow.hunt.reader import MarkerReader
from rlmflow.testing import run_text

LABELLED = '''
type Line { text: text }
strategy labelled(docs: corpus) -> list[text] {
  lines = records(docs, by: line) -> Line
  kinds = map(lines, as: kind, choices: ["a", "b", "c"]) -> text """Which?"""
  answer map(kinds, show: item.text) -> text """Say it again."""
}
'''
QUOTED = '''
type Found { quote: quote }
strategy quoted(docs: corpus) -> list[Found] {
  parts = chunk(docs, size: 12 chars, margin: 4 chars, at: char)
  answer extract(parts) -> Found """All."""
}
'''


@given(st.integers(0, 5000))
def test_a_marker_is_one_letter_that_only_it_is(number: int) -> None:
    made = marker(number)
    assert len(made) == 1
    assert is_marker(made)
    assert made.isalpha()
    assert made == made.lower() == made.upper()
    assert markers_in(f"a{made} b{made}") == [made, made]


def test_planted_markers_are_all_different() -> None:
    texts = list(planted(["a§ §", "", "§"], "§"))
    assert [len(markers_in(text)) for text in texts] == [2, 0, 1]
    assert len(set("".join(texts)) - set("a ")) == 3


@given(st.text(), st.integers(0, 3))
def test_a_choice_depends_on_the_text_and_the_seed_alone(text: str, seed: int) -> None:
    schema = {"type": "string", "enum": ["a", "b", "c"]}
    assert MarkerReader(seed).value(schema, text) == MarkerReader(seed).value(schema, text)


def input_of(marks: int) -> str:
    return "".join(f"line {marker(number)}\n" for number in range(marks))


def test_the_perfect_reader_brings_every_marker_back_once() -> None:
    text = input_of(60)
    labelled = run_text(LABELLED, text, reader=reader("perfect"))
    quoted = run_text(QUOTED, text, reader=reader("perfect"))
    assert labelled.answer is not None
    assert quoted.answer is not None
    assert labelled.answer.value == markers_in(text)
    assert [found["quote"] for found in quoted.answer.value] == markers_in(text)


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("strategy", [LABELLED, QUOTED])
@pytest.mark.parametrize("seed", range(4))
def test_damage_is_noticed_and_never_an_answer(name: str, strategy: str, seed: int) -> None:
    text = input_of(60)
    wanted = run_text(strategy, text, reader=reader("perfect", seed))
    came = run_text(strategy, text, reader=reader(name, seed))
    assert wanted.answer is not None
    assert came.answer is not None
    if came.status == "complete":
        assert came.answer.value == wanted.answer.value
    else:
        assert came.failures
        assert set(map(str, came.answer.value)) <= set(map(str, wanted.answer.value))


def test_every_reader_has_a_name() -> None:
    assert reader_names()[0] == "perfect"
    assert len(set(reader_names())) == len(FAULTS) + 1
