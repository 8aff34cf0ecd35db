"""`rlmflow runs`: what was run here."""

from __future__ import annotations

import json
from pathlib import Path

import click

from rlmflow.diagnostics.picture import visible
from rlmflow.report.figures import counted, dollars
from rlmflow.runtime.past_runs import PastRun, past_runs


@click.command()
@click.option("-n", "--last", type=click.IntRange(min=1), metavar="N", help="Only the last N runs.")
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
def command(last: int | None, as_json: bool) -> None:
    """List the runs of this folder, the latest first.

    One that was killed goes on where it was when the same is run again.
    """
    runs = past_runs(Path.cwd())[:last]
    if as_json:
        click.echo(json.dumps([run.as_record() for run in runs], ensure_ascii=False, indent=2))
        return
    if not runs:
        click.echo("nothing was run in this folder", err=True)
        return
    rows = [_row(run) for run in runs]
    wide = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (f"{cell:<{width}}" for cell, width in zip(row, wide, strict=True))
        click.echo("  ".join(cells).rstrip())


def _row(run: PastRun) -> tuple[str, ...]:
    known = f"{run.from_journal:,} from the journal" if run.from_journal else ""
    calls = counted(run.calls, "call") if run.calls is not None else ""
    cost = dollars(run.usd) if run.usd else ""
    began = run.began.replace("T", " ")[:16]
    return run.id, began, visible(run.strategy) or "?", run.status, calls, known, cost
