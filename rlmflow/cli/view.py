"""`rlmflow view`: a run as a page."""

from __future__ import annotations

import webbrowser
from pathlib import Path

import click

from rlmflow.cli._screen import BadInput, unknown
from rlmflow.report.run_page.left import what_is_left
from rlmflow.report.run_page.page import page_of
from rlmflow.runtime.past_runs import PastRun, past_runs

_PAGE = "page.html"


@click.command()
@click.argument("run", required=False)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where to write it.  [default: page.html in the run's folder]",
)
@click.option("--open", "opened", is_flag=True, help="Open it in the browser.")
def command(run: str | None, output: Path | None, opened: bool) -> None:
    """Write a page about a run: what it promised, read, asked and answered.

    RUN is what `rlmflow runs` lists, or its beginning; without it, the last run. The page
    is one file of HTML, which loads nothing and runs no script. Its path is printed.
    """
    found = _named(run, past_runs(Path.cwd()))
    path = output or found.folder / _PAGE
    page = page_of(what_is_left(found))
    try:
        path.write_text(page, encoding="utf-8", errors="replace")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise BadInput(f"{path} can't be written: {reason}", "name another file: -o FILE") from None
    click.echo(path)
    if opened:
        webbrowser.open(path.resolve().as_uri())


def _named(wanted: str | None, runs: list[PastRun]) -> PastRun:
    if not runs:
        raise BadInput("nothing was run in this folder", "`rlmflow run` leaves a run here")
    if wanted is None:
        return runs[0]
    fitting = [run for run in runs if run.id.startswith(wanted)]
    if not fitting:
        raise unknown("run", wanted, [run.id for run in runs], "`rlmflow runs` lists them")
    if len(fitting) > 1 and fitting[0].id != wanted:
        raise BadInput(f"{len(fitting)} runs begin with `{wanted}`", "write more of the name")
    return fitting[0]
