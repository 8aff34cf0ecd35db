"""The libraries of strategies that are installed, and where their files are.

A library is a Python distribution with an entry point in the group `rlmflow.strategies`:
its name is the library's, its value the package that holds the strategy files. Files are
found through the records of the installation; nothing of a library's Python is run.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from rlmflow import share
from rlmflow._lazy import heavy
from rlmflow.diagnostics import codes
from rlmflow.diagnostics.model import Diagnostic, StrategyError
from rlmflow.diagnostics.suggest import did_you_mean

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "rlmflow.strategies"
STD = "std"
"""The library that comes with the program."""

OWN = "."
"""Stands for files that are of no library, where libraries are named."""

OURS = "rlmflow-lang"
"""The distribution that a library requires where it needs a certain version of this program."""

_OURS = re.compile(r"\s*rlmflow[-_.]+lang(?![\w.-]*\w)", re.IGNORECASE)
_VERSION = re.compile(r"[<>=~!]")

SUFFIXES = (".rlm", ".rlm.yaml")
"""How strategy files end: in the language's own form, and in YAML."""

EntryPoints: TypeAlias = "dict[str, tuple[EntryPoint, ...]]"


@dataclass(frozen=True)
class Library:
    """An installed library. `distribution` and `version` are pip's; None for `std`."""

    name: str
    folder: Path
    distribution: str | None = None
    version: str | None = None

    def files(self) -> dict[str, Path]:
        """Its strategy files by name, such as `std/needle`; without those that begin with `_`."""
        return {f"{self.name}/{name}": file for name, file in sorted(self._files())}

    def file(self, name: str) -> Path | None:
        """The strategy file of a name without the library's, None where there is none."""
        if any(part in ("", ".", "..") for part in name.split("/")):
            return None
        files = (self.folder / f"{name}{suffix}" for suffix in SUFFIXES)
        return next((file for file in files if file.is_file()), None)

    def _files(self) -> Iterator[tuple[str, Path]]:
        for suffix in SUFFIXES:
            for file in self.folder.rglob(f"*{suffix}"):
                name = file.relative_to(self.folder).as_posix().removesuffix(suffix)
                if not any(part.startswith(("_", ".")) for part in name.split("/")):
                    yield name, file


def library(name: str) -> Library:
    """The library of a name. Raises `StrategyError`: it is missing, ambiguous or unusable."""
    if name == STD:
        return Library(STD, share.path("stdlib"))
    entries = _installed().get(name, ())
    if len(entries) == 1:
        return _opened(entries[0])
    raise StrategyError([_clash(name, entries) if entries else _missing(name)])


def names() -> list[str]:
    """The names of all libraries, usable or not; `std` first."""
    return [STD, *sorted(set(_installed()) - {STD})]


def _installed() -> EntryPoints:
    return _entry_points(tuple((place, _changed(place)) for place in sys.path))


def _changed(folder: str) -> int | None:
    """When something was last installed in a folder, None where there is no such folder."""
    try:
        return Path(folder or ".").stat().st_mtime_ns
    except OSError:
        return None


@cache
def _entry_points(_: tuple[tuple[str, int | None], ...]) -> EntryPoints:
    """The entry points of all distributions, by name, read once for each state of the path."""
    found: dict[str, tuple[EntryPoint, ...]] = {}
    for entry in heavy("importlib.metadata").entry_points(group=GROUP):
        found[entry.name] = (*found.get(entry.name, ()), entry)
    return found


def _opened(entry: EntryPoint) -> Library:
    distribution = entry.dist
    assert distribution is not None  # those of `entry_points` have theirs
    folder = _folder(entry)
    if folder is None:
        message = f"the library `{entry.name}` has no folder `{entry.module.replace('.', '/')}`"
        hint = f"install it again: `pip install --force-reinstall {distribution.name}`"
        raise StrategyError([codes.LIBRARY_BROKEN.at(None, message, hint=hint)])
    wanted = _wanted(entry)
    if wanted is not None:
        raise StrategyError([wanted])
    return Library(entry.name, folder, distribution.name, distribution.version)


def _folder(entry: EntryPoint) -> Path | None:
    """Where the package of an entry point lies. Finding a top-level package does not run it."""
    top, *below = entry.module.split(".")
    installed = Path(str(entry.dist.locate_file(top))) if entry.dist else Path(top)
    places = [installed]
    if not installed.is_dir():
        try:
            spec = find_spec(top)
        except (ImportError, ValueError):
            spec = None
        places = [Path(place) for place in (spec and spec.submodule_search_locations) or ()]
    folders = (place.joinpath(*below) for place in places)
    return next((folder for folder in folders if folder.is_dir()), None)


def _wanted(entry: EntryPoint) -> Diagnostic | None:
    """What is wrong where a library requires another version of this program."""
    metadata = heavy("importlib.metadata")
    for written in _requirements(entry):
        requirement = heavy("packaging.requirements").Requirement(written)
        if heavy("packaging.utils").canonicalize_name(requirement.name) != OURS:
            continue
        try:
            here = metadata.version(OURS)
        except metadata.PackageNotFoundError:
            return None
        applies = requirement.marker is None or requirement.marker.evaluate()
        if applies and not requirement.specifier.contains(here, prereleases=True):
            needs = str(requirement.specifier)
            message = f"the library `{entry.name}` needs rlmflow {needs}, and this is {here}"
            hint = f'`pip install "{OURS}{needs}"`'
            return codes.LIBRARY_NEEDS_OTHER.at(None, message, hint=hint)
    return None


def _requirements(entry: EntryPoint) -> Iterator[str]:
    """What the records say that a library requires, where it may be a version of this program.

    Only the head of the records is read, for they carry the whole description below.
    """
    text = (entry.dist.read_text("METADATA") if entry.dist else None) or ""
    for line in text.partition("\n\n")[0].splitlines():
        field, _, value = line.partition(":")
        if field.lower() == "requires-dist" and _OURS.match(value) and _VERSION.search(value):
            yield value.strip()


def _missing(name: str) -> Diagnostic:
    hint = did_you_mean(name, names()) or (
        "install the distribution that has it, by the name that its author gives; "
        "`rlmflow list` shows those that are here"
    )
    return codes.LIBRARY_MISSING.at(None, f"there is no library `{name}`", hint=hint)


def _clash(name: str, entries: tuple[EntryPoint, ...]) -> Diagnostic:
    who = " and ".join(f"`{entry.dist.name}`" for entry in entries if entry.dist)
    message = f"{who} both call their library `{name}`"
    return codes.LIBRARY_CLASH.at(None, message, hint="uninstall the one that is not meant")
