"""`rlmflow show`: how something is used."""

from __future__ import annotations

from pathlib import Path

import click

from rlmflow import share
from rlmflow.cli._compiled import compiled
from rlmflow.cli._screen import BadInput, unknown
from rlmflow.libraries import STD, library
from rlmflow.operators import all_operators
from rlmflow.report import operator_page, strategy_page
from rlmflow.strategy_file import is_of_library, is_strategy


@click.command()
@click.argument("name", required=False)
@click.option("--schema", is_flag=True, help="Print the JSON Schema of strategies as YAML.")
def command(name: str | None, schema: bool) -> None:
    """Show an operator, or the strategies of a file.

    NAME is an operator, a strategy of a library (LIBRARY/NAME), or a strategy file.
    """
    if schema:
        click.echo(share.path("grammar/rlm.schema.json").read_text("utf-8"), nl=False)
        return
    if name is None:
        raise BadInput("nothing is named", "`rlmflow list` prints what there is")
    if name in all_operators():
        click.echo(operator_page.page(all_operators()[name]), nl=False)
        return
    if not (is_of_library(name) or is_strategy(name) or Path(name).is_file()):
        raise unknown("operator, strategy or file", name, [*all_operators(), *_ours()])
    click.echo(strategy_page.page(compiled(name, None)), nl=False)


def _ours() -> list[str]:
    return list(library(STD).files())
