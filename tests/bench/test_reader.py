"""A modelled reader: what it replies rests on the message and its noise alone."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Sequence

import pytest
from chance import further_than_chance
from hypothesis import given
from hypothesis import strategies as st

from rlmflow.bench.noise import Noise, drawn, said_for, uniform_errors
from rlmflow.bench.simulated import simulated
from rlmflow.bench.task import Fact, Plain
from rlmflow.diagnostics.model import StrategyError
from rlmflow.models._protocol import Message, ModelFailure, Reply, Request
from rlmflow.operators._frame import question
from rlmflow.operators._step import Shown
from rlmflow.values import Item

LABELS = ("a", "b", "c", "d")


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.floats(10, 10**5))
def test_recall_falls_with_length(shorter: int, longer: int, half: float) -> None:
    noise = Noise(half=half)
    shorter, longer = sorted((shorter, longer))
    assert 1 >= noise.recall(shorter) >= noise.recall(longer) >= 0


def test_recall_is_a_half_where_the_name_says() -> None:
    assert simulated("simulated:rot=16k").noise.recall(16_000) == 0.5
    assert Noise().recall(10**9) == 1


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5])
def test_labels_are_taken_for_others_at_the_rate(rate: float) -> None:
    noise = Noise(rate=rate, seed=4)
    count = 4000
    said = Counter(noise.label("a", LABELS, number) for number in range(count))
    for label in LABELS:
        share = 1 - rate if label == "a" else rate / 3
        variance = count * share * (1 - share)
        assert not further_than_chance(said[label], count * share, variance, of=12)


def test_a_matrix_says_what_is_said() -> None:
    noise = Noise(matrix={"a": {"b": 1.0}, "b": {"a": 0.25, "c": 0.75}}, seed=1)
    assert {noise.label("a", LABELS, n) for n in range(50)} == {"b"}
    assert {noise.label("b", LABELS, n) for n in range(200)} == {"a", "c"}


def test_notice_is_taken_at_the_rate_of_recall() -> None:
    noise, count = Noise(half=1000, seed=3), 4000
    for tokens in (500, 1000, 2000):
        share = noise.recall(tokens)
        seen = sum(noise.notices(tokens, number) for number in range(count))
        assert not further_than_chance(seen, count * share, count * share * (1 - share), of=3)


@given(st.text(), st.integers())
def test_a_draw_is_the_same_again(text: str, number: int) -> None:
    assert drawn(text, number) == drawn(text, number)
    assert 0 <= drawn(text, number) < 1


@given(st.floats(0, 1, exclude_max=True))
def test_a_draw_falls_on_some_label(draw: float) -> None:
    assert said_for(uniform_errors(LABELS, 0.3)["b"], draw) in LABELS


def test_a_name_says_what_a_reader_is(tmp_path) -> None:
    made = simulated("simulated:rot=16k,confusion=0.1,window=8k,seed=7")
    assert (made.noise.half, made.noise.rate, made.window, made.noise.seed) == (
        16_000,
        0.1,
        8000,
        7,
    )
    assert simulated("simulated:perfect").noise == simulated("simulated").noise == Noise()
    file = tmp_path / "matrix.json"
    file.write_text('{"praise": {"praise": 0.9, "complaint": 0.1}}')
    assert simulated(f"simulated:confusion={file}").noise.matrix is not None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("simulated:rott=3", "did you mean `rot`"),
        ("simulated:rot=", "`rot=`"),
        ("simulated:rot=0", "at least 1"),
        ("simulated:rot=infk", "`rot=infk`"),
        ("simulated:confusion=1.5", "between 0 and 1"),
        ("simulated:confusion=nan", "between 0 and 1"),
        ("simulated:confusion=none.json", "none.json"),
        ("simulated:perfect=1", "`perfect=1`"),
        ("simulated:zzz", "say one of"),
    ],
)
def test_a_name_that_says_something_else_is_refused(name: str, said: str) -> None:
    with pytest.raises(StrategyError, match=said):
        simulated(name)


def asked(knowledge: Plain, text: str, kind: str = "integer") -> Reply:
    """The reply of an exact reader to a question about one item, for a value of a kind."""
    schema = {"type": "object", "properties": {"answer": {"type": kind}}}
    said = question("How many?", "", (), [Shown(Item(text, "lines", 0), text, ())], "")
    messages = (Message("system", said.system), Message("user", said.user))
    model = simulated("simulated").model(knowledge)
    return asyncio.run(model.complete(Request(messages, schema, 100)))


@pytest.mark.parametrize(
    ("text", "number"),
    [("12 of 30", 12), ("on 2024-01-01", 2024), ("1.2.3", 1.2), ("-4", -4), ("007, or 2,000", 7)],
)
def test_the_first_number_of_a_text_is_told(text: str, number: float) -> None:
    assert json.loads(asked(Plain(), text).text) == {"answer": number}


def test_a_reader_that_knows_no_answer_fails_as_a_model_does() -> None:
    class Lost(Plain):
        def facts(self, text: str) -> Sequence[Fact]:
            raise KeyError(text)

    with pytest.raises(ModelFailure, match="the modelled reader is lost: KeyError: 'x'"):
        asked(Lost(), "x")
