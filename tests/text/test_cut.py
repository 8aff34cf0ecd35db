"""Laws of cutting: parts join up to the text, fit their size, and end as late as they may."""

from __future__ import annotations

from itertools import pairwise

import pytest
import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rlmflow.text import Boundary, Size, count_tokens, cut, widen

# The first call loads the tokenizer.
untimed = settings(deadline=None)

KINDS: tuple[Boundary, ...] = ("heading", "paragraph", "line", "sentence", "char")

# What a part may end with, for each kind; the first that can fit must be used.
SEPARATORS = {
    "paragraph": r"\n[^\S\n]*\n",
    "line": r"\n",
    "sentence": r"""[.!?…]["')]*\s+|。["')]*\s*|\n[^\S\n]*\n""",
    "word": r"\s",
}
FINER = {
    "paragraph": ("paragraph", "line", "sentence", "word"),
    "line": ("line", "sentence", "word"),
    "sentence": ("sentence", "word"),
    "char": (),
}

nasty_pieces = st.sampled_from(
    [
        *("a", "word", "Sentence one. ", "No! ", "3.14", " ", "\t", "\n", "\r\n", "\r", "\n\n"),
        *("\n \n", "\r\n\r\n", "\x00", "漢字。", "e\u0301", " \u0301", "\u0301", "\u200d"),
        *("\U0001f469\u200d\U0001f469\u200d\U0001f467", "\U0001f1e6\U0001f1e7", "\U0001f1e6"),
        *("\U00010348", "\u0915\u094d\u0937", "\u0e01\u0e47", "# Title\n", "---\n", "```\n"),
        *("\ufeff", "\u2028", "\xa0", "x" * 40, '"Quoted." ', "...", "\ud800"),
    ]
)
nasty_text = st.lists(nasty_pieces | st.text(max_size=3), max_size=40).map("".join)
sizes = st.builds(Size, st.integers(1, 30), st.sampled_from(["chars", "lines", "tokens"]))


def between_clusters(text: str, start: int) -> set[int]:
    """Edges of clusters from `start` on; what stands before it still counts."""
    return {start} | {m.end() for m in regex.finditer(r"\X", text, pos=start)}


