"""What of the input stands in pasted texts: never more than was pasted, and what is plain."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from itertools import count

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rlmflow.runtime.content.index import ContentIndex
from rlmflow.runtime.content.pasted import Pasted
from rlmflow.runtime.intervals import joined
from rlmflow.text.ink import ink
from rlmflow.values import Document

RENT = "the rent is due on the first of May"
SEAM = "\n§§§ §§§§§§§\n"
WORDS = ["spam", "ham", "", "  ", "an egg is an egg", "}", RENT]
LONG = st.text("abcdefgh ", min_size=25, max_size=90)
LINES = st.lists(st.sampled_from(WORDS) | LONG, min_size=1, max_size=25)


def counted(texts: Sequence[str], *batches: Sequence[str]) -> int:
    """How many characters of some documents are found in pasted texts."""
    documents = [Document(f"{number}.txt", text) for number, text in enumerate(texts)]
    pasted = Pasted(ContentIndex(documents))
    for batch in batches:
        pasted.add(batch)
    read = {document: joined(pasted.spans[document]) for document in documents}
    asked = {document: [(0, len(document.text))] for document in documents}
    placed = sum(ink(d.text, *span) for d, spans in read.items() for span in spans)
    return placed + pasted.unplaced(read, asked)


@st.composite
def cuttings(draw: st.DrawFn) -> tuple[str, list[list[tuple[int, int]]]]:
    """A text, and for each prompt the stretches of it that are pasted, which don't overlap."""
    text = "\n".join(draw(LINES))
    edge = st.integers(0, len(text))
    prompts = draw(st.lists(st.lists(edge, max_size=8, unique=True), max_size=3))
    paired = []
    for edges in map(sorted, prompts):
        pairs = zip(edges[::2], edges[1::2], strict=False)
        paired.append(draw(st.permutations(list(pairs))))
    return text, paired


@settings(max_examples=300, deadline=None)
@given(cuttings(), st.booleans())
# One of two equal lines is read but for its first letter, and both stood in one text.
@example((f"{RENT}\n{RENT}\n{'a' * 25}", [[(0, 71)], [(1, 97)]]), False)
def test_no_more_is_counted_than_was_pasted(
    cutting: tuple[str, list[list[tuple[int, int]]]], at_once: bool
) -> None:
    text, prompts = cutting
    texts = [SEAM.join(text[start:end] for start, end in cuts) for cuts in prompts]
    truth = joined(span for cuts in prompts for span in cuts)
    found = counted([text], texts) if at_once else counted([text], *([one] for one in texts))
    assert found <= sum(ink(text, *span) for span in truth)


@settings(max_examples=200, deadline=None)
@given(LINES, st.lists(st.lists(st.integers(0, 24), max_size=8, unique=True), max_size=3))
def test_no_more_is_counted_than_was_pasted_with_numbers(
    lines: list[str], prompts: list[list[int]]
) -> None:
    chosen = [[n for n in prompt if n < len(lines)] for prompt in prompts]
    texts = ["\n".join(f"{at}. {lines[n]}" for at, n in enumerate(some)) for some in chosen]
    pasted = {n for some in chosen for n in some}
    assert counted(["\n".join(lines)], texts) <= sum(ink(lines[n]) for n in pasted)


def test_a_numbered_line_at_the_seam_of_two_texts_is_counted_once() -> None:
    line = "the rent is due on the first of May"
    document = f"{line}\nan egg\n{line}"
    assert counted([document], [f"1. {line}", f"1. {line}"]) == ink(line)
    assert counted([document], [f"1. {line}\n2. {line}"]) == 2 * ink(line)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(8, 20), min_size=1, max_size=60), st.integers(400, 2000))
def test_slices_make_the_whole_where_no_stretch_is_there_twice(words: list[int], size: int) -> None:
    number = count()
    text = "\n".join(" ".join(f"no. {next(number)}" for _ in range(n)) for n in words)
    cuts = range(size, len(text) - 250, size)
    slices = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert counted([text], [f"What is this?\n\n{one}\n\nSay it." for one in slices]) == ink(text)


LOG = [f"2024-05-{day:02} 12:00 INFO the tenant of flat {day} has paid" for day in range(1, 29)]


