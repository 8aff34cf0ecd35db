"""What commands share when they speak: findings on stderr, colour where it is wanted."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import IO, TextIO

import click

from rlmflow.diagnostics.model import Diagnostic
from rlmflow.diagnostics.render import render
from rlmflow.diagnostics.suggest import did_you_mean


class BadInput(click.ClickException):
    """What someone typed can't be used. The program ends with code 2."""

    exit_code = 2

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint

    def show(self, file: IO[str] | None = None) -> None:
        click.echo(f"error: {self.message}", file=file, err=True)
        if self.hint:
            click.echo(f"  hint: {self.hint}", file=file, err=True)


def unknown(kind: str, word: str, known: Iterable[str], otherwise: str) -> BadInput:
    """The error for a name that is not there. `otherwise`: a hint where none is like it."""
    return BadInput(f"there is no {kind} `{word}`", did_you_mean(word, known) or otherwise)


def wants_color(stream: TextIO) -> bool:
    """Whether a stream is a terminal that shows colours, and nobody asked for none."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return stream.isatty() and not plain


def show_findings(diagnostics: Iterable[Diagnostic]) -> None:
    """Print findings on stderr."""
    click.echo(render(diagnostics, color=wants_color(sys.stderr)), err=True, nl=False)
