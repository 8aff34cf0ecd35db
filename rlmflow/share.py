"""Where the files beside the code are: the grammar, the strategy library, the error pages.

In a bare checkout and an editable install they stand at the top of the repository,
where authors read them; in a wheel they are carried inside the package.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent
_CARRIED = _PACKAGE / "_share"
_ELSEWHERE = {"errors": "docs/errors"}
"""Folders whose place in the repository differs from their name here."""


def path(name: str) -> Path:
    """The file or folder `name`, such as `grammar/rlm.lark`, `stdlib` or `errors/RF102.md`.

    Raises FileNotFoundError, naming both places, if it is in neither.
    """
    carried = _CARRIED / name
    if carried.exists():
        return carried
    folder, _, rest = name.partition("/")
    beside = _PACKAGE.parent / _ELSEWHERE.get(folder, folder) / rest
    if beside.exists():
        return beside
    raise FileNotFoundError(f"{name} is neither at {carried} nor at {beside}")
