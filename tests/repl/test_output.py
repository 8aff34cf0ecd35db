"""Output that is kept in part: laws of the cut and of the ring."""

from __future__ import annotations

import os
import re
import tempfile

from hypothesis import given
from hypothesis import strategies as st

from rlmflow.runtime.repl.cut import Cut
from rlmflow.runtime.repl.ring import ROOM, SIZE, Ring, read_ring

MOST = 200
PIECES = st.lists(
    st.text() | st.integers(0, 900).map(lambda n: "".join(chr(97 + i % 26) for i in range(n))),
    max_size=30,
)
MARK = re.compile(r"\n\[\.\.\. ([\d,]+) characters are not shown \.\.\.\]\n")


def kept(pieces: list[str]) -> str:
    cut = Cut(MOST)
    for piece in pieces:
        cut.add(piece)
    return cut.text()


@given(PIECES)
def test_what_is_kept_is_head_and_tail_and_the_mark_counts_the_rest(pieces: list[str]) -> None:
    whole, text = "".join(pieces), kept(pieces)
    if len(whole) <= MOST:
        assert text == whole
        return
    assert len(text) <= MOST
    marks = list(MARK.finditer(text))
    assert marks
    found = max(marks, key=lambda mark: int(mark[1].replace(",", "")))
    head, tail = text[: found.start()], text[found.end() :]
    assert whole.startswith(head)
    assert whole.endswith(tail)
    assert int(found[1].replace(",", "")) == len(whole) - len(head) - len(tail)


@given(PIECES)
def test_what_is_kept_hangs_on_the_text_alone(pieces: list[str]) -> None:
    assert kept(pieces) == kept(["".join(pieces)])


def test_many_short_pieces_take_no_more_than_a_long_one() -> None:
    cut = Cut(MOST)
    for _ in range(100_000):
        cut.add("a")
        assert len(cut._parts) <= 2 * MOST + 1
    assert cut.text() == kept(["a" * 100_000])


@given(st.lists(st.text(max_size=50) | st.integers(0, 9000).map("äb".__mul__), max_size=8))
def test_a_ring_holds_the_end_of_what_was_added(pieces: list[str]) -> None:
    with tempfile.TemporaryFile() as file:
        file.truncate(SIZE)
        ring = Ring(os.dup(file.fileno()))
        for piece in pieces:
            ring.add(piece)
        whole = "".join(pieces).encode()
        last = read_ring(file.fileno())
        assert last == whole[-ROOM:].decode("utf-8", "ignore")
        ring.clear()
        assert read_ring(file.fileno()) == ""
