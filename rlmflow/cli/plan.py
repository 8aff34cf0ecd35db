"""`rlmflow plan`: what a run would use, before anything is spent."""

from __future__ import annotations

import asyncio
import json
import sys
from textwrap import fill
from typing import Unpack

import click

from rlmflow import api
from rlmflow._lazy import heavy
from rlmflow.cli._progress import counting
from rlmflow.cli._run_options import Given, job_of, run_options
from rlmflow.cli._screen import show_findings
from rlmflow.models.price_table import table_date
from rlmflow.report.plan import plan_data, plan_notes, plan_table
from rlmflow.runtime.forecast import Forecast

_WIDTH = 100


@click.command()
@run_options
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def command(as_json: bool, **given: Unpack[Given]) -> int:
    """Say what a run would use: calls, tokens and money, by step.

    Takes what `run` takes, reads the input and makes every message, and asks no model: it
    needs no key, no network, and not even a model. *clean* is what is used if each call
    succeeds first time; *range* is how many calls that can be, where replies decide;
    *ceiling* is what no run passes, with all that may be repeated.
    """
    _, job = job_of(given, planning=True)
    show_findings(job.findings)
    with counting() as listener:
        forecast = asyncio.run(api.estimate(job, [listener]))
    if as_json:
        click.echo(json.dumps(plan_data(forecast, table_date()), ensure_ascii=False, indent=2))
    else:
        _show(forecast)
    return 0


def _show(forecast: Forecast) -> None:
    console = heavy("rich.console").Console(
        width=None if sys.stdout.isatty() else _WIDTH, highlight=False
    )
    if forecast.steps:
        with console.capture() as drawn:
            console.print(plan_table(forecast))
        lines = (line.rstrip() for line in drawn.get().strip("\n").splitlines())
        click.echo("\n".join(lines).strip("\n"))
    for note in plan_notes(forecast, table_date()):
        click.echo(fill(note, console.width, subsequent_indent="  ", break_on_hyphens=False))
