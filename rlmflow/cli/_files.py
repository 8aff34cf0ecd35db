"""The strategy files that are named on a command line."""

from __future__ import annotations

from pathlib import Path

from rlmflow.cli._screen import BadInput
from rlmflow.libraries import library, names
from rlmflow.strategy_file import SUFFIX, files_in


def strategy_files(paths: tuple[str, ...]) -> list[str]:
    """Each path, a folder standing for all strategy files under it; none twice.

    A library's name stands for all of its files, where nothing of that name is here.
    """
    found: dict[str, None] = {}
    for path in paths:
        if not Path(path).exists() and path in names():
            found.update(dict.fromkeys(library(path).files()))
            continue
        if not Path(path).is_dir():
            found[path] = None
            continue
        inside = files_in(Path(path), below=True)
        if not inside:
            hint = f"`rlmflow new strategy {path}/NAME` writes one to begin with"
            raise BadInput(f"there is no {SUFFIX} file in {path}", hint)
        found.update(dict.fromkeys(map(str, inside)))
    return list(found)
