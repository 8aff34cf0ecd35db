"""`rlmflow show`: how something is used."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rlmflow import share
from rlmflow._lazy import heavy
from rlmflow.cli._catalogue import catalogue, search_path, strategies_of
from rlmflow.cli._kept import Made, kept
from rlmflow.cli._screen import BadInput, show_findings, unknown
from rlmflow.libraries import library, names
from rlmflow.strategy_file import STDIN, is_of_library, is_strategy

if TYPE_CHECKING:
    from rlmflow.graph.model import Program


@click.command()
@click.argument("name", required=False)
@click.option("--schema", is_flag=True, help="Print the JSON Schema of strategies as YAML.")
def command(name: str | None, schema: bool) -> None:
    """Show an operator, the strategies of a file, or those of a library.

    NAME is an operator, a strategy of a library (LIBRARY/NAME), a strategy file, or a
    library. Of a strategy that is what it does and takes, what is proved of it, what 20 kB
    of text cost, and how it is run. Nothing of a library is run.
    """
    if schema:
        click.echo(share.path("grammar/rlm.schema.json").read_text("utf-8"), nl=False)
        return
    if name is None:
        raise BadInput("nothing is named", "`rlmflow list` prints what there is")
    said: list[str] = []

    def say(text: str) -> None:
        click.echo(text, nl=False)
        said.append(text)

    page = kept(f"show {name}", lambda: _made(name, say))
    if not said:
        click.echo(page, nl=False)


def _made(name: str, say: Callable[[str], None]) -> Made:
    """The page of what is named; a strategy's lasts as long as the files that it is made of.

    What takes long to find out is said last, and the rest before that is known.
    """
    operators = heavy("rlmflow.operators").all_operators()
    if name in operators:
        return Made(heavy("rlmflow.report.operator_page").page(operators[name]), ())
    if not (is_of_library(name) or is_strategy(name) or name == "-" or Path(name).is_file()):
        if name in names():
            return Made(_library(name), (), lasting=False)
        found = catalogue()["libraries"]
        strategies = [each["name"] for one in found for each in one["strategies"]]
        known = [*operators, *names(), *strategies]
        what = "operator, strategy, library or file"
        raise unknown(what, name, known, "`rlmflow list` prints what there is")
    compiling = heavy("rlmflow.compile_file")
    compilation = compiling.compile_file(name)
    program: Program = compiling.program_in(compilation, name)
    show_findings(compilation.diagnostics)
    first = heavy("rlmflow.report.strategy_page").page_and_facts(program) + "\n"
    say(first)
    last = heavy("rlmflow.cli._guide").cost_and_example(program, name)
    say(last)
    lasting = not compilation.diagnostics and program.source.name != STDIN
    return Made(first + last, _made_of(program), lasting)


def _library(name: str) -> str:
    """What the catalogue has of a library. Raises `StrategyError` where it can't be used."""
    library(name)
    found = next(each for each in catalogue()["libraries"] if each["name"] == name)
    return f"{strategies_of(found)}\nrlmflow show {name}/NAME says more of each.\n"


def _made_of(program: Program) -> Iterator[str]:
    yield from search_path()
    spans = [strategy.span for strategy in program.strategies.values()]
    spans += [function.span for function in program.functions.values()]
    yield from {span.source.name for span in spans}
