"""`rlmflow new`: a strategy, or a library of strategies, to begin with."""

from __future__ import annotations

from pathlib import Path

import click

from rlmflow._lazy import heavy
from rlmflow.cli._scaffold import library_files, strategy_text, write
from rlmflow.cli._screen import BadInput
from rlmflow.source import Source
from rlmflow.strategy_file import SUFFIX, is_strategy, is_yaml, without_suffix


@click.group()
def command() -> None:
    """Write a strategy, or a library of them, to begin with.

    Nothing that is there is overwritten.
    """


@command.command("strategy")
@click.argument("name")
def strategy(name: str) -> None:
    """Write a small strategy that checks clean, with a test.

    NAME may be a path; with `.rlm.yaml` at its end the strategy is written as YAML.
    """
    path = Path(name if is_strategy(name) else f"{name}{SUFFIX}")
    stem = without_suffix(path.name)
    text = strategy_text(stem)
    if is_yaml(Source(path.name, "")):
        tree, _ = heavy("rlmflow.syntax.parse").parse(Source(f"{stem}{SUFFIX}", text))
        text = heavy("rlmflow.syntax.convert").as_yaml(tree)
    write({path: text})
    click.echo(path)
    click.echo(f"next: rlmflow check {path} && rlmflow test {path}", err=True)


@command.command("library")
@click.argument("distribution")
@click.option("--library", metavar="NAME", help="Its name in `use`; by default the first word.")
@click.option(
    "--strategy",
    default="obligations",
    show_default=True,
    metavar="NAME",
    help="Its first strategy.",
)
def library(distribution: str, library: str | None, strategy: str) -> None:
    """Write a distribution with a strategy, tests, docs and CI.

    DISTRIBUTION is what pip will call it, such as acme-contracts, whose strategies are
    `acme/NAME`. It is written to a folder of that name, and passes its own tests.
    """
    folder = Path(distribution)
    files = library_files(distribution, library, strategy)
    if folder.exists():
        raise BadInput(f"{folder} is there already", "nothing was written; choose another name")
    write({folder / name: text for name, text in files.items()})
    for name in sorted(files):
        click.echo(folder / name)
    click.echo(f'next: pip install -e "./{folder}[test]" && cd {folder} && pytest', err=True)
