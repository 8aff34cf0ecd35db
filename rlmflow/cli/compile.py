"""`rlmflow compile`: what a strategy becomes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import click

from rlmflow.cli._compiled import compiled
from rlmflow.graph.dump import dump
from rlmflow.graph.model import Program
from rlmflow.targets.plan import plan


def _plan(program: Program) -> str:
    return json.dumps(plan(program), ensure_ascii=False, indent=2) + "\n"


TARGETS: dict[str, Callable[[Program], str]] = {"plan": _plan, "graph": dump}


@click.command()
@click.argument("path", metavar="FILE")
@click.option("--target", type=click.Choice(list(TARGETS)), default="plan", show_default=True)
@click.option("--strategy", metavar="NAME", help="Which one, where the file holds several.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write here, not to stdout.")
def command(path: str, target: str, strategy: str | None, output: Path | None) -> None:
    """Print what a strategy is compiled to.

    plan: the steps as JSON, as the scheduler runs them. graph: the typed program,
    a line for each step, made to be read.
    """
    text = TARGETS[target](compiled(path, strategy))
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.FileError(str(output), error.strerror) from None