@pytest.mark.parametrize(
    "prompt",
    [
        "\n".join(LOG[::2]),
        "\n".join(f"{number}. {line}" for number, line in enumerate(LOG[::2])),
        "\n".join(f"- {line}" for line in LOG[::2]),
        json.dumps(LOG[::2]),
        json.dumps([{"id": number, "text": line} for number, line in enumerate(LOG[::2])]),
        "".join(f'<row id="{number}">{line}</row>\n' for number, line in enumerate(LOG[::2])),
        "\n".join(f"Review: {line}" for line in LOG[::2]),
    ],
    ids=["bare", "numbered", "bullets", "a JSON list", "JSON records", "tags", "labels"],
)
def test_lines_are_found_in_the_ways_that_code_puts_them_together(prompt: str) -> None:
    half = sum(map(ink, LOG[::2]))
    assert counted(["\n".join(LOG)], [f"Which of these are late?\n{prompt}\nSay why."]) == half


def test_what_a_line_has_in_common_with_its_neighbour_is_not_counted_for_the_neighbour() -> None:
    assert counted(["\n".join(LOG)], [LOG[3]]) == ink(LOG[3])


EQUAL = "the same line stands here many times"


@pytest.mark.parametrize(
    ("prompts", "copies"),
    [
        ([1], 1),
        ([3], 3),
        ([9], 5),
        ([2, 3, 1], 3),
    ],
)
def test_of_equal_lines_as_many_are_counted_as_one_text_has(
    prompts: list[int], copies: int
) -> None:
    text = "\n".join(f"{EQUAL}\n{chr(97 + number) * 50}" for number in range(5))
    texts = ["\n~\n".join([EQUAL] * times) for times in prompts]
    assert counted([text], texts) == copies * ink(EQUAL)
    assert counted([text], *([one] for one in texts)) == copies * ink(EQUAL)


def test_a_neighbour_tells_which_of_equal_lines_it_is() -> None:
    text = "\n".join(f"{EQUAL}\n{chr(97 + number) * 50}" for number in range(5))
    first, second = (f"{EQUAL}\n{letter * 50}" for letter in "ab")
    assert counted([text], [first], [second]) == ink(first) + ink(second)


def test_runs_of_short_lines_are_told_apart() -> None:
    labels = random.Random(4).choices(["spam", "ham", "eggs"], k=200)
    text = "\n".join(labels)
    halves = ["\n".join(labels[:100]), "\n".join(labels[100:])]
    assert counted([text], [f"Count:\n{half}" for half in halves]) == ink(text)


@pytest.mark.parametrize("words", ["yes", "}", "spam\nham", "Answer with yes or no.\nyes\nno"])
def test_a_short_common_line_counts_for_nothing(words: str) -> None:
    text = "\n".join(["yes", "no", "}", "spam", "ham", *LOG])
    assert counted([text], [f"Look at it.\n{words}\nWhat is it?"]) == 0


@pytest.mark.parametrize("prompt", ["abc", "Say.\nabc", "Say: abc", 'Say "abc"', "<t>abc</t>"])
def test_a_short_document_is_counted_where_it_stands_whole(prompt: str) -> None:
    assert counted(["abc\n"], [prompt]) == 3
    assert counted(["abc", "abc"], [prompt]) == 0, "which of the two is open"
    assert counted(["abc"], ["fabcd", "ab c", "The abc is long."]) == 0


def test_short_lines_are_counted_one_by_one_where_each_is_there_once() -> None:
    short = [f"line {number}" for number in range(20)]
    prompts = [f"Which kind is this?\n{line}" for line in short[:10]]
    prompts += [f"Which kind: {line}" for line in short[10:]]
    assert counted(["\n".join(short)], prompts) == sum(map(ink, short))


def test_slices_of_one_long_line() -> None:
    text = " ".join(f"{number * number} apples and {number} pears" for number in range(900))
    slices = [f"Text: {text[at : at + 1000]} (end)" for at in range(0, len(text), 1000)]
    assert counted([text], slices) == ink(text)


def test_equal_files_in_one_text_are_both_counted_and_in_two_texts_once() -> None:
    text = "\n".join(LOG)
    assert counted([text, text], [f"{text}\n~\n{text}"]) == 2 * ink(text)
    assert counted([text, text], [text, text]) == ink(text)


@pytest.mark.parametrize("texts", [[], [""], ["", "a"]])
def test_nothing_to_find(texts: list[str]) -> None:
    assert counted(texts, [], ["", "anything at all that is long enough to be looked up"]) == 0
