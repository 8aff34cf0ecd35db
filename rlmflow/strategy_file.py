"""Strategy files: where they are, and their text. The compiler itself opens nothing."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from rlmflow.diagnostics.codes import INPUT_NOT_FOUND, INPUT_UNREAD
from rlmflow.diagnostics.model import StrategyError
from rlmflow.diagnostics.suggest import did_you_mean_below, suggest
from rlmflow.libraries import STD, SUFFIXES, Library, library
from rlmflow.source import Source

SUFFIX = SUFFIXES[0]
PYTHON = ".py"
YAML = ".yaml"
STDIN = "<stdin>"
_WHAT_THERE_IS = "give the path of a `.rlm` file; `rlmflow list` shows what is there without one"
_FIRST_KEY = re.compile(r"(?:\s|#[^\n]*\n|---\s)*(?:doc|use|types|strategies|tests):")
_OF_LIBRARY = re.compile(r"[\w-][\w.-]*(?:/[\w-][\w.-]*)+")


def read_strategy(path: str | Path) -> Source:
    """The file at `path`, or of a library (`std/needle`); `-` for standard input.

    What stands at a path is that file, whatever libraries there are. Raises `StrategyError`.
    """
    written = str(path)
    if written == "-":
        return Source(STDIN, sys.stdin.read())
    if not is_of_library(written):
        source = _read(Path(path), written)
        if source is None:
            message, hint = _no_file(path)
            raise StrategyError([INPUT_NOT_FOUND.at(None, message, hint=hint or _WHAT_THERE_IS)])
        return source
    of, _, name = written.partition("/")
    try:
        found = library(of)
    except StrategyError as error:
        message, hint = _no_file(path)
        if hint is None:
            raise
        raise StrategyError([INPUT_NOT_FOUND.at(None, message, hint=hint)]) from error
    source = _of_library(found, name)
    if source is None:
        there = f"`rlmflow show {of}` lists what it has"
        hint = did_you_mean_below(written, found.files()) or there
        message = f"the library `{of}` has no strategy file `{name}`"
        raise StrategyError([INPUT_NOT_FOUND.at(None, message, hint=hint)])
    return source


def is_of_library(written: str) -> bool:
    """Whether `LIBRARY/NAME` is meant: no file stands there, and none could."""
    if is_strategy(written) or written.endswith(PYTHON) or not _OF_LIBRARY.fullmatch(written):
        return False
    return not Path(written).exists()


def is_strategy(path: str) -> bool:
    """Whether a path is that of a strategy file, by its name."""
    return path.endswith(SUFFIXES)


def is_yaml(source: Source) -> bool:
    """Whether a file is in the YAML form: by its name, or where it has none by its first key."""
    if source.name == STDIN:
        return _FIRST_KEY.match(source.text) is not None
    return source.name.endswith(YAML)


def without_suffix(path: str) -> str:
    """A path or a name without what says that it is of a strategy file."""
    ending = next((suffix for suffix in SUFFIXES if path.endswith(suffix)), "")
    return path.removesuffix(ending)


def load(path: str) -> Source | None:
    """The file at a path, or of a library (`std/needle`); None if there is none.

    Line ends stay as they are. Raises `StrategyError`: it is no text, or the library is
    missing or can't be used.
    """
    if path.endswith(PYTHON):
        return _read(Path(path), path)
    if is_strategy(path):
        # `use ./name` means a file in either form.
        forms = dict.fromkeys((path, *(without_suffix(path) + suffix for suffix in SUFFIXES)))
        return next((source for form in forms if (source := _read(Path(form), form))), None)
    of, slash, name = path.partition("/")
    return _of_library(library(of), name) if slash and of != ".." else None


def beside(path: str) -> Sequence[str]:
    """What could have been written instead of a path (`./name`) or a library's file."""
    if path.endswith(PYTHON):
        return [f"./{file.name}" for file in sorted(Path(path).parent.glob(f"*{PYTHON}"))]
    if is_strategy(path):
        return [f"./{without_suffix(file.name)}" for file in files_in(Path(path).parent)]
    of, slash, _ = path.partition("/")
    return list(library(of).files()) if slash and of != ".." else []


def files_in(folder: Path, *, below: bool = False) -> list[Path]:
    """The strategy files of a folder, and of those below it."""
    found = folder.rglob if below else folder.glob
    return sorted(file for suffix in SUFFIXES for file in found(f"*{suffix}"))


def _of_library(found: Library, name: str) -> Source | None:
    file = found.file(name)
    return None if file is None else _read(file, str(file), f"{found.name}/{name}")


def _read(file: Path, shown: str, known_as: str = "") -> Source | None:
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            return Source(shown, stream.read(), known_as=known_as)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError as error:
        why, hint = f"it is not UTF-8 text (byte {error.start + 1})", "save it as UTF-8"
    except OSError as error:
        why, hint = (error.strerror or str(error)).lower(), None
    raise StrategyError([INPUT_UNREAD.at(None, f"{shown} can't be read: {why}", hint=hint)])


def _no_file(path: str | Path) -> tuple[str, str | None]:
    """That nothing stands at a path, and what may be meant."""
    message = f"there is no strategy file {path}"
    folder, name = Path(path).parent, Path(path).name
    meant = suggest(name, [file.name for file in files_in(folder)])
    if meant:
        return message, f"did you mean `{folder / meant}`?"
    ours = f"{STD}/{without_suffix(name)}"
    return message, f"did you mean `{ours}`?" if ours in library(STD).files() else None
