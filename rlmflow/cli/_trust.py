"""`--trust`: whose Python a command may run. Alone it means your own, else a library's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from rlmflow.cli._screen import BadInput
from rlmflow.libraries import OWN, library, names

_FLAG = "--trust"
_NAME = re.compile(r"\w[\w-]*")


def trust_option(what: str = "the strategy uses") -> Callable[[Any], Any]:
    """The option. Its value is a tuple, in which `.` stands for files of one's own."""
    return click.option(
        _FLAG,
        multiple=True,
        metavar="[LIBRARY]",
        callback=_known,
        help=f"Run the Python files that {what}; with a name, those of that library.",
    )


def named_trust(arguments: Sequence[str]) -> list[str]:
    """The arguments, with each `--trust` given the word that it stands before, or `.`.

    A word behind it is a library's name, unless it can only be a path. Raises `BadInput`
    where it may be either.
    """
    return list(_named(list(arguments)))


def _named(left: list[str]) -> Iterator[str]:
    while left:
        word = left.pop(0)
        if word == "--":
            yield from (word, *left)
            return
        if word != _FLAG:
            yield word
        elif left and _is_library(left[0]):
            yield f"{_FLAG}={left.pop(0)}"
        else:
            yield f"{_FLAG}={OWN}"


def _is_library(word: str) -> bool:
    if not _NAME.fullmatch(word):
        return False
    is_here, is_known = Path(word).exists(), word in names()
    if is_here and is_known:
        message = f"`{_FLAG} {word}` may mean the library, or what is here"
        raise BadInput(message, f"write `{_FLAG}={word}`, or `{_FLAG} ./{word}`")
    return is_known or not is_here


def _known(_: object, __: object, given: tuple[str, ...]) -> tuple[str, ...]:
    """What is given, once it is known that each is a library."""
    for name in given:
        if name != OWN:
            library(name)
    return given
