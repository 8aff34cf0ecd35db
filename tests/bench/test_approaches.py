"""Every approach with a reader that reads without error, and with errors that are known."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

import pytest
from chance import further_than_chance

from rlmflow.bench.approach import READER, approach, thinned
from rlmflow.bench.labelled import QUESTIONS, rows_in
from rlmflow.bench.noise import Noise, uniform_errors
from rlmflow.bench.runner import Models, Trial, trial, trials
from rlmflow.bench.table import drawing, rows_of, table
from rlmflow.bench.task import Case
from rlmflow.bench.tasks import all_tasks
from rlmflow.bench.tasks.aggregate import fact_of
from rlmflow.bench.tasks.pairs import FORMS, pairs_of

TASKS = all_tasks()
# What reads all of the input; the others answer by way of a root, or read what they look up.
SCANNING = [name for name in TASKS if name not in ("math", "research")]
RATE = 0.1


def run(
    name: str,
    strategies: Sequence[str],
    sub: str = "simulated",
    *,
    sizes: Sequence[int] = (),
    seeds: Sequence[int] = (0,),
    questions: int | None = None,
    root: str | None = None,
    width: int = 32,
) -> list[Trial]:
    task = TASKS[name]

    async def go() -> list[Trial]:
        compared = [approach(one, task) for one in strategies]
        models = Models(sub, root, rooted=root is not None, width=width, unsafe=True)
        given = trials(task, compared, models, sizes or task.sizes[:1], seeds, questions=questions)
        return [one async for one in given]

    return asyncio.run(go())


def wrong(done: Sequence[Trial]) -> list[str]:
    return [f"{t.approach}: {t.form}: {t.status} {t.answer}" for t in done if t.score < 1]


@pytest.mark.parametrize("name", TASKS)
def test_what_reads_without_error_answers_without_error(name: str) -> None:
    root = "simulated" if name == "math" else None
    names = [TASKS[name].strategy, "stuff", "summarise"]
    assert wrong(run(name, names, root=root)) == []


@pytest.mark.parametrize("name", ["aggregate", "dialogue", "needle-values"])
def test_a_thousand_records_are_exact(name: str) -> None:
    assert wrong(run(name, [TASKS[name].strategy], sizes=(1000,), seeds=(5,), questions=4)) == []


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "size"),
    [("aggregate", 20_000), ("reviews", 20_000), ("needle", 200_000), ("needle-values", 200_000),
     ("dialogue", 200_000), ("pairs", 600), ("verbatim-csv", 3_000)],
)  # fmt: skip
def test_large_inputs_are_exact(name: str, size: int) -> None:
    done = run(name, [TASKS[name].strategy], sizes=(size,), questions=1, width=64)
    assert wrong(done) == []


# Errors that are known


def said_of(text: str, noise: Noise) -> list[tuple[str, str, str]]:
    """User, said label and day of each line, as a reader with this noise takes it alone."""
    rows = rows_in(text, QUESTIONS)
    facts = [fact_of(type(row)(row.day, "", row.label, row.body), QUESTIONS) for row in rows]
    labels = QUESTIONS.labels
    said = [noise.label(f.says["label"], labels, 0, f.text) for f in facts]
    return [(row.user, label, row.day) for row, label in zip(rows, said, strict=True)]


def counted(size: int, seed: int) -> tuple[Case, Trial]:
    """A question for an exact count of all lines, and what a reader with errors says."""
    task = TASKS["aggregate"]
    case = next(c for c in task.cases(size, seed) if c.question.startswith("How many lines"))
    models = Models(f"simulated:confusion={RATE}")
    one = approach("std/aggregate", task)
    return case, asyncio.run(trial(task, one, case, models, size, seed))


def kind_asked(case: Case) -> str:
    found = re.search(r"`(\w+)`", case.question)
    assert found is not None
    return found[1]


def test_counts_are_those_of_the_labels_that_were_said() -> None:
    case, done = counted(400, 3)
    said = [kind for _, kind, _ in said_of(case.docs["lines.txt"], Noise(rate=RATE, seed=3))]
    assert done.answer == said.count(kind_asked(case))
    assert done.answer != case.gold


def test_pairs_are_those_of_the_labels_that_were_said() -> None:
    every = run("pairs", ["std/pairs"], f"simulated:confusion={RATE}", sizes=(80,))
    cases = TASKS["pairs"].cases(80, 0)
    scores = []
    for number, (case, done) in enumerate(zip(cases, every, strict=True)):
        noise = Noise(rate=RATE, seed=1000 * number)
        wanted = pairs_of(FORMS[number], said_of(case.docs["lines.txt"], noise))
        scores.append(TASKS["pairs"].score(case, [list(pair) for pair in wanted]))
        assert done.score == pytest.approx(scores[-1]), case.question
    assert min(scores) < 1


@pytest.mark.parametrize("seed", [1, 2])
def test_counts_are_off_as_the_confusion_lets_expect(seed: int) -> None:
    case, done = counted(1500, seed)
    errors = uniform_errors(QUESTIONS.labels, RATE)
    rows = rows_in(case.docs["lines.txt"], QUESTIONS)
    shares = [errors[row.label][kind_asked(case)] for row in rows]
    variance = sum(share * (1 - share) for share in shares)
    assert not further_than_chance(float(str(done.answer)), sum(shares), variance, of=2)


def test_needles_are_found_as_often_as_recall_says() -> None:
    """By `stuff`, whose prompt has a length that is known: recall of the one call."""
    half, size = 20_000, 2_000
    done = run("needle-values", ["stuff"], f"simulated:rot={half}", sizes=(size,), seeds=range(20))
    recall = Noise(half=half).recall(int(done[0].sub_tokens))
    found = sum(
        len(set(str(t.answer).split(", ")) & {*gold})
        for t, gold in zip(done, golds(size), strict=True)
    )
    planted = 4 * len(done)
    assert 0.2 < recall < 0.8
    assert not further_than_chance(found, planted * recall, planted * recall * (1 - recall), of=1)


def golds(size: int) -> list[list[str]]:
    return [case.gold for seed in range(20) for case in TASKS["needle-values"].cases(size, seed)]


def test_under_a_law_of_recall_a_plan_is_flat_and_stuffing_falls() -> None:
    sizes = (50, 800)
    done = run("reviews", ["std/aggregate", "stuff"], "simulated:rot=8k", sizes=sizes, questions=6)
    scores = {(row.approach, row.size): row.accuracy for row in rows_of(done)}
    assert scores["std/aggregate", 50] == scores["std/aggregate", 800] == 1
    assert scores["stuff", 800] < scores["stuff", 50] - 0.3


def test_a_text_a_hundred_times_the_window_is_read_exactly() -> None:
    names, sub = ("std/aggregate", "stuff"), "simulated:window=2k"
    read, stuffed = run("reviews", names, sub, sizes=(6_000,), questions=1)
    assert read.sub_tokens > 100 * 2_000
    assert (read.status, read.score) == ("complete", 1)
    assert (stuffed.status, stuffed.score) == ("incomplete", 0)


def test_a_root_that_is_guided_uses_fewer_tokens_than_one_that_is_not() -> None:
    small, large = (
        run("reviews", ["guided", "free"], root="simulated", sizes=(size,), questions=1)
        for size in (40, 1_000)
    )
    assert [t.score for t in (*small, *large)][0::2] == [1, 1]
    (guided, free), (guided_large, free_large) = small, large
    assert guided.root_tokens < free.root_tokens
    assert guided_large.root_tokens < free_large.root_tokens
    assert abs(guided_large.root_tokens - guided.root_tokens) < 60


# What stands beside, and what is shown


def test_a_random_twentieth_is_the_same_again() -> None:
    docs = {"a.txt": "".join(f"line {n}\n" for n in range(200))}
    kept = thinned(docs, 0.05, 1)["a.txt"].splitlines()
    assert len(kept) == 10
    assert kept == sorted(kept, key=lambda line: int(line.split()[1]))
    assert thinned(docs, 0.05, 1) == thinned(docs, 0.05, 1) != thinned(docs, 0.05, 2)
    many = {f"{n}.txt": "text\n" for n in range(100)}
    assert len(thinned(many, 0.05, 0)) == 5


def test_counts_of_a_twentieth_stand_for_twenty() -> None:
    (done,) = [t for t in run("reviews", [READER], sizes=(400,)) if t.form == "exact"][:1]
    assert int(str(done.answer)) % 20 == 0
    assert int(str(done.answer)) > 0


def test_rows_have_means_and_the_drawing_its_marks() -> None:
    done = run("needle", ["stuff", "search-only"], sizes=(40, 80))
    rows = rows_of(done)
    assert [(row.approach, row.size, len(row.trials)) for row in rows] == [
        ("stuff", 40, 4), ("search-only", 40, 4), ("stuff", 80, 4), ("search-only", 80, 4),
    ]  # fmt: skip
    assert "wall s" in table(rows)
    assert "wall s" not in table(rows, wall=False)
    drawn = drawing(rows, "Accuracy")
    assert "● stuff" in drawn
    assert "○ search-only" in drawn
    assert drawing(rows[:1], "Accuracy") == ""
