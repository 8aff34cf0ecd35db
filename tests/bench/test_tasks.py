"""What is right follows from the making of a text, and from the text itself: both agree."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest
from bench import derived
from hypothesis import given, settings
from hypothesis import strategies as st

from rlmflow.bench.labelled import QUESTIONS, REVIEWS, read_lines, rows_in
from rlmflow.bench.task import Case, Task, scored
from rlmflow.bench.tasks import all_tasks
from rlmflow.bench.tasks.aggregate import on_lines, query_in
from rlmflow.bench.tasks.code import on_package
from rlmflow.bench.tasks.pairs import FORMS, form_in
from rlmflow.diagnostics.model import StrategyError

TASKS = all_tasks()
each = pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
seeds = st.integers(0, 10**6)
sizes = st.integers(1, 90)


def cases(name: str, size: int, seed: int) -> Sequence[Case]:
    return TASKS[name].cases(size, seed)


@pytest.mark.parametrize("name", ["aggregate", "reviews"])
@settings(deadline=None, max_examples=25)
@given(size=sizes, seed=seeds)
def test_counts_are_those_of_the_lines(name: str, size: int, seed: int) -> None:
    for case in cases(name, size, seed):
        assert {case.gold, *case.also} == set(derived.counting(case)), case.question


@settings(deadline=None, max_examples=10)
@given(size=st.integers(1, 60), seed=seeds)
def test_pairs_are_those_of_all_pairs(size: int, seed: int) -> None:
    for case in cases("pairs", size, seed):
        assert set(case.gold) == derived.pairing(case), case.question


@pytest.mark.parametrize("name", [n for n in TASKS if n.startswith("needle")])
@settings(deadline=None, max_examples=25)
@given(size=sizes, seed=seeds)
def test_needles_are_those_in_the_hay(name: str, size: int, seed: int) -> None:
    for case in cases(name, size, seed):
        assert set(case.gold) == derived.finding(case), case.question


@settings(deadline=None, max_examples=25)
@given(size=sizes, seed=seeds)
def test_rolls_are_those_in_the_transcript(size: int, seed: int) -> None:
    for case in cases("dialogue", size, seed):
        right = set(derived.rolling(case)) or {""}
        assert {case.gold, *case.also} == right, case.question


@settings(deadline=None, max_examples=25)
@given(size=sizes, seed=seeds)
def test_a_chain_of_pages_ends_at_its_river(size: int, seed: int) -> None:
    assert all(derived.river(case) == case.gold for case in cases("research", size, seed))


@settings(deadline=None, max_examples=15)
@given(seed=seeds)
def test_values_are_those_of_plain_arithmetic(seed: int) -> None:
    assert [derived.value_of(c) for c in cases("math", 1, seed)] == [
        case.gold for case in cases("math", 1, seed)
    ]


@pytest.mark.parametrize("package", ["click", "lark"])
@settings(deadline=None, max_examples=4)
@given(size=st.integers(1, 8), seed=seeds)
def test_definitions_are_where_the_lines_say(package: str, size: int, seed: int) -> None:
    for case in on_package(package).cases(size, seed):
        gold = {case.gold} if case.form == "where" else set(case.gold)
        assert gold == derived.defined(case), case.question


@pytest.mark.parametrize("name", [n for n in TASKS if n.startswith("verbatim")])
@settings(deadline=None, max_examples=10)
@given(size=sizes, seed=seeds)
def test_what_is_to_be_copied_is_of_its_form(name: str, size: int, seed: int) -> None:
    assert all(derived.is_copyable(case) for case in cases(name, size, seed))


@each
def test_a_seed_makes_the_same_cases_again_and_another_seed_others(task: Task) -> None:
    size = task.sizes[0]
    told = [(c.docs, c.question, c.gold) for c in task.cases(size, 3)]
    assert told == [(c.docs, c.question, c.gold) for c in task.cases(size, 3)]
    assert told != [(c.docs, c.question, c.gold) for c in task.cases(size, 4)]


@each
def test_the_right_answer_scores_one_and_none_scores_zero(task: Task) -> None:
    asked = [case for case in task.cases(task.sizes[0], 1) if case.gold not in ([], 0)]
    assert asked
    for case in asked:
        said = case.gold if isinstance(case.gold, str | int) else "\n".join(map(str, case.gold))
        assert scored(task, case, said) == 1, case.question
        assert scored(task, case, "I don't know.") < 0.01, case.question


@settings(deadline=None)
@given(size=sizes, seed=seeds)
def test_a_question_is_read_as_it_was_asked(size: int, seed: int) -> None:
    for case in [*cases("aggregate", size, seed), *cases("reviews", size, seed)]:
        query = query_in(f"Answer this.\n{case.question}\nReply with JSON.")
        assert query is not None
        assert query.words() == case.question


def test_the_forms_of_pairs_are_twenty_and_told_apart() -> None:
    asked = {case.question for case in cases("pairs", 40, 0)}
    assert len(asked) == len(set(FORMS)) == 20
    assert [form_in(case.question) for case in cases("pairs", 40, 0)] == list(FORMS)


@pytest.mark.parametrize("vocabulary", [QUESTIONS, REVIEWS], ids=["questions", "reviews"])
@settings(deadline=None, max_examples=30)
@given(seed=seeds)
def test_the_words_of_a_line_decide_its_label(vocabulary, seed: int) -> None:
    from_making = vocabulary.rows(40, Random(seed), users=5)
    text = "".join(f"{row.text}\n" for row in from_making)
    assert rows_in(text, vocabulary) == from_making
    assert [row.label for row in rows_in("\n".join(r.body for r in from_making), vocabulary)] == [
        row.label for row in from_making
    ]


def test_lines_of_ones_own_are_read(tmp_path) -> None:
    file = tmp_path / "own.tsv"
    file.write_text("label\ttext\nfruit\tan apple\nstone\ta flint\nfruit\ta pear\n")
    task = on_lines(file)
    case = task.cases(30, 1)[0]
    assert read_lines(file).labels == ["fruit", "stone"]
    assert {line.partition("Instance: ")[2] for line in case.docs["lines.txt"].splitlines()} == {
        "an apple", "a flint", "a pear",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [("fruit\tpear\nno tab here\n", ":2 is not a label, a tab and a text"),
     ("fruit\tpear\nfruit\tplum\n", "fewer than two labels")],
)  # fmt: skip
def test_lines_that_are_none_are_refused(tmp_path, text: str, said: str) -> None:
    file = tmp_path / "own.tsv"
    file.write_text(text)
    with pytest.raises(StrategyError, match=said):
        read_lines(file)
