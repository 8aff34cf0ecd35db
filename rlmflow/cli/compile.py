"""`rlmflow compile`: what a strategy becomes."""

from __future__ import annotations

from pathlib import Path

import click

from rlmflow.cli._compiled import compiled
from rlmflow.cli._screen import BadInput
from rlmflow.targets.dialects import DIALECTS, OURS
from rlmflow.targets.files import TARGETS
from rlmflow.targets.prompt import Terms
from rlmflow.text.tokens import ENCODING, count_tokens


@click.command()
@click.argument("path", metavar="FILE")
@click.option("--target", type=click.Choice(list(TARGETS)), default="plan", show_default=True)
@click.option("--strategy", metavar="NAME", help="Which one, where the file holds several.")
@click.option("--no-hints", is_flag=True, help="A prompt that says nothing of how to work well.")
@click.option("--tips-tag", is_flag=True, help="Put the prompt's hints between <env_tips> tags.")
@click.option(
    "--dialect",
    type=click.Choice(list(DIALECTS)),
    default=OURS.name,
    show_default=True,
    help="The runtime that the prompt, hints and program are for.",
)
@click.option("-o", "--output", metavar="PATH", help="Write here: one file, or all into a folder.")
def command(
    path: str,
    target: str,
    strategy: str | None,
    no_hints: bool,
    tips_tag: bool,
    dialect: str,
    output: str | None,
) -> None:
    """Print what a strategy is compiled to.

    plan: the steps as JSON, as the scheduler runs them. graph: the typed program,
    a line for each step, made to be read. prompt: what a root model is told; its
    length goes to standard error. hints: what of it says how to work well.
    program: the Python that a root would ideally write.

    With -o and a folder (one that exists, or a PATH that ends in /), all of them
    are written there.
    """
    program = compiled(path, strategy)
    terms = Terms(hints=not no_hints, tips_tag=tips_tag, dialect=DIALECTS[dialect])
    in_folder = output is not None and (output.endswith("/") or Path(output).is_dir())
    wanted = TARGETS if in_folder else {target: TARGETS[target]}
    texts = {name: one.text(program, terms) for name, one in wanted.items()}
    if output is None:
        click.echo(texts[target], nl=False)
    elif in_folder:
        _write({Path(output) / wanted[name].file: text for name, text in texts.items()})
    else:
        _write({Path(output): texts[target]})
    if "prompt" in texts:
        click.echo(f"prompt: {count_tokens(texts['prompt']):,} tokens ({ENCODING})", err=True)


def _write(texts: dict[Path, str]) -> None:
    """Write files. A folder that they share is made where it is missing."""
    for path, text in texts.items():
        try:
            if len(texts) > 1:
                path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise BadInput(f"{path} can't be written: {why}") from None
