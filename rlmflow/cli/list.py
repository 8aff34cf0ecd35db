"""`rlmflow list`: what a strategy can be made of."""

from __future__ import annotations

import json

import click

from rlmflow.cli._catalogue import catalogue, section, strategies_of


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
def command(as_json: bool) -> None:
    """List the operators and the strategies there are.

    Strategies are those of std and of every library that is installed, named as they are
    for `run` and `use`. Nothing of a library is run.
    """
    found = catalogue()
    if as_json:
        problems = [
            {key: value for key, value in each.items() if key != "shown"}
            for each in found["problems"]
        ]
        click.echo(json.dumps({**found, "problems": problems}, ensure_ascii=False, indent=2))
        return
    operators = found["operators"]
    asking = [each for each in operators if each["asks_a_model"]]
    silent = [each for each in operators if not each["asks_a_model"]]
    click.echo(section("Operators that ask no model", silent))
    click.echo(section("Operators that ask a model", asking))
    for each in found["libraries"]:
        click.echo(strategies_of(each))
    click.echo("rlmflow show NAME says more of each.")
    for problem in found["problems"]:
        click.echo(f"\n{problem['shown']}", err=True, nl=False)
