"""`rlmflow run`: a strategy on real input."""

from __future__ import annotations

import asyncio
import json
import sys
from decimal import Decimal
from pathlib import Path
from shutil import get_terminal_size

import click

from rlmflow import api
from rlmflow.cli._arguments import check_inputs, pairs, values_of
from rlmflow.cli._compiled import compiled
from rlmflow.cli._progress import progress
from rlmflow.cli._screen import show_findings
from rlmflow.report.answer import as_data, as_listing, as_text
from rlmflow.report.closing import closing, cost_line, lasting
from rlmflow.report.refusal import refusals
from rlmflow.runtime.forecast import Forecast
from rlmflow.runtime.outcome import Answer, Outcome
from rlmflow.runtime.root_options import RootOptions
from rlmflow.runtime.run import DEFAULT_WIDTH, Job

_ASK_ABOVE = Decimal(1)
_ASK_ABOVE_SECONDS = 600


@click.command()
@click.argument("strategy_path", metavar="FILE")
@click.argument("inputs", nargs=-1, metavar="[INPUT]...")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A parameter's value.")
@click.option("--in", "bound", multiple=True, metavar="NAME=PATH", help="A further input, by name.")
@click.option("--sub", metavar="MODEL", help="The model that the steps ask.")
@click.option(
    "--root",
    metavar="MODEL",
    help="A root model that works under the strategy, or in its steps that ask for one; "
    "`scripted` plays the program that it would ideally write.",
)
@click.option("--free", is_flag=True, help="The root is told the task alone, not the strategy.")
@click.option(
    "--turns",
    type=click.IntRange(min=1),
    default=RootOptions.turns,
    show_default=True,
    metavar="N",
    help="The most turns of the root.",
)
@click.option(
    "--depth",
    type=click.IntRange(min=0),
    default=RootOptions.depth,
    show_default=True,
    metavar="N",
    help="Levels of roots that may stand below the root.",
)
@click.option("--no-hints", is_flag=True, help="Don't tell the root how to work well.")
@click.option(
    "--unsafe-repl", is_flag=True, help="Let a root's code run where nothing can shut it in."
)
@click.option("--model", "roles", multiple=True, metavar="ROLE=MODEL", help="A role's model.")
@click.option("--strategy", metavar="NAME", help="Which one, where the file holds several.")
@click.option(
    "--width",
    type=click.IntRange(min=1),
    default=DEFAULT_WIDTH,
    show_default=True,
    metavar="N",
    help="The most calls at a time.",
)
@click.option(
    "--limit", type=click.IntRange(min=1), metavar="N", help="A trial: N items of each step."
)
@click.option("--trust", is_flag=True, help="Run the Python files that the strategy uses.")
@click.option("--partial", is_flag=True, help="Print the answer even if incomplete or refused.")
@click.option("--json", "as_json", is_flag=True, help="Print answer, failures and usage as JSON.")
@click.option("-y", "--yes", is_flag=True, help="Don't ask before an expensive run.")
@click.option("-v", "--verbose", is_flag=True, help="Show each step's estimate, and troubles.")
@click.option("-q", "--quiet", is_flag=True, help="Only the answer, and errors.")
def command(
    strategy_path: str,
    inputs: tuple[str, ...],
    settings: tuple[str, ...],
    bound: tuple[str, ...],
    sub: str | None,
    root: str | None,
    free: bool,
    turns: int,
    depth: int,
    no_hints: bool,
    unsafe_repl: bool,
    roles: tuple[str, ...],
    strategy: str | None,
    width: int,
    limit: int | None,
    trust: bool,
    partial: bool,
    as_json: bool,
    yes: bool,
    verbose: bool,
    quiet: bool,
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

    The answer alone goes to standard output. The program ends with code 0 if the
    run is complete, 1 if it is not, 2 if something it was given can't be used.
    """
    loaded = api.Strategy(compiled(strategy_path, strategy))
    parameters = loaded.main.parameters
    named = pairs("--in", bound)
    check_inputs(parameters, named)
    job = loaded.prepare(
        list(inputs) or None,
        inputs=named,
        sub=sub,
        root=root,
        roots=RootOptions(free, turns, depth, not no_hints, unsafe_repl),
        models=pairs("--model", roles),
        width=width,
        limit=limit,
        trust=trust,
        **values_of(parameters, pairs("--set", settings)),  # type: ignore[arg-type]  # by name
    )
    forecast = asyncio.run(api.estimate(job))
    if not quiet:
        _show_estimate(forecast, verbose)
    if not (yes or _agreed(forecast)):
        click.echo("nothing was run", err=True)
        return 1
    calls = forecast.clean.calls
    with progress(calls, quiet=quiet, verbose=verbose) as listeners:
        outcome = asyncio.run(api.run_in_folder(job, Path.cwd(), listeners))
    _print_answer(outcome, as_json, partial or limit is not None)
    show_findings(refusals(outcome, loaded.program))
    if not quiet:
        click.echo(closing(outcome, size=_bytes_of(job), verbose=verbose), err=True, nl=False)
    return 0 if outcome.status == "complete" else 1


def _show_estimate(forecast: Forecast, verbose: bool) -> None:
    if not forecast.clean.calls:
        return
    about = "" if forecast.exact else "about "
    time = f" · about {lasting(forecast.seconds)}" if forecast.seconds is not None else ""
    clean = cost_line(forecast.clean, priced=forecast.priced)
    click.echo(f"clean    {about}{clean}{time}", err=True)
    click.echo(f"ceiling  {about}{cost_line(forecast.ceiling, priced=forecast.priced)}", err=True)
    if verbose:
        for name, step in forecast.steps.items():
            line = cost_line(step.clean, priced=forecast.priced)
            click.echo(f"  {name} ({step.model}): {line}", err=True)


def _agreed(forecast: Forecast) -> bool:
    """Ask, on a terminal, before a run that may cost over a dollar or take over ten minutes."""
    on_terminal = sys.stdin.isatty() and sys.stderr.isatty()
    cheap = forecast.ceiling.usd <= _ASK_ABOVE
    if not on_terminal or (cheap and (forecast.seconds or 0) <= _ASK_ABOVE_SECONDS):
        return True
    return click.confirm("Run it?", default=False, err=True)


def _print_answer(outcome: Outcome, as_json: bool, partial: bool) -> None:
    if as_json:
        click.echo(json.dumps(as_data(outcome), ensure_ascii=False, indent=2))
    elif outcome.answer is not None and (partial or outcome.status == "complete"):
        click.echo(_shown(outcome.answer), nl=False)
    elif outcome.status == "incomplete" and outcome.answer is not None:
        click.echo("the answer is not complete; --partial prints it all the same", err=True)


def _shown(answer: Answer) -> str:
    if sys.stdout.isatty():
        return as_listing(answer, get_terminal_size().columns)
    return as_text(answer)


def _bytes_of(job: Job) -> int:
    """The input's size as UTF-8, counted without a second copy of a large text."""
    texts = [document.text for corpus in job.corpora.values() for document in corpus.documents]
    return sum(_utf8_size(text) for text in texts)


def _utf8_size(text: str, step: int = 1 << 20) -> int:
    if text.isascii():
        return len(text)
    pieces = (text[at : at + step] for at in range(0, len(text), step))
    return sum(len(piece.encode("utf-8", "surrogatepass")) for piece in pieces)
