"""`rlmflow convert`: a strategy in the other form."""

from __future__ import annotations

from pathlib import Path

import click

from rlmflow.cli._screen import BadInput
from rlmflow.diagnostics.model import StrategyError
from rlmflow.strategy_file import SUFFIX, YAML, is_strategy, is_yaml, read_strategy, without_suffix
from rlmflow.syntax.convert import as_rlm, as_yaml
from rlmflow.syntax.read import read_tree


@click.command()
@click.argument("path", metavar="FILE")
@click.argument("output", required=False, metavar="[OUTPUT]")
@click.option("--force", is_flag=True, help="Overwrite OUTPUT if it is there.")
def command(path: str, output: str | None, force: bool) -> None:
    """Turn a strategy into YAML, or back.

    FILE is a strategy file, LIBRARY/NAME, or - for standard input. OUTPUT says by its
    name which form is wanted: `.rlm` or `.rlm.yaml`; - prints the form that FILE is not in.
    Without OUTPUT it is printed too. Nothing is lost but comments.
    """
    source = read_strategy(path)
    file, found = read_tree(source)
    if found:
        raise StrategyError(found)
    if output in (None, "-"):
        click.echo(as_rlm(file) if is_yaml(source) else as_yaml(file), nl=False)
        return
    if not is_strategy(output):
        raise BadInput(f"{output} is neither {SUFFIX} nor {SUFFIX}{YAML}", _meant(output))
    wanted = output.endswith(YAML)
    if wanted is is_yaml(source):
        raise BadInput(f"{path} has that form already", "`cp` copies it, with its comments")
    if Path(output).exists() and not force:
        raise BadInput(f"{output} is there already", "`--force` overwrites it")
    text = as_yaml(file) if wanted else as_rlm(file)
    Path(output).write_text(text, encoding="utf-8", newline="")
    click.echo(output)


def _meant(output: str) -> str:
    stem = without_suffix(output.removesuffix(YAML).removesuffix(".yml"))
    return f"name it `{stem}{SUFFIX}{YAML}` for YAML, `{stem}{SUFFIX}` for the language's own form"
