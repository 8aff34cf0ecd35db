"""Pages made from the program itself: what `show`, `list` and `--help` print."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from textwrap import dedent

from click.testing import CliRunner

from rlmflow import share
from rlmflow.cli._lazy_group import COMMANDS
from rlmflow.cli._main import rlmflow as program
from rlmflow.operators import all_operators

ROOT = Path(__file__).parents[2]
_SECTION = re.compile(r"(?P<title>\S[^\n]*)\n(?P<rows>(?:  [^\n]*(?:\n|$))+)")

_COLUMNS = re.compile(r"\S {2,}\S")
_CODE = re.compile(r"^  (?P<code>RF\d+) (?P<name>\S+)", re.MULTILINE)


def write_pages(folder: Path) -> None:
    """Write the pages of operators, commands, the library and errors, and their lists."""
    operators = all_operators()
    _write(folder / "operators", {name: _operator_page(name) for name in operators})
    _write(folder / "commands", {name: _command_page(name) for name in COMMANDS})
    library = sorted(share.path("stdlib").glob("*.rlm"))
    _write(folder / "library", {path.stem: _library_page(path) for path in library})
    lists = {
        "operators": ("Operators", "What the steps of a strategy are made of.", operators),
        "commands": ("Commands", "`rlmflow COMMAND --help` prints each of these pages.", COMMANDS),
        "library": ("The standard library", "Strategies that are ready to run.", library),
    }
    for name, (title, about, entries) in lists.items():
        pages = (f"{name}/{entry.stem if isinstance(entry, Path) else entry}" for entry in entries)
        _put(folder / f"{name}.md", f"# {title}\n\n{about}\n\n{_tree(pages)}")
    errors = (f"/errors/{page.stem}" for page in sorted(share.path("errors").glob("*.md")))
    about = "`rlmflow explain CODE` prints the page of a code."
    _put(folder / "errors.md", f"# Errors\n\n{about}\n\n{_tree(errors)}")


def _operator_page(name: str) -> str:
    used = [path for path in _strategies() if re.search(rf"\b{name}\(", path.read_text("utf-8"))]
    text = f"# {name}\n\n{_sections(_printed('show', name))}"
    if used:
        example = min(used, key=lambda path: path.stat().st_size)
        text += f"\n\n## In use\n\n{_fenced('rlm', example.read_text('utf-8'))}"
    return text


def _strategies() -> Iterator[Path]:
    yield from sorted((ROOT / "examples").glob("*.rlm"))
    yield from sorted(share.path("stdlib").glob("*.rlm"))


def _command_page(name: str) -> str:
    return f"# {name}\n\n{COMMANDS[name]}\n\n{_fenced('text', _printed(name, '--help'))}"


def _library_page(path: Path) -> str:
    shown = _fenced("text", _printed("show", f"std/{path.stem}"))
    source = _fenced("rlm", path.read_text("utf-8"))
    return f"# std/{path.stem}\n\n{shown}\n\n## The strategy\n\n{source}"


def _sections(page: str) -> str:
    """A page of text as Markdown: its first line is code, and columns stay as they are."""
    first, *blocks = page.rstrip("\n").split("\n\n")
    made = [_fenced("{code-block} rlm", first)]
    for block in blocks:
        section = _SECTION.fullmatch(block)
        if section is None:
            made.append(block)
        else:
            title, _, _ = section["title"].partition(", each explained")
            made += [f"## {title}", _rows(section["rows"])]
    return "\n\n".join(made)


def _rows(rows: str) -> str:
    """Codes as links to their pages, columns as they are, and anything else as prose."""
    if _CODE.search(rows):
        return _CODE.sub(r"- [\g<code>](/errors/\g<code>.md) \g<name>", rows)
    return _fenced("text", rows) if _COLUMNS.search(rows) else dedent(rows).rstrip()


def _printed(*arguments: str) -> str:
    result = CliRunner().invoke(program, arguments, prog_name="rlmflow", env={"COLUMNS": "96"})
    if result.exit_code:
        raise RuntimeError(f"rlmflow {' '.join(arguments)} failed: {result.output}")
    return result.output


def _fenced(kind: str, text: str) -> str:
    return f"```{kind}\n{text.rstrip()}\n```"


def _tree(pages: Iterable[str]) -> str:
    return "```{toctree}\n:maxdepth: 1\n\n" + "\n".join(pages) + "\n```\n"


def _write(folder: Path, pages: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages.items():
        _put(folder / f"{name}.md", text)


def _put(path: Path, text: str) -> None:
    """Write a page, unless it is what it was, so that what builds on it need not be made again."""
    if not path.exists() or path.read_text("utf-8") != text:
        path.write_text(text, "utf-8")
