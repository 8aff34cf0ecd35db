"""Every strategy of the library: what it says of itself, its checks, its tests, its score."""

from __future__ import annotations

import os
import re
from itertools import count
from pathlib import Path
from statistics import mean

import pytest
from stdlib.mutants import asking, mutants
from stdlib.std_task import FILES, HERE, task_of

from rlmflow.compile_file import compile_file
from rlmflow.graph.model import Program
from rlmflow.hunt.verdicts import Hunting, verdicts
from rlmflow.operators import all_operators
from rlmflow.targets.prompt import root_prompt
from rlmflow.text.tokens import count_tokens
from rlmflow.trials.run import run_trial

MOST_LINES = 60
MOST_TOKENS = 2500
CASES = 8

each = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


def program_of(file: Path) -> Program:
    compilation = compile_file(file)
    assert compilation.diagnostics == []
    assert compilation.program is not None
    return compilation.program


@each
def test_it_is_short_and_says_what_it_is_for(file: Path) -> None:
    text = file.read_text("utf-8")
    described, _, rest = text.removeprefix("r").removeprefix('"""').partition('"""')
    strategy = rest.partition("\ntest ")[0]
    assert len(strategy.strip().splitlines()) <= MOST_LINES
    first, *more = described.strip().splitlines()
    assert re.fullmatch(r".{20,100}[.?:]", first)
    assert any(line.strip() for line in more), "say for what, and how it is called"


@each
def test_all_that_must_be_given_is_the_input_and_what_has_to_be_asked(file: Path) -> None:
    program = program_of(file)
    parameters = program.strategies[program.main].parameters
    # A strategy can't have the name of an operator.
    assert program.main == file.stem or file.stem in all_operators()
    assert len([p for p in parameters if p.default is None]) <= 3


@each
def test_its_own_tests_hold(file: Path) -> None:
    program = program_of(file)
    assert program.trials
    for trial in program.trials:
        verdict = run_trial(program, trial)
        told = [line for unmet in verdict.unmet for line in unmet.difference]
        assert verdict.passed, f"{trial.title}: {told}"


@each
def test_nothing_is_found_that_it_loses(file: Path) -> None:
    """The hunt counts its cases: the clock that it goes by stands still."""
    clock = count(step=0).__next__
    how = Hunting(now=clock, budget=1.0, most=CASES)
    for verdict in verdicts(program_of(file), how):
        assert verdict.finding is None, verdict.finding
        assert verdict.not_hunted is not None or verdict.cases >= CASES


@each
def test_what_a_root_is_told_of_it(file: Path) -> None:
    """Set RLMFLOW_UPDATE_GOLDEN=1 to write the files anew; then read the difference."""
    told = root_prompt(program_of(file))
    golden = HERE / "golden" / f"{file.stem}.prompt.md"
    if os.environ.get("RLMFLOW_UPDATE_GOLDEN"):
        golden.write_text(told, encoding="utf-8")
    assert told == golden.read_text("utf-8")
    assert count_tokens(told) < MOST_TOKENS


def test_golden_files_are_of_strategies_that_exist() -> None:
    names = {file.name.split(".")[0] for file in (HERE / "golden").iterdir()}
    assert names == {file.stem for file in FILES}


# Score

SCORED = [(file, size) for file in FILES for size in task_of(file).sizes]


@pytest.mark.parametrize(("file", "size"), SCORED, ids=lambda part: getattr(part, "stem", part))
def test_a_perfect_reader_gets_all_of_it(file: Path, size: int) -> None:
    task = task_of(file)
    given = task.made(size, 10 * size + 1)
    outcome = task.outcome(file.read_text("utf-8"), given)
    assert outcome.failures == ()
    assert outcome.status == "complete", [verdict.words for verdict in outcome.verdicts]
    assert task.score_of(outcome, given) == 1.0, outcome.answer


LARGE = [file for file in FILES if task_of(file).large is not None]


@pytest.mark.long
@pytest.mark.parametrize("file", LARGE, ids=lambda file: file.stem)
def test_a_perfect_reader_gets_all_of_a_large_input(file: Path) -> None:
    task = task_of(file)
    assert task.large is not None
    given = task.made(task.large, 3)
    outcome = task.outcome(file.read_text("utf-8"), given)
    assert outcome.status == "complete"
    assert task.score_of(outcome, given) == 1.0


@each
def test_no_step_that_asks_a_model_can_be_left_out(file: Path) -> None:
    task = task_of(file)
    inputs = [task.made(12, seed) for seed in task.seeds]

    def scored(text: str) -> float:
        return mean(task.scored(text, given) for given in inputs)

    assert scored(file.read_text("utf-8")) == 1.0
    calls = asking(file)
    scores: dict[int, dict[str, float]] = {at: {} for at in calls}
    for mutant in mutants(file):
        if mutant.at in calls:
            scores[mutant.at][mutant.name] = scored(mutant.text)
    for at, by_mutant in scores.items():
        assert by_mutant, f"no mutant of: {calls[at]}"
        assert all(score < 1.0 for score in by_mutant.values()), by_mutant
