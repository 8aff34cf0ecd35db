"""What crosses the channel: laws of values and frames, and bytes that make no sense."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import DecodeError, Raw
from msgspec.msgpack import encode

from rlmflow.runtime.repl import wire
from rlmflow.runtime.repl.messages import (
    LENGTH,
    Call,
    Done,
    FrameTooLong,
    Ready,
    Reply,
    Run,
    framed,
    read_for_host,
    read_for_worker,
    read_length,
)
from rlmflow.runtime.repl.wire import Failure, Handle, Piece, Sent, SentList, Unsendable

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
NUMBERS = st.integers() | st.integers(min_value=-(2**70), max_value=2**70)
PLAIN = st.none() | st.booleans() | NUMBERS | st.floats(allow_nan=False) | TEXTS | st.dates()
PIECES = st.builds(Piece, *[st.integers(0, 2**40)] * 3)


def nested(values: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.recursive(values, lambda v: st.lists(v) | st.dictionaries(TEXTS, v), max_leaves=8)


SENT = st.builds(Sent, PIECES | nested(PLAIN), st.integers(0, 2**40), st.none() | TEXTS)
FAILURES = st.builds(Failure, TEXTS)
LISTS = st.builds(SentList, st.lists(SENT | FAILURES, max_size=4).map(tuple))
VALUES = nested(PLAIN | PIECES | SENT | FAILURES | LISTS | st.builds(Handle, st.integers(0, 2**40)))


@given(VALUES)
def test_a_value_comes_back_as_it_was(value: object) -> None:
    back = wire.Reader().value(wire.to_bytes(value))
    assert back == value
    assert repr(back) == repr(value)


@given(st.lists(SENT | FAILURES, max_size=4))
def test_a_list_can_be_read_item_by_item(items: list[Sent | Failure]) -> None:
    reading = wire.Reader(revive_list=lambda parts: [wire.Reader().value(p) for p in parts])
    assert reading.value(wire.to_bytes(SentList(tuple(items)))) == items


@pytest.mark.parametrize(
    "value",
    [{1}, b"x", object(), {1: 2}, "\ud800", ["\udfff"], {"\ud800": 1}, lambda: 1, 1j],
    ids=lambda value: type(value).__name__,
)
def test_what_is_not_in_the_list_is_refused(value: object) -> None:
    with pytest.raises(Unsendable):
        wire.to_bytes(value)


def test_what_holds_itself_is_refused() -> None:
    value: list[object] = []
    value.append(value)
    with pytest.raises(Unsendable, match="nested too deeply"):
        wire.to_bytes(value)


@given(st.binary())
def test_any_bytes_are_a_value_or_a_decode_error(data: bytes) -> None:
    with suppress(DecodeError):
        wire.Reader().value(data)


@given(VALUES, st.data())
def test_damaged_bytes_are_a_value_or_a_decode_error(value: object, data: st.DataObject) -> None:
    written = bytearray(wire.to_bytes(value))
    for _ in range(data.draw(st.integers(1, 4))):
        written[data.draw(st.integers(0, len(written) - 1))] = data.draw(st.integers(0, 255))
    with suppress(DecodeError):
        wire.Reader().value(bytes(written))


def test_a_number_that_python_would_not_print_is_refused_by_both_sides() -> None:
    with pytest.raises(Unsendable, match="number of more than 4,000 digits"):
        wire.to_bytes([10**4300])
    most = wire.to_bytes(-(10**4000))
    assert wire.Reader().value(most) == -(10**4000)
    with pytest.raises(DecodeError):
        wire.Reader().value(b"\xc8\x07\xd0\x02" + b"\x01" * 2000)


@pytest.mark.parametrize("depth", [2_000, 200_000])
def test_bytes_that_nest_without_end_are_a_decode_error(depth: int) -> None:
    with pytest.raises(DecodeError):
        wire.Reader().value(b"\x91" * depth + b"\x00")
    inner = b"\x00"
    for _ in range(depth // 100):
        inner = b"\xc9" + len(inner).to_bytes(4, "big") + b"\x05" + b"\x93" + inner + b"\x00\xc0"
    with pytest.raises(DecodeError):
        wire.Reader().value(inner[:-1])


NOTHING = Raw(encode(None))
MESSAGES = [
    Run(1, "x = 1", 7, {"time": [1.5, 2]}),
    Reply(3, Raw(encode([1]))),
    Reply(3, refused="no"),
    Ready(),
    Call(1, "llm_query", Raw(encode([["p"], {}]))),
    Done(2, "timeout", "out", NOTHING, True, None, {"time_ns": [2**60]}, 3),
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_a_message_comes_back_as_it_was(message: Run | Reply | Ready | Call | Done) -> None:
    frame = framed(message, 1000)
    assert read_length(frame[:LENGTH], 1000) == len(frame) - LENGTH
    read = read_for_worker if isinstance(message, Run | Reply) else read_for_host
    back = read(frame[LENGTH:])
    assert encode(back) == encode(message)


def test_a_message_that_is_too_long_is_refused_by_both_sides() -> None:
    with pytest.raises(FrameTooLong, match=r"a message of 1,\d+ bytes; at most 1,000 can be sent"):
        framed(Run(1, "x" * 1000), 1000)
    with pytest.raises(FrameTooLong, match="a message of 4,294,967,295 bytes"):
        read_length(b"\xff" * LENGTH, 1000)


@given(st.binary())
def test_any_body_is_a_message_or_a_decode_error(body: bytes) -> None:
    with suppress(DecodeError):
        read_for_host(body)


@pytest.mark.parametrize(
    "forged",
    [
        ["done", 1, "died", "", None, False, None, {}, 0],
        ["done", 1, "ok", 7, None, False, None, {}, 0],
        ["done", 1, "ok", "", None, False, None, {"time": ["now"]}, 0],
        ["call", "1", "llm_query", None],
        ["run", 1, "x"],
        ["start"],
        {"type": "ready"},
        None,
    ],
    ids=ascii,
)
def test_a_forged_message_is_a_decode_error(forged: object) -> None:
    with pytest.raises(DecodeError):
        read_for_host(encode(forged))
