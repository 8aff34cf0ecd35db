"""Every block of the pages in `docs/` is what happens.

A block that begins with `rlm file=NAME` or `python file=NAME` is that file; `rlm` alone is
a strategy without an error. In a `console` block each line after `$` is run where the files
of the page are, and the lines below it are the first lines that it prints, `…` what is left
out; `console long` is for those that take long. `python run` is run there too.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from rlmflow.analysis.units import UNITS
from rlmflow.compiler import compile_source
from rlmflow.functions import FUNCTIONS
from rlmflow.libraries import STD, library
from rlmflow.source import Source
from rlmflow.strategy_file import load
from rlmflow.syntax.format import format_file

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted(DOCS.glob("*.md"))
_BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path) -> list[tuple[str, str]]:
    return _BLOCK.findall(page.read_text("utf-8"))


def files_of(page: Path, folder: Path) -> None:
    for info, text in blocks(page):
        kind, _, name = info.partition(" file=")
        if name:
            assert kind in ("rlm", "python", "text", "toml", "yaml")
            (folder / name).write_text(text, encoding="utf-8")


def consoles() -> list[ParameterSet]:
    found = []
    for page in PAGES:
        for info, text in blocks(page):
            if info in ("console", "console long"):
                marks = [pytest.mark.long] if info.endswith("long") else []
                for shown in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
                    command, _, printed = shown.partition("\n")
                    label = f"{page.stem}: {command[:40]}"
                    found.append(pytest.param(page, command, printed, marks=marks, id=label))
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_strategy_on_a_page_is_sound(page: Path) -> None:
    for info, text in blocks(page):
        if info == "rlm":
            assert compile_source(Source("page.rlm", text), load).diagnostics == []


@pytest.mark.parametrize("page", [*PAGES, DOCS.parent / "README.md"], ids=lambda page: page.stem)
def test_a_strategy_on_a_page_is_laid_out_as_fmt_does_it(page: Path) -> None:
    for info, text in blocks(page):
        if info.partition(" ")[0] == "rlm":
            assert format_file(Source("page.rlm", text)) == text


@pytest.mark.parametrize(("page", "command", "printed"), consoles())
def test_a_command_prints_what_a_page_shows(
    page: Path, command: str, printed: str, tmp_path: Path
) -> None:
    files_of(page, tmp_path)
    program, *arguments = shlex.split(command)
    assert program == "rlmflow"
    ran = subprocess.run(
        [sys.executable, "-m", "rlmflow", *arguments],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        encoding="utf-8",
    )
    wanted = ".*".join(map(re.escape, printed.rstrip("\n").split("…")))
    assert re.match(wanted, ran.stdout, re.DOTALL), ran.stdout
    assert printed or ran.returncode == 0, ran.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_python_on_a_page_runs(page: Path, tmp_path: Path) -> None:
    files_of(page, tmp_path)
    for info, text in blocks(page):
        if info == "python run":
            run = [sys.executable, "-c", text]
            ran = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=False)
            assert ran.returncode == 0, ran.stderr


def test_the_cookbook_names_every_strategy_of_the_library() -> None:
    page = (DOCS / "cookbook.md").read_text("utf-8")
    assert [name for name in library(STD).files() if f"`{name}`" not in page] == []


def test_there_are_pages_and_commands() -> None:
    assert PAGES
    assert consoles()


def test_the_page_on_the_language_tells_every_function_and_unit() -> None:
    page = (DOCS / "language.md").read_text("utf-8")
    assert [name for name in FUNCTIONS if f"`{name}(" not in page] == []
    assert [unit for unit in UNITS if not re.search(rf"(?<!\w){unit}(?!\w)", page)] == []
