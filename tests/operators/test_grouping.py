"""Operators that bring items together without a model: group, distinct, concat, zip."""

import asyncio
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from operators.table import ROWS, ids, ids_of, made, no_model, outcome_of

from rlmflow.models.scripted import ScriptedModel
from rlmflow.testing import items_of, run_text

few = settings(max_examples=30)
LINES = st.lists(st.sampled_from(["a", "b", "cc", "c c"]), max_size=10)


@given(ROWS)
@few
def test_each_item_is_in_the_one_group_of_its_key(rows):
    groups = made("answer group(rows, by: item.who)", rows, "list[Group]")
    assert [group["key"] for group in groups] == list(dict.fromkeys(who for _, who in rows))
    assert {group["key"]: ids_of(group["items"]) for group in groups} == {
        key: [at for at, (_, who) in enumerate(rows) if who == key] for _, key in rows
    }


@pytest.mark.parametrize(
    ("items", "by", "sizes"),
    [
        ("rows", "item.n", [3, 1]),
        ("rows", "[item.who]", [3, 1]),
        ("rows", "[text(item.n), item.who]", [2, 1, 1]),
        ("pairs(rows)", "item.left", [3, 2, 1]),
    ],
)
def test_keys_may_be_lists_records_and_nothing(items, by, sizes):
    rows = [(1, "a"), (None, "a"), (1, "a"), (1, "b")]
    body = f"answer sum(group({items}, by: {by}), by: len(item.items) * len(item.items))"
    assert made(body, rows, "int") == sum(size * size for size in sizes)


GROUPED = """
type Line { who: text  body: text }
strategy summed(docs: corpus) -> list[text] {
  lines = records(docs, by: r"(?P<who>\\w+): (?P<body>.*)") -> Line
  answer map(group(lines, by: item.who), pack: 1 SHOW) -> text "Sum it up."
}
"""
SAID = "ann: one\nbob: two\nann: three\n"


def in_packs(request):
    """A reply to a call of a map, packed or not."""
    return {str(number): "x" for number in items_of(request)} if request.schema else "x"


def shown(text, show=""):
    """What a model is shown of each group, and the outcome."""
    model = ScriptedModel(lambda request: "x")
    outcome = run_text(text.replace("SHOW", show), SAID, model)
    return [items_of(request)[1] for request in model.requests], outcome


def test_what_a_model_sees_of_a_group_is_its_items():
    texts, outcome = shown(GROUPED)
    assert texts == ["ann: one\nann: three", "bob: two"]
    assert outcome.coverage.read == outcome.coverage.total
    assert outcome.answer.places == ("input.txt:1", "input.txt:2")


def test_parts_of_a_group_are_told_apart_and_shown_without_margin():
    text = """strategy summed(docs: corpus) -> list[text] {
      parts = chunk(docs, size: 2 lines, margin: 1 lines, at: line)
      answer map(group(parts, by: item.name)) -> text "Sum it up."
    }"""
    texts, outcome = shown(text)
    assert texts == ["ann: one\nbob: two\n\n\nann: three\n"]
    assert outcome.coverage.read == outcome.coverage.total


@pytest.mark.parametrize(
    ("show", "texts"),
    [
        (", show: item", ["ann: one\nann: three", "bob: two"]),
        (", show: item.key", ["ann", "bob"]),
        (", show: item.items", ["ann: one\nann: three", "bob: two"]),
        (", show: item.items.body", ["one\nthree", "two"]),
        (
            ", show: [item.items]",
            ["who: ann\nbody: one\nwho: ann\nbody: three", "who: bob\nbody: two"],
        ),
    ],
)
def test_what_is_shown_of_a_group_can_be_said(show, texts):
    said, outcome = shown(GROUPED, show)
    assert said == texts
    assert (outcome.coverage.read > 0) == ("key" not in show)


def test_what_is_added_to_a_group_is_shown_beside_its_items():
    text = GROUPED.replace(
        "answer map(group(lines, by: item.who), pack: 1 SHOW)",
        'sums = map(group(lines, by: item.who), as: sum) -> text "Sum it up."\n'
        "answer map(sums, pack: 1)",
    )
    model = ScriptedModel(
        lambda r: {str(n): "so" for n in items_of(r)} if r.step == "sums" else "x"
    )
    run_text(text, SAID, model)
    asked = [items_of(r)[1] for r in model.requests if r.step != "sums"]
    assert asked == ["ann: one\nann: three\nsum: so", "bob: two\nsum: so"]


def test_a_strategy_that_is_given_a_group_can_read_its_items():
    text = """
    type Line { who: text  body: text }
    type Group { key: text  items: list[Line] }
    strategy one(group_of: Group) -> int {
      answer len(map(group_of.items, show: item.body) -> text "What?")
    }
    strategy all(docs: corpus) -> list[int] {
      lines = records(docs, by: r"(?P<who>\\w+): (?P<body>.*)") -> Line
      answer map(group(lines, by: item.who), with: one)
    }
    """
    outcome = run_text(text, SAID, in_packs)
    assert outcome.answer.value == [2, 1]
    assert outcome.coverage.read == len("onetwothree")


