"""`rlmflow fmt`: strategies in the canonical layout."""

from __future__ import annotations

from pathlib import Path

import click

from rlmflow.cli._files import strategy_files
from rlmflow.cli._screen import BadInput, show_findings
from rlmflow.diagnostics.model import StrategyError
from rlmflow.report.figures import counted
from rlmflow.source import Source
from rlmflow.strategy_file import is_of_library, is_yaml, read_strategy
from rlmflow.syntax.format import format_file
from rlmflow.syntax.read import read_tree


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--check", is_flag=True, help="Change nothing; end with code 1 if something would.")
def command(paths: tuple[str, ...], check: bool) -> int:
    """Format strategies, in place.

    PATH is a strategy file, a folder of them, or - for standard input, which is
    printed. A file with a syntax error is left as it is, and so is the layout of YAML.
    """
    changed, broken = 0, False
    for path in strategy_files(paths):
        if is_of_library(path):
            raise BadInput(f"`{path}` is of a library, and fmt changes files of your own")
        try:
            source = read_strategy(path)
            formatted = _formatted(source)
        except StrategyError as error:
            show_findings(error.diagnostics)
            broken = True
            continue
        changed += _settle(path, source, formatted, check)
    if check and changed:
        click.echo(f"{counted(changed, 'file')} would change", err=True)
    return 2 if broken else 1 if check and changed else 0


def _formatted(source: Source) -> str:
    """The text in the canonical layout; YAML, whose layout is its author's, as it is."""
    if not is_yaml(source):
        return format_file(source)
    _, found = read_tree(source)
    if found:
        raise StrategyError(found)
    return source.text


def _settle(path: str, source: Source, formatted: str, check: bool) -> bool:
    """Write the file, or say that it would change; whether it differs."""
    differs = formatted != source.text
    if path == "-" and not check:
        click.echo(formatted, nl=False)
    elif differs:
        click.echo(path)
        if not check:
            Path(path).write_text(formatted, encoding="utf-8", newline="")
    return differs
