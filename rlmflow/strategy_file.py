"""Strategy files: where they are, and their text. The compiler itself opens nothing."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from rlmflow import share
from rlmflow.diagnostics.codes import INPUT_NOT_FOUND, INPUT_UNREAD
from rlmflow.diagnostics.model import StrategyError
from rlmflow.diagnostics.suggest import suggest
from rlmflow.source import Source

SUFFIX = ".rlm"
PYTHON = ".py"
_LIBRARY = "std"


def read_strategy(path: str | Path) -> Source:
    """The file at `path`, `-` for standard input. Raises `StrategyError`."""
    if str(path) == "-":
        return Source("<stdin>", sys.stdin.read())
    source = load(str(path), exactly=True)
    if source is None:
        message = f"there is no strategy file {path}"
        folder = Path(path).parent
        meant = suggest(Path(path).name, [file.name for file in folder.glob(f"*{SUFFIX}")])
        hint = f"did you mean `{folder / meant}`?" if meant else None
        raise StrategyError([INPUT_NOT_FOUND.at(None, message, hint=hint)])
    return source


def load(path: str, *, exactly: bool = False) -> Source | None:
    """The file at a path, or of a library (`std/verify`); None if there is none.

    `exactly`: take `path` for a path whatever it looks like. Line ends stay as they
    are. Raises `StrategyError` for a file that is no text.
    """
    file = Path(path) if exactly or path.endswith((SUFFIX, PYTHON)) else _of_library(path)
    if file is None:
        return None
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            return Source(path if exactly else _shown(path, file), stream.read())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError as error:
        why = f"it is not UTF-8 text (byte {error.start + 1})"
    except OSError as error:
        why = (error.strerror or str(error)).lower()
    raise StrategyError([INPUT_UNREAD.at(None, f"{path} can't be read: {why}")])


def beside(path: str) -> Sequence[str]:
    """What could have been written instead of a path (`./name`) or a library's file."""
    if path.endswith(PYTHON):
        return [f"./{file.name}" for file in sorted(Path(path).parent.glob(f"*{PYTHON}"))]
    if not path.endswith(SUFFIX):
        return [f"{_LIBRARY}/{file.stem}" for file in library()]
    return [f"./{file.stem}" for file in sorted(Path(path).parent.glob(f"*{SUFFIX}"))]


def library() -> list[Path]:
    """The strategy files that come with the program, by name."""
    return sorted(share.path("stdlib").glob(f"*{SUFFIX}"))


def _of_library(name: str) -> Path | None:
    distribution, _, rest = name.partition("/")
    files = {file.stem: file for file in library()} if distribution == _LIBRARY else {}
    return files.get(rest)


def _shown(path: str, file: Path) -> str:
    return path if path.endswith((SUFFIX, PYTHON)) else str(file)
