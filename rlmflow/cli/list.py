"""`rlmflow list`: what a strategy can be made of."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import click

from rlmflow.cli._catalogue import catalogue


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
def command(as_json: bool) -> None:
    """List the operators and the strategies there are.

    Strategies are those of std and of every library that is installed, named as they are
    for `run` and `use`. Nothing of a library is run.
    """
    found = catalogue()
    if as_json:
        problems = [{**each, "shown": None} for each in found["problems"]]
        for each in problems:
            del each["shown"]
        click.echo(json.dumps({**found, "problems": problems}, ensure_ascii=False, indent=2))
        return
    operators = found["operators"]
    _section("Operators that ask no model", [o for o in operators if not o["asks_a_model"]])
    _section("Operators that ask a model", [o for o in operators if o["asks_a_model"]])
    for library in found["libraries"]:
        _section(_title(library), library["strategies"])
    click.echo("rlmflow show NAME says more of each.")
    for problem in found["problems"]:
        click.echo(f"\n{problem['shown']}", err=True, nl=False)


def _title(library: dict[str, Any]) -> str:
    if library["distribution"] is None:
        return "Strategies of std, the library that comes with rlmflow"
    return f"Strategies of {library['name']} ({library['distribution']} {library['version']})"


def _section(title: str, entries: Iterable[dict[str, Any]]) -> None:
    rows = [(each["name"], each["summary"]) for each in entries]
    wide = max((len(name) for name, _ in rows), default=0)
    click.echo(title)
    click.echo("".join(f"  {name:<{wide}}  {said}".rstrip() + "\n" for name, said in rows))
