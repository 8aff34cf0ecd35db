"""What a strategy can be made of, as data: operators, and the strategies of all libraries."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from rlmflow._lazy import heavy
from rlmflow.cli._kept import Made, kept
from rlmflow.diagnostics.model import Diagnostic, StrategyError
from rlmflow.diagnostics.render import as_data, render
from rlmflow.libraries import Library, library, names
from rlmflow.source import Source


def catalogue() -> dict[str, Any]:
    """`operators`, `libraries` with their strategies, and `problems` of libraries."""
    found: dict[str, Any] = kept("catalogue", _made)
    return found


def _made() -> Made:
    libraries: list[Library] = []
    problems: list[Diagnostic] = []
    for name in names():
        try:
            libraries.append(library(name))
        except StrategyError as error:
            problems += error.diagnostics
    value = {
        "operators": list(_operators()),
        "libraries": [_library(one) for one in libraries],
        "problems": [{**as_data(each), "shown": render([each])} for each in problems],
    }
    return Made(value, _made_of(libraries))


def _operators() -> Iterator[dict[str, object]]:
    for operator in heavy("rlmflow.operators").all_operators().values():
        yield {
            "name": operator.name,
            "summary": operator.summary,
            "asks_a_model": operator.may_ask,
        }


def _library(one: Library) -> dict[str, object]:
    summary = heavy("rlmflow.syntax.opening").summary
    return {
        "name": one.name,
        "distribution": one.distribution,
        "version": one.version,
        "strategies": [
            {"name": name, "summary": summary(_source(file)), "file": str(file)}
            for name, file in one.files().items()
        ],
    }


def strategies_of(one: Mapping[str, Any]) -> str:
    """The strategies of a library of the catalogue, a line each, below its name."""
    if one["distribution"] is None:
        title = "Strategies of std, the library that comes with rlmflow"
    else:
        title = f"Strategies of {one['name']} ({one['distribution']} {one['version']})"
    return section(title, one["strategies"])


def section(title: str, entries: Iterable[Mapping[str, Any]]) -> str:
    """A title, and the name and the summary of each entry of the catalogue below it."""
    rows = [(each["name"], each["summary"]) for each in entries]
    wide = max((len(name) for name, _ in rows), default=0)
    lines = (f"  {name:<{wide}}  {said}".rstrip() for name, said in rows)
    return "".join(f"{line}\n" for line in (title, *lines))


def _source(file: Path) -> Source:
    try:
        return Source(str(file), file.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError):
        return Source(str(file), "")


def search_path() -> Iterator[str]:
    """Where distributions lie, and the records there: they change with what is installed."""
    for place in dict.fromkeys(sys.path):
        yield place
        folder = Path(place or ".")
        if folder.is_dir():
            yield from (str(each) for each in folder.glob("*.dist-info"))


def _made_of(libraries: Iterable[Library]) -> Iterator[Path | str]:
    yield from search_path()
    for one in libraries:
        yield one.folder
        yield from (each for each in one.folder.rglob("*") if each.is_dir())
        yield from one.files().values()
