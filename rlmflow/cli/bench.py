"""`rlmflow bench`: strategies side by side, on tasks whose right answers are known."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from rlmflow._lazy import MissingPackage
from rlmflow.bench.approach import BESIDE, FREE, GUIDED, Approach, approach, approach_names
from rlmflow.bench.runner import Models, Trial, trials
from rlmflow.bench.table import by_form, drawing, rows_of, table
from rlmflow.bench.task import Task
from rlmflow.bench.tasks import all_tasks
from rlmflow.bench.tasks.aggregate import on_lines
from rlmflow.bench.tasks.code import on_package
from rlmflow.cli._screen import BadInput, unknown
from rlmflow.models.config import find_config, load_config
from rlmflow.report.figures import counted
from rlmflow.runtime.run import DEFAULT_WIDTH


@click.command()
@click.argument("task_name", required=False, metavar="[TASK]")
@click.option("--strategies", metavar="A,B,…", help="What is compared, as named above.")
@click.option("--sub", metavar="MODEL", help="The model that the steps ask.")
@click.option("--root", metavar="MODEL", help="The root model of `guided` and `free`.")
@click.option("--sizes", metavar="N,N,…", help="How many records the texts have.")
@click.option("--seeds", type=click.IntRange(min=1), default=1, show_default=True, metavar="N",
              help="How many texts of each size.")  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, metavar="N",
              help="The seed of the first text.")  # fmt: skip
@click.option("--questions", type=click.IntRange(min=1), metavar="N",
              help="The most questions on a text.")  # fmt: skip
@click.option("--lines", metavar="FILE", help="Of `aggregate`: label, tab, text on each line.")
@click.option("--package", metavar="NAME", help="Of `code`: the installed package.")
@click.option("--width", type=click.IntRange(min=1), default=DEFAULT_WIDTH, show_default=True,
              metavar="N", help="The most calls at a time.")  # fmt: skip
@click.option("--alone", is_flag=True, help="Leave out what otherwise always stands beside.")
@click.option("--no-wall", is_flag=True, help="Leave out seconds, which differ from run to run.")
@click.option("--json", "as_json", is_flag=True, help="Print rows and runs as JSON.")
@click.option(
    "--unsafe-repl", is_flag=True, help="Let a root's code run where nothing shuts it in."
)
@click.option("-y", "--yes", is_flag=True, help="Don't ask before many calls of a real model.")
@click.option(
    "-v", "--verbose", is_flag=True, help="Show each run, and scores by form of question."
)
def command(
    task_name: str | None,
    strategies: str | None,
    sub: str | None,
    root: str | None,
    sizes: str | None,
    seeds: int,
    seed: int,
    questions: int | None,
    lines: str | None,
    package: str | None,
    width: int,
    alone: bool,
    no_wall: bool,
    as_json: bool,
    unsafe_repl: bool,
    yes: bool,
    verbose: bool,
) -> int:
    """Compare strategies on tasks with known answers.

    Without a TASK the tasks are listed. A strategy is named as `run` names it
    (`std/aggregate`, FILE), or is one of `stuff` (all in one call), `summarise` (notes on
    parts, then the answer), `guided` (a root follows the library's strategy), `free` (a
    root without one). Beside them always stand `5%-reader` (the library's strategy on a
    random twentieth) and `search-only`.

    MODEL is as in `run`; or a modelled reader, of which every table says that it is a
    simulation: `simulated` reads without error, `simulated:rot=16k` notices half of a
    prompt of 16k tokens, `simulated:confusion=0.1` takes one label in ten for another
    (`confusion=FILE.json` as a matrix says), `simulated:window=8k` has that window. As
    `--root`, `simulated` plays a script, and `simulated:at-once` runs all steps in one reply.
    """
    if task_name is None:
        _list()
        return 0
    task = _task(task_name, lines, package)
    many = _numbers(sizes) if sizes else list(task.sizes)
    names = _names(task, strategies, root is not None, alone)
    if root is None and {GUIDED, FREE} & set(names):
        raise BadInput("`guided` and `free` are the work of a root", "name one: `--root MODEL`")
    compared = [approach(name, task) for name in names]
    rooted = any(one.wants_root for one in compared)
    config = load_config(find_config(Path.cwd()))
    models = Models(sub, root, config=config, rooted=rooted, width=width, unsafe=unsafe_repl)
    every = range(seed, seed + seeds)
    _announce(task, compared, models, many, every, questions, yes)
    done = asyncio.run(_run(task, compared, models, many, every, questions, verbose))
    _show(task, models, done, as_json, verbose, wall=not no_wall)
    return 0


def _list() -> None:
    tasks = all_tasks()
    wide = max(map(len, tasks))
    for name, task in tasks.items():
        click.echo(f"{name:<{wide}}  {task.about} ({task.strategy})")


def _task(name: str, lines: str | None, package: str | None) -> Task:
    tasks = all_tasks()
    if name not in tasks:
        raise unknown("task", name, tasks, "`rlmflow bench` lists them")
    for flag, given, wanted in (("--lines", lines, "aggregate"), ("--package", package, "code")):
        if given is not None and name != wanted:
            raise BadInput(f"`{flag}` is for `{wanted}`, not for `{name}`")
    if lines is not None:
        return on_lines(Path(lines))
    if package is not None:
        try:
            return on_package(package)
        except ModuleNotFoundError as missing:
            raise BadInput(str(missing)) from None
    return tasks[name]


def _names(task: Task, written: str | None, rooted: bool, alone: bool) -> list[str]:
    """The approaches in the order of their columns, none twice."""
    asked = [name.strip() for name in (written or "").split(",") if name.strip()]
    names = asked or approach_names(task, rooted)
    return list(dict.fromkeys(names if alone else [*names, *BESIDE]))


def _numbers(written: str) -> list[int]:
    try:
        numbers = [int(number.replace("_", "")) for number in written.split(",")]
    except ValueError:
        numbers = []
    if not numbers or min(numbers) < 1:
        raise BadInput(f"`--sizes {written}` is no list of numbers", "such as `--sizes 100,1000`")
    return sorted(set(numbers))


def _announce(
    task: Task,
    compared: Sequence[Approach],
    models: Models,
    sizes: Sequence[int],
    seeds: Sequence[int],
    questions: int | None,
    yes: bool,
) -> None:
    """Say how many runs there will be; on a terminal, ask before those of a real model."""
    cases = sum(len(task.cases(size, seed)[:questions]) for size in sizes for seed in seeds)
    click.echo(f"{counted(cases, 'question')}, {counted(cases * len(compared), 'run')}", err=True)
    asks = not (models.simulated or yes) and sys.stdin.isatty()
    if asks and not click.confirm("Run them?", default=True, err=True):
        raise click.Abort


async def _run(
    task: Task,
    compared: Sequence[Approach],
    models: Models,
    sizes: Sequence[int],
    seeds: Sequence[int],
    questions: int | None,
    verbose: bool,
) -> list[Trial]:
    done = []
    async for one in trials(task, compared, models, sizes, seeds, questions=questions):
        done.append(one)
        if verbose:
            said = " ".join(str(one.answer).split())[:60]
            line = f"{one.approach} {one.size:,} {one.form}: {one.score:.2f} {one.status} {said}"
            click.echo(line, err=True)
    return done


def _show(
    task: Task, models: Models, done: Sequence[Trial], as_json: bool, verbose: bool, *, wall: bool
) -> None:
    rows = rows_of(done)
    what = "Simulation: " if models.simulated else ""
    title = f"{what}{task.name}, {models.words}"
    if as_json:
        found = {
            "task": task.name,
            "title": title,
            "simulation": models.simulated,
            "rows": [row.as_record() for row in rows],
            "runs": [one.as_record() for one in done],
        }
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    click.echo(title)
    click.echo(table(rows, wall=wall), nl=False)
    if verbose:
        for form, scores in by_form(done):
            told = ", ".join(f"{name} {score:.2f}" for name, score in scores.items())
            click.echo(f"{form}: {told}")
    try:
        if drawn := drawing(rows, f"{what}accuracy on {task.name}"):
            click.echo(f"\n{drawn}", nl=False)
    except MissingPackage as missing:
        click.echo(f"no drawing: {missing}", err=True)
