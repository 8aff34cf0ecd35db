"""`rlmflow gc`: clears away old runs, and what no recent one has used of the journal."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from pathlib import Path

import click

from rlmflow.cli._screen import BadInput
from rlmflow.journal.clearing import clear, unused
from rlmflow.journal.journal import FILE
from rlmflow.journal.opening import unusable
from rlmflow.report.figures import counted, megabytes
from rlmflow.runtime.past_runs import past_runs

_KEPT = 20
_AGAIN = "what was not removed is there as before; the next `rlmflow gc` goes on with it"
_WITHOUT = "without that file all is asked again; a run sets aside one that is damaged"


@click.command()
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    default=_KEPT,
    show_default=True,
    metavar="N",
    help="How many of the last runs stay.",
)
@click.option("-y", "--yes", is_flag=True, help="Don't ask.")
def command(keep: int, yes: bool) -> int:
    """Remove old runs, and what they alone have used of the journal.

    The last runs stay, with all that they used, and so does every run that is under way.
    """
    runs, journal = past_runs(Path.cwd()), Path.cwd() / FILE
    kept = runs[:keep]
    old = [run for run in runs[keep:] if run.status != "running"]
    oldest = min((r.id for r in [*kept, *(set(runs) - set(old))]), default="")
    if len(runs) <= keep:
        click.echo(f"nothing to remove: there are {counted(len(runs), 'run')}", err=True)
        return 0
    try:
        replies = unused(journal, oldest)
        size = megabytes(sum(run.bytes for run in old) + replies.bytes)
        known = counted(replies.replies, "reply", "replies")
        click.echo(f"{counted(len(old), 'run')} and {known} in the journal: {size}", err=True)
        if not yes and not _agreed():
            click.echo("nothing was removed; --yes removes it", err=True)
            return 1
        for run in old:
            shutil.rmtree(run.folder)
        kept_size = clear(journal, oldest)
    except sqlite3.Error as error:
        raise unusable(journal, error, _WITHOUT) from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise BadInput(f"{error.filename} can't be removed: {reason}", _AGAIN) from None
    click.echo(f"removed {size}", err=True)
    if kept_size:
        click.echo(f"the file of the journal is as large as before: {kept_size}", err=True)
    return 0


def _agreed() -> bool:
    on_terminal = sys.stdin.isatty() and sys.stderr.isatty()
    return on_terminal and click.confirm("Remove them?", default=False, err=True)
