"""Where strategy files come from: the paths that people name, and the standard library."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rlmflow import share
from rlmflow.diagnostics.codes import IMPORT_NOT_FOUND
from rlmflow.diagnostics.model import StrategyError
from rlmflow.source import Source

STANDARD = "std/"


def load_source(name: str) -> Source | None:
    """The file at a path, or of the standard library (`std/verify`); None if there is none.

    Raises `StrategyError` for a file that is there and can't be read.
    """
    path = _standard(name) if name.startswith(STANDARD) else Path(name)
    if path is None or not path.is_file():
        return None
    try:
        return Source(name, path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise StrategyError([IMPORT_NOT_FOUND.at(None, f"{name} can't be read: {why}")]) from None


def beside(name: str) -> Sequence[str]:
    """What could have been written in place of a name that was not found."""
    if name.startswith(STANDARD):
        return [STANDARD + file.stem for file in sorted(share.path("stdlib").glob("*.rlm"))]
    folder = Path(name).parent
    return [str(folder / file.name) for file in sorted(folder.glob("*.rlm"))]


def _standard(name: str) -> Path | None:
    """The file of `std/NAME`, where NAME is a plain word."""
    word = name.removeprefix(STANDARD)
    if not word.isidentifier():
        return None
    try:
        return share.path(f"stdlib/{word}.rlm")
    except FileNotFoundError:
        return None
