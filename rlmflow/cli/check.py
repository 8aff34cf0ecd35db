"""`rlmflow check`: what is wrong with strategies."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING

import click

from rlmflow import cache
from rlmflow._lazy import heavy
from rlmflow.cli._files import strategy_files
from rlmflow.cli._screen import BadInput, show_findings
from rlmflow.cli._trust import trust_option
from rlmflow.cli._values import seconds_of
from rlmflow.compile_file import compile_file
from rlmflow.diagnostics.model import Diagnostic, StrategyError
from rlmflow.diagnostics.render import as_data
from rlmflow.graph.model import Program
from rlmflow.report.figures import counted

if TYPE_CHECKING:
    from rlmflow.hunt.verdicts import Hunting, Verdict

_BUDGET = 5.0
# Enough to find what small inputs show; who wants more gives a budget.
_CASES = 60
# How much longer it may take on a busy machine, where a second holds less work.
_PATIENCE = 3.0


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--static", is_flag=True, help="Only what the text alone decides.")
@click.option("--budget", metavar="TIME", help="Hunt this long for each file, such as 30s or 2m.")
@click.option("--seed", type=int, default=0, metavar="N", help="Hunt along another way.")
@trust_option("a strategy uses")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="Print findings alone, no summary.")
def command(
    paths: tuple[str, ...],
    static: bool,
    budget: str | None,
    seed: int,
    trust: tuple[str, ...],
    as_json: bool,
    quiet: bool,
) -> int:
    """Find what is wrong with strategies.

    PATH is a strategy file, a folder of them, or - for standard input. First the text is
    checked, and what it promises is proved. Then an input is hunted for that the strategy
    loses: it is run on made-up documents, with a reader that reports all it is shown in
    place of the models, and with faulty ones. That takes at most 5 seconds of work a
    file, and none where the same file was hunted before. The program ends with code 2 if
    there is an error.
    """
    how = None if static else _hunting(budget, seed, quiet or as_json)
    found: list[Diagnostic] = []
    hunted: list[Verdict] = []
    files = strategy_files(paths)
    for file in files:
        findings, program = checked(file)
        found += findings
        if how is not None and program is not None:
            try:
                hunted += _hunted(program, how, trust)
            except StrategyError as error:
                found += error.diagnostics
    found += [verdict.finding for verdict in hunted if verdict.finding is not None]
    errors = sum(finding.severity == "error" for finding in found)
    if as_json:
        data = {
            "diagnostics": [as_data(finding) for finding in found],
            "hunted": [_hunt_as_data(verdict) for verdict in hunted],
        }
        click.echo(json.dumps(data, ensure_ascii=False, indent=2))
    else:
        show_findings(found)
    if not (quiet or as_json):
        for verdict in hunted:
            if verdict.not_hunted:
                click.echo(f"not hunted: `{verdict.strategy}`: {verdict.not_hunted}", err=True)
        click.echo(_summary(len(files), errors, len(found) - errors, hunted), err=bool(found))
    return 2 if errors else 0


def checked(path: str) -> tuple[list[Diagnostic], Program | None]:
    """What is wrong with one file, be it that it can't be read; and its program."""
    try:
        compilation = compile_file(path)
    except StrategyError as error:
        return error.diagnostics, None
    return list(compilation.diagnostics), compilation.program


def _hunting(budget: str | None, seed: int, quiet: bool) -> Hunting:
    seconds = _BUDGET if budget is None else seconds_of(budget)
    if seconds is None:
        raise BadInput(f"`--budget {budget}` is no time", "write it like 30s or 2m")
    # By default it would lie where the program was started.
    os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(cache.folder("hypothesis")))
    shown = sys.stderr.isatty() and not quiet
    made: Hunting = heavy("rlmflow.hunt.verdicts").Hunting(
        now=_work_clock() if budget is None else time.monotonic,
        budget=seconds,
        most=_CASES if budget is None else None,
        first_seed=seed,
        memory=cache.folder("checks"),
        progress=_show_progress if shown else lambda _: None,
    )
    return made


def _work_clock() -> Callable[[], float]:
    """A clock of the seconds that this process has worked, so that a verdict rests on no other.

    It runs on, more slowly, while code sleeps.
    """
    worked, begun = time.process_time(), time.monotonic()
    return lambda: max(time.process_time() - worked, (time.monotonic() - begun) / _PATIENCE)


def _show_progress(cases: int) -> None:
    click.echo(f"\rhunting: {counted(cases, 'input')} tried\r", err=True, nl=False)


def _hunted(program: Program, how: Hunting, trust: Collection[str]) -> Iterator[Verdict]:
    python_files = heavy("rlmflow.runtime.python_files")
    files = python_files.load_trusted(program.functions, trust)
    found: Iterator[Verdict] = heavy("rlmflow.hunt.verdicts").verdicts(program, how, files)
    return found


def _hunt_as_data(verdict: Verdict) -> dict[str, object]:
    return {
        "strategy": verdict.strategy,
        "cases": verdict.cases,
        "not_hunted": verdict.not_hunted,
        "remembered": verdict.remembered,
    }


def _summary(files: int, errors: int, warnings: int, hunted: list[Verdict]) -> str:
    parts = [counted(files, "file"), counted(errors, "error")]
    if warnings:
        parts.append(counted(warnings, "warning"))
    if cases := sum(verdict.cases for verdict in hunted):
        parts.append(f"{counted(cases, 'input')} tried")
    return " · ".join(parts)