@untimed
@given(nasty_text, sizes, st.sampled_from(KINDS), st.data())
def test_parts_are_an_exact_partition_within_size(
    text: str, size: Size, at: Boundary, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    reported: list[tuple[int, int]] = []
    parts = list(cut(text, start, end, size, at, lambda a, b: reported.append((a, b))))
    edges = [start, *(stop for _, stop in parts)]
    assert parts == list(pairwise(edges))
    assert edges[-1] == end
    for a, b in parts:
        assert a < b
        too_large = size.of(text, a, b) > size.count
        assert not too_large or (b == a + 1 and (a, b) in reported)


@untimed
@given(nasty_text, sizes, st.sampled_from(KINDS))
@example("👩\u200d👩\u200d👧", Size(1, "chars"), "char")
def test_a_cluster_is_cut_only_if_it_alone_is_too_large(
    text: str, size: Size, at: Boundary
) -> None:
    reported: set[tuple[int, int]] = set()
    parts = list(cut(text, 0, len(text), size, at, lambda a, b: reported.add((a, b))))
    for a, b in parts:
        whole = min(place for place in between_clusters(text, a) if place > a)
        if b not in between_clusters(text, a):
            assert (a, b) in reported
            assert size.of(text, a, whole) > size.count
        if (a, b) in reported:
            assert b < whole or size.of(text, a, b) > size.count


@example("漢字。 a", 2, "paragraph")
@untimed
@given(nasty_text, st.integers(1, 40), st.sampled_from(["paragraph", "line", "sentence", "char"]))
def test_a_part_ends_at_the_last_boundary_of_the_first_kind_that_fits(
    text: str, count: int, at: Boundary
) -> None:
    for a, b in cut(text, 0, len(text), Size(count), at):
        limit = a + count
        if limit >= len(text):
            assert b == len(text)
            continue
        clusters = between_clusters(text, a)
        places = [place for place in range(a + 1, limit + 1) if place in clusters]
        for kind in FINER[at]:
            ends = regex.compile(rf"(?:.|\n)*(?:{SEPARATORS[kind]})")
            if fitting := [place for place in places if ends.fullmatch(text, a, place)]:
                places = fitting
                break
        assert b == max(places, default=limit)


@untimed
@given(nasty_text, st.integers(1, 10))
def test_lines_are_cut_at_their_ends(text: str, count: int) -> None:
    parts = [text[a:b] for a, b in cut(text, 0, len(text), Size(count, "lines"), "line")]
    for part in parts[:-1]:
        assert part.count("\n") == count
        assert part.endswith("\n")
    assert sum(part.count("\n") for part in parts) == text.count("\n")


def test_a_heading_begins_the_next_part() -> None:
    text = "intro\n\n# One\nbody\n\n```\n# not one\n```\n\nTwo\n===\nend\n"
    parts = [text[a:b] for a, b in cut(text, 0, len(text), Size(36), "heading")]
    assert parts == ["intro\n\n", "# One\nbody\n\n```\n# not one\n```\n\n", "Two\n===\nend\n"]


def test_crlf_is_never_split_where_both_fit() -> None:
    text = "ab\r\n" * 10
    for count in range(2, 12):
        parts = [text[a:b] for a, b in cut(text, 0, len(text), Size(count), "char")]
        assert "".join(parts) == text
        assert not any(part.startswith("\n") or part.endswith("\r") for part in parts)


@pytest.mark.parametrize("unit", ["chars", "tokens", "lines"])
def test_one_giant_line_without_any_boundary(unit: str) -> None:
    text = "漢" * 100_000
    size = Size(1000, unit)  # type: ignore[arg-type]  # parametrised over the units
    parts = list(cut(text, 0, len(text), size))
    assert parts[-1][1] == len(text)
    assert all(size.of(text, a, b) <= 1000 for a, b in parts)


def test_a_chain_of_flags_is_cut_between_flags() -> None:
    text = "\U0001f1e6\U0001f1e7" * 20_000
    parts = list(cut(text, 0, len(text), Size(8_001)))
    assert all((b - a) % 2 == 0 for a, b in parts)
    assert len(parts) == 5


def test_a_size_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        list(cut("text", 0, 4, Size(0)))


@untimed
@given(nasty_text, sizes, st.data())
def test_a_margin_is_within_its_size_and_cuts_no_cluster(
    text: str, margin: Size, data: st.DataObject
) -> None:
    clusters = sorted(between_clusters(text, 0))
    start = data.draw(st.sampled_from(clusters))
    end = data.draw(st.sampled_from([place for place in clusters if place >= start]))
    before, after = widen(text, start, end, margin)
    assert before <= start <= end <= after
    assert {before, after} <= set(clusters)
    assert margin.of(text, before, start) <= margin.count
    if margin.unit != "tokens":
        assert margin.of(text, end, after) <= margin.count


def test_a_margin_in_lines_takes_whole_lines() -> None:
    text = "one\ntwo\nthree\nfour\n"
    start = text.index("three")
    before, after = widen(text, start, start + 6, Size(1, "lines"))
    assert text[before:after] == "two\nthree\nfour\n"


def test_no_margin_leaves_a_part_as_it_is() -> None:
    assert widen("some text", 2, 5, Size(0, "tokens")) == (2, 5)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("hello world", 2),
        ("<|endoftext|>", 7),
        ("The quick brown fox jumps over the lazy dog.", 10),
        ("a\x00b", 3),
        ("\ud800", 1),
    ],
)
def test_tokens_are_those_of_the_reference_encoding(text: str, tokens: int) -> None:
    assert count_tokens(text) == tokens
