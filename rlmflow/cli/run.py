"""`rlmflow run`: a strategy on real input."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from shutil import get_terminal_size
from typing import Unpack

import click

from rlmflow import api
from rlmflow.cli._interrupt import until_interrupted
from rlmflow.cli._progress import counting, progress
from rlmflow.cli._run_options import Given, job_of, run_options
from rlmflow.cli._screen import BadInput, show_findings
from rlmflow.journal.reasons import NEW
from rlmflow.report.answer import as_data, as_listing, as_text
from rlmflow.report.closing import closing
from rlmflow.report.csv_table import as_csv
from rlmflow.report.figures import cost_line, lasting
from rlmflow.report.plan import too_little
from rlmflow.report.refusal import refusals
from rlmflow.runtime.forecast import Forecast
from rlmflow.runtime.outcome import Answer, Outcome
from rlmflow.runtime.run import Job

_ASK_ABOVE = Decimal(1)
_ASK_ABOVE_SECONDS = 600


@click.command()
@run_options
@click.option(
    "--partial",
    "print_partial",
    is_flag=True,
    help="Print the answer even if incomplete or refused.",
)
@click.option("--why", is_flag=True, help="Say what is asked again, and what has changed.")
@click.option("--json", "as_json", is_flag=True, help="Print answer, failures and usage as JSON.")
@click.option("--csv", "table", is_flag=True, help="Print the answer as a table, in CSV.")
@click.option("-y", "--yes", is_flag=True, help="Don't ask before an expensive run.")
@click.option("-v", "--verbose", is_flag=True, help="Show each step's estimate, and troubles.")
@click.option("-q", "--quiet", is_flag=True, help="Only the answer, and errors.")
def command(
    print_partial: bool,
    why: bool,
    as_json: bool,
    table: bool,
    yes: bool,
    verbose: bool,
    quiet: bool,
    **given: Unpack[Given],
) -> int:
    """Run a strategy on files, folders or standard input.

    INPUT is the strategy's first corpus: files, folders, globs, or - for standard
    input. A MODEL is `provider/model`, `URL#model`, `local`, `local:NAME`,
    `local:PATH.gguf` or `scripted:FILE`. A VALUE is text, or JSON for numbers,
    lists and records; @PATH takes it from a file.

    Without --root the strategy runs as its plan. With it a root model writes code in a
    REPL, guided by the strategy; the models of roots below it are those of the roles
    root1, root2 and so on, where --model binds them. If steps of the strategy ask for a
    root themselves (explore), the plan runs, and the root works inside those steps.

    What the run may use is what the strategy's `within` allows, and --max-calls and its
    like beside it: a call starts only if its worst case fits what is left.

    The answer alone goes to standard output. The program ends with code 0 if the
    run is complete, 1 if it is not, 2 if something it was given can't be used.
    """
    if as_json and table:
        raise BadInput("`--json` and `--csv` are two ways to print the answer", "keep one of them")
    loaded, job = job_of(given)
    show_findings(each for each in job.findings if not quiet or each.severity == "error")
    with counting(quiet=quiet) as listener:
        forecast = asyncio.run(api.estimate(replace(job, explains=why), [listener]))
    if not quiet:
        _show_estimate(forecast, verbose)
    if why:
        _show_why(forecast)
    if not (yes or _agreed(forecast)):
        click.echo("nothing was run", err=True)
        return 1
    calls = forecast.clean.calls
    with progress(calls, quiet=quiet, verbose=verbose) as listeners:
        work = partial(api.run_in_folder, job, Path.cwd(), listeners)
        outcome = asyncio.run(until_interrupted(work))
    shown = print_partial or job.limit is not None
    _print_answer(outcome, as_json, as_csv if table else _shown, shown)
    show_findings(refusals(outcome, loaded.program))
    if not quiet:
        click.echo(closing(outcome, size=_bytes_of(job), verbose=verbose), err=True, nl=False)
        again = job.journal is not None and not job.journal.fresh and job.limit is None
        if outcome.status == "incomplete" and again:
            click.echo("the same command again asks only for what is missing", err=True)
    return 0 if outcome.status == "complete" else 1


def _show_estimate(forecast: Forecast, verbose: bool) -> None:
    if not (forecast.clean.calls or forecast.recalled):
        return
    about = "" if forecast.exact else "about "
    time = (
        f" · about {lasting(forecast.seconds)}"
        if forecast.clean.calls and forecast.seconds is not None
        else ""
    )
    clean = cost_line(forecast.clean, priced=forecast.priced)
    known = f" · {forecast.recalled:,} in the journal" if forecast.recalled else ""
    click.echo(f"clean    {about}{clean}{time}{known}", err=True)
    click.echo(f"ceiling  {cost_line(forecast.ceiling, priced=forecast.priced)}", err=True)
    if short := too_little(forecast):
        click.echo(f"limits   {short}", err=True)
    if verbose:
        for name, step in forecast.steps.items():
            line = cost_line(step.clean, priced=forecast.priced)
            click.echo(f"  {name} ({step.model}): {line}", err=True)


def _show_why(forecast: Forecast) -> None:
    """By step, what the journal does not have, and which part of it is another than before."""
    if not forecast.why:
        click.echo("nothing is asked again", err=True)
    for step, reasons in forecast.why.items():
        told = [f"{_reason(changed)} ({count:,})" for changed, count in reasons.most_common()]
        click.echo(f"asks     {step}: {', '.join(told)}", err=True)


def _reason(changed: tuple[str, ...]) -> str:
    if changed == (NEW,):
        return "not asked before"
    return f"{' and '.join(changed) or 'nothing'} changed"


def _agreed(forecast: Forecast) -> bool:
    """Ask, on a terminal, before a run that may cost over a dollar or take over ten minutes."""
    on_terminal = sys.stdin.isatty() and sys.stderr.isatty()
    cheap = forecast.ceiling.usd <= _ASK_ABOVE
    if not on_terminal or (cheap and (forecast.seconds or 0) <= _ASK_ABOVE_SECONDS):
        return True
    return click.confirm("Run it?", default=False, err=True)


def _print_answer(
    outcome: Outcome, as_json: bool, written: Callable[[Answer], str], partial: bool
) -> None:
    if as_json:
        click.echo(json.dumps(as_data(outcome), ensure_ascii=False, indent=2))
    elif outcome.answer is not None and (partial or outcome.status == "complete"):
        click.echo(written(outcome.answer), nl=False)
    elif outcome.status == "incomplete" and outcome.answer is not None:
        click.echo("the answer is not complete; --partial prints it all the same", err=True)


def _shown(answer: Answer) -> str:
    if sys.stdout.isatty():
        return as_listing(answer, get_terminal_size().columns)
    return as_text(answer)


def _bytes_of(job: Job) -> int:
    """The input's size as UTF-8."""
    documents = (document for corpus in job.corpora.values() for document in corpus.documents)
    return sum(document.utf8_size for document in documents)
