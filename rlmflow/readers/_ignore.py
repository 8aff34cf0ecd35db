"""Which files of a folder `.gitignore` leaves out, as git has it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from rlmflow._lazy import heavy

_NAME = ".gitignore"


class _Rules(NamedTuple):
    folder: Path
    spec: Any


class Ignored:
    """The rules that hold in one folder: its own, those of the folders above it in the walk,
    and, inside a git repository, those of the folders up to its root.

    Later rules win, and a deeper file's over a higher one's.
    """

    def __init__(self, rules: tuple[_Rules, ...] = ()) -> None:
        self._rules = rules

    @classmethod
    def above(cls, folder: Path) -> Ignored:
        """The rules that a folder's repository has above it.

        Rules that leave out the folder itself do not hold: it was asked for.
        """
        above = cls(tuple(_rules_above(folder)))
        return cls(tuple(r for r in above._rules if not cls((r,)).leaves_out(folder, True)))

    def within(self, folder: Path) -> Ignored:
        """The rules that hold inside `folder`."""
        rules = _rules_of(folder)
        return Ignored((*self._rules, rules)) if rules else self

    def leaves_out(self, path: Path, is_folder: bool) -> bool:
        for folder, spec in reversed(self._rules):
            relative = path.relative_to(folder).as_posix() + "/" * is_folder
            verdict = spec.check_file(relative).include
            if verdict is not None:
                return bool(verdict)
        return False


def _rules_above(folder: Path) -> Iterator[_Rules]:
    root = next((f for f in (folder, *folder.parents) if (f / ".git").exists()), folder)
    between = [f for f in folder.parents if f == root or root in f.parents]
    for parent in reversed(between):
        if rules := _rules_of(parent):
            yield rules


def _rules_of(folder: Path) -> _Rules | None:
    try:
        lines = (folder / _NAME).read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return None
    return _Rules(folder, heavy("pathspec").GitIgnoreSpec.from_lines(lines))
