"""`rlmflow models`: the models that run on this machine."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from rlmflow._lazy import heavy
from rlmflow.cli._screen import BadInput
from rlmflow.models.config import find_config, load_config
from rlmflow.models.local.catalogue import DEFAULT, human_size
from rlmflow.models.local.fetch import Progress, find, list_models
from rlmflow.models.local.fetch import pull as fetch


@click.group(invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """List the local models, or fetch one."""
    if ctx.invoked_subcommand is not None:
        return
    for weights, path in list_models():
        here = str(path) if path else "not on this machine"
        default = " (default)" if weights.name == DEFAULT else ""
        click.echo(f"local:{weights.name}{default}")
        click.echo(f"  {weights.title} · {human_size(weights.size)} · {weights.licence} · {here}")
    click.echo("\nFetch one with `rlmflow models pull NAME`; any GGUF file is `local:PATH`.")


@command.command()
@click.argument("name", default=DEFAULT)
@click.option("-y", "--yes", is_flag=True, help="Don't ask before downloading.")
def pull(name: str, yes: bool) -> None:
    """Fetch the weights of a local model.

    They are checked against the published hash and kept in the user's cache. A
    download that was cut off goes on where it stopped.
    """
    weights, path = find(name), {w.name: p for w, p in list_models()}[name]
    if path is None:
        size = f"{weights.title} is {human_size(weights.size)}"
        click.echo(f"{size} ({weights.licence})", err=True)
        if not yes:
            _confirm()
        given = load_config(find_config(Path.cwd())).local.weights
        with _progress(weights.size) as on_progress:
            path = fetch(name, on_progress, given=given)
    click.echo(path)
    click.echo(f"ready: --sub local:{name}", err=True)


def _confirm() -> None:
    if not sys.stdin.isatty():
        raise BadInput("nothing is downloaded unasked", "pass --yes")
    click.confirm("Download it?", default=True, abort=True, err=True)


@contextmanager
def _progress(size: int) -> Iterator[Callable[[Progress], None]]:
    """A bar on a terminal, else a line for each tenth of the way."""
    if not sys.stderr.isatty():
        yield _TenthLines()
        return
    rich = heavy("rich.progress")
    console = heavy("rich.console").Console(stderr=True)
    columns = (
        rich.TextColumn("{task.description}"),
        rich.BarColumn(),
        rich.DownloadColumn(),
        rich.TransferSpeedColumn(),
        rich.TimeRemainingColumn(),
    )
    with rich.Progress(*columns, console=console) as bar:
        task = bar.add_task("starting", total=size)
        yield lambda p: bar.update(task, description=p.doing, completed=p.done)


class _TenthLines:
    def __init__(self) -> None:
        self._said: tuple[str, int] | None = None

    def __call__(self, progress: Progress) -> None:
        reached = progress.doing, 10 * progress.done // progress.total
        if reached != self._said:
            self._said = reached
            click.echo(f"{progress.doing}: {reached[1] * 10}%", err=True)