@given(ROWS)
@few
def test_the_first_of_equal_items_is_kept_with_its_members(rows):
    first = list({who: at for at, (_, who) in reversed(list(enumerate(rows)))}.values())
    body = "kept = distinct(rows, by: item.who)\nanswer kept"
    assert ids(body, rows) == sorted(first)
    sizes = made(
        "kept = distinct(rows, by: item.who)\nanswer sum(kept, by: len(item.members))", rows, "int"
    )
    assert sizes == len(rows)


def test_members_of_members_are_members():
    rows = [(1, "a"), (1, "b"), (1, "a")]
    body = "kept = distinct(distinct(rows, by: item.who), by: item.n)\n"
    assert ids(body + "answer sort(kept, by: item.n)", rows) == [0]
    assert made(body + "answer sum(kept, by: len(item.members))", rows, "int") == 3


READ = """strategy read(docs: corpus) -> list[text] {
  lines = records(docs, by: line)
  answer map(distinct(lines BY), pack: 1) -> text "What?"
}"""


@given(LINES)
@few
def test_what_is_read_of_the_first_is_read_of_its_equals(lines):
    model = ScriptedModel(lambda request: "x")
    outcome = run_text(READ.replace(" BY", ""), "\n".join(lines), model)
    assert [items_of(r)[1] for r in model.requests] == list(dict.fromkeys(lines))
    assert outcome.coverage.read == outcome.coverage.total


@given(LINES)
@few
def test_what_is_equal_in_something_else_is_not_read(lines):
    model = ScriptedModel(lambda request: "x")
    outcome = run_text(READ.replace(" BY", ", by: len(item.text)"), "\n".join(lines), model)
    kept = {len(line): line for line in reversed(lines)}.values()
    assert outcome.coverage.read == sum(len(line.replace(" ", "")) for line in kept)


def test_records_with_equal_fields_in_unequal_lines_are_not_equal():
    text = """
    type Line { who: text }
    strategy kept(docs: corpus) -> int {
      answer len(distinct(records(docs, by: r"(?P<who>\\w+)=\\w+") -> Line))
    }"""
    assert run_text(text, "a=1\na=2\na=1\n", no_model).answer.value == 2


def test_what_a_later_step_reads_of_a_kept_item_is_read_of_its_equals():
    text = """
    type Line { who: text  body: text }
    strategy kinds(docs: corpus) -> int {
      lines = records(docs, by: r"(?P<who>\\w+): (?P<body>.*)") -> Line
      kinds = map(distinct(sort(lines, by: item.who)), as: kind, show: item.who) -> text "?"
      words = records(distinct(records(docs, by: line)), by: r"(?P<who>\\w+)$") -> Word
      answer len(kinds) + len(map(words) -> text "?")
    }
    type Word { who: text }
    """
    outcome = run_text(text, "ann: one\nbob: two\nann: one\nbob: two\n", in_packs)
    assert outcome.coverage.read == 2 * len("annonebobtwo")


@given(ROWS, st.lists(st.integers(0, 11), min_size=1, max_size=4))
@few
def test_lists_follow_one_another(rows, cuts):
    lists = [f"filter(rows, where: item.id < {cut})" for cut in cuts]
    expected = [at for cut in cuts for at in range(min(cut, len(rows)))]
    assert ids(f"answer concat({', '.join(lists)})", rows) == expected


def test_a_list_goes_on_while_it_is_still_made():
    """The second item of `slow` is not there before the first has passed through `concat`."""
    passed = asyncio.Event()

    async def script(request):
        if request.step == "answer":
            passed.set()
        elif "2" in items_of(request).values():
            await passed.wait()
        return "x"

    text = """strategy all(docs: corpus) -> list[text] {
      lines = records(docs, by: line)
      slow = map(lines, pack: 1) -> text "?"
      answer map(concat(slow, slow), pack: 1) -> text "?"
    }"""
    assert run_text(text, "1\n2\n", script).answer.value == ["x"] * 4


@given(ROWS)
@few
def test_items_are_put_together_by_their_place(rows):
    together = made("answer zip(rows, sort(rows, by: 0 - item.id))", rows, "list[Pair]")
    assert [(p["left"]["id"], p["right"]["id"]) for p in together] == [
        (at, len(rows) - 1 - at) for at in range(len(rows))
    ]


def test_lists_of_unequal_lengths_are_an_error_that_says_both():
    outcome = outcome_of(
        "answer zip(rows, filter(rows, where: item.id > 0))", [(1, "a")] * 3, "list[Pair]"
    )
    assert (outcome.status, outcome.answer) == ("incomplete", None)
    assert "3 and 2 items" in outcome.failures[0].reason


def test_a_model_sees_both_sides_of_a_pair():
    text = """strategy compared(docs: corpus) -> list[text] {
      lines = records(docs, by: line)
      answer map(zip(lines, sort(lines, by: item.text)), pack: 1) -> text "?"
    }"""
    model = ScriptedModel(lambda request: "x")
    outcome = run_text(text, "b\na\n", model)
    assert [items_of(r)[1] for r in model.requests] == ["left: b\nright: a", "left: a\nright: b"]
    assert Counter(outcome.answer.places) == {"input.txt:1": 1, "input.txt:2": 1}
    assert outcome.coverage.read == 2
