"""`rlmflow show`: how something is used."""

from __future__ import annotations

from pathlib import Path

import click

from rlmflow.cli._compiled import compiled
from rlmflow.cli._screen import unknown
from rlmflow.operators import all_operators
from rlmflow.report import operator_page, strategy_page
from rlmflow.strategy_file import SUFFIX, library


@click.command()
@click.argument("name")
def command(name: str) -> None:
    """Show an operator, or the strategies of a file.

    NAME is an operator, a strategy of the library (std/NAME), or a strategy file.
    """
    if name in all_operators():
        click.echo(operator_page.page(all_operators()[name]), nl=False)
        return
    files = {f"std/{file.stem}": str(file) for file in library()}
    if name not in files and not name.endswith(SUFFIX) and not Path(name).is_file():
        raise unknown("operator, strategy or file", name, [*all_operators(), *files])
    click.echo(strategy_page.page(compiled(files.get(name, name), None)), nl=False)
