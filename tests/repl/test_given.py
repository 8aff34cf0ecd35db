"""What is bound before the first block: it is mapped, whole, and can't be changed."""

from __future__ import annotations

import os

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from repl.repl_host import outputs

from rlmflow.runtime.repl.block import ReplLimits
from rlmflow.runtime.repl.given import given
from rlmflow.runtime.repl.wire import Reader
from rlmflow.runtime.repl.worker.mapped import read_mapped

NAMES = st.text(st.characters(exclude_categories=["Cs"]))


@for_all(st.lists(st.tuples(NAMES, st.text())), st.lists(NAMES))
def test_documents_and_names_come_back_as_they_were(
    documents: list[tuple[str, str]], values: list[str]
) -> None:
    names = {f"name {n}": value for n, value in enumerate(values)}
    bound, texts = read_mapped(given(documents, names, ["a"]))
    assert list(zip(bound.documents, texts, strict=True)) == documents
    assert {name: Reader().value(value) for name, value in bound.names.items()} == names
    assert bound.steps == ["a"]


def test_a_large_input_does_not_travel_in_messages() -> None:
    documents = [("a.txt", "x" * 20_000_000), ("b.txt", "\ud800 half a pair")]
    limits = ReplLimits(frame=10_000)
    told = outputs(
        "len(context['a.txt']), context['b.txt'], len(other)",
        "import os\nos._exit(1)",
        "len(context['a.txt'])",
        documents=documents,
        names={"other": "y" * 5_000_000},
        limits=limits,
    )
    assert told[0] == "(20000000, '\\ud800 half a pair', 5000000)"
    assert told[2] == "20000000"


def test_what_is_mapped_cannot_be_changed() -> None:
    fd = given([("a", "text")], {}, [])
    try:
        with pytest.raises(PermissionError):
            os.pwrite(fd, b"x", 0)
        with pytest.raises(PermissionError):
            os.ftruncate(fd, 0)
    finally:
        os.close(fd)
