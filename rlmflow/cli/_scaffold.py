"""What `rlmflow new` writes: small things that are whole, and pass their own checks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from string import Template

from rlmflow._lazy import heavy
from rlmflow.cli._screen import BadInput
from rlmflow.libraries import OURS, STD

_TEMPLATES = Path(__file__).parent / "templates"
_LIBRARY = {
    "pyproject.toml": "pyproject.toml",
    "README.md": "README.md",
    "gitignore": ".gitignore",
    "ci.yml": ".github/workflows/ci.yml",
    "page.md": "docs/$strategy.md",
    "init.py": "src/$package/__init__.py",
    "obligations.rlm": "src/$package/$strategy.rlm",
    "test_library.py": "tests/test_library.py",
}
"""The files of a library by their templates."""

_DISTRIBUTION = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-_.]+[A-Za-z0-9]+)*")
_LIBRARY_NAME = re.compile(r"[A-Za-z][\w-]*", re.ASCII)
_NAME = re.compile(r"[^\W\d]\w*")


def strategy_text(name: str) -> str:
    """A small strategy with a test. Raises `BadInput` for a name that a strategy can't have."""
    return _filled("strategy.rlm", {"strategy": checked_name(name)})


def library_files(distribution: str, library: str | None, strategy: str) -> dict[str, str]:
    """The files of a distribution, by their paths in its folder. Raises `BadInput`."""
    if not _DISTRIBUTION.fullmatch(distribution):
        hint = "letters and digits, with `-` between words, such as acme-contracts"
        raise BadInput(f"`{distribution}` can't be the name of a distribution", hint)
    library = library or re.split(r"[-_.]", distribution)[0]
    if library == STD or not _LIBRARY_NAME.fullmatch(library):
        message = f"`{library}` can't be the name of a library"
        raise BadInput(message, "`--library NAME` gives it another")
    values = {
        "distribution": distribution,
        "library": library,
        "package": re.sub(r"[-_.]+", "_", distribution).lower(),
        "strategy": checked_name(strategy),
        "version": _version(),
    }
    return {
        Template(path).substitute(values): _filled(template, values)
        for template, path in _LIBRARY.items()
    }


def checked_name(name: str) -> str:
    """A name that a strategy can have. Raises `BadInput`."""
    reserved = name.upper() in heavy("rlmflow.syntax.tokens").RESERVED and name.islower()
    what = "a word of the language" if reserved else heavy("rlmflow.analysis.declare").taken(name)
    if what:
        raise BadInput(f"`{name}` is {what}", "choose another name for the strategy")
    if not _NAME.fullmatch(name):
        raise BadInput(f"`{name}` can't be the name of a strategy", "write it like `by_user`")
    return name


def write(files: Mapping[Path, str]) -> None:
    """Write files that are not there. Raises `BadInput` if one is, before any is written."""
    there = [path for path in files if path.exists() or path.is_symlink()]
    if there:
        raise BadInput(f"{there[0]} is there already", "nothing was written; choose another name")
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="") as file:
            file.write(text)


def _filled(template: str, values: Mapping[str, str]) -> str:
    return Template((_TEMPLATES / f"{template}.tmpl").read_text("utf-8")).substitute(values)


def _version() -> str:
    metadata = heavy("importlib.metadata")
    try:
        version: str = metadata.version(OURS)
    except metadata.PackageNotFoundError:
        return "0"
    return version
