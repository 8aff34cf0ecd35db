"""`rlmflow list`: what a strategy can be made of."""

from __future__ import annotations

from collections.abc import Iterable

import click

from rlmflow.libraries import STD, library
from rlmflow.operators import all_operators
from rlmflow.operators._operator import Operator


@click.command()
def command() -> None:
    """List the operators and the strategies there are."""
    operators = all_operators().values()
    _section("Operators that ask no model", [o for o in operators if not o.may_ask])
    _section("Operators that ask a model", [o for o in operators if o.may_ask])
    strategies = library(STD).files()
    if strategies:
        click.echo("Strategies: use std/NAME")
        click.echo("".join(f"  {name}\n" for name in strategies))
    click.echo("rlmflow show NAME says more of each.")


def _section(title: str, operators: Iterable[Operator]) -> None:
    rows = [(o.name, o.summary) for o in operators]
    wide = max(len(name) for name, _ in rows)
    click.echo(title)
    click.echo("".join(f"  {name:<{wide}}  {summary}\n" for name, summary in rows))
