"""`rlmflow explain`: the page of a code."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import click

from rlmflow import share
from rlmflow.cli._screen import unknown

_CODE = re.compile(r"RF\d+", re.IGNORECASE)


@click.command()
@click.argument("code", required=False)
def command(code: str | None) -> None:
    """Explain a code such as RF201.

    CODE is a code or its name, such as unknown-name. Without one, all are listed.
    """
    pages = {_title(page): page for page in sorted(share.path("errors").glob("RF*.md"))}
    if code is None:
        click.echo("\n".join(pages))
        return
    found = [page for title, page in pages.items() if code.casefold() in title.casefold().split()]
    if not found:
        raise unknown("code", code, _names_near(code, pages), "`rlmflow explain` lists them")
    click.echo(found[0].read_text("utf-8"), nl=False)


def _names_near(code: str, titles: Iterable[str]) -> list[str]:
    """What may be meant, of codes and names. What is written as a code is like no other."""
    words = [word for title in titles for word in title.split()]
    return [] if _CODE.fullmatch(code) else words


def _title(page: Path) -> str:
    with page.open(encoding="utf-8") as lines:
        return lines.readline().removeprefix("# ").strip()
