"""Every code has a page, and the examples of every page are true."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from rlmflow import share, strategy_file
from rlmflow.compiler import compile_source
from rlmflow.diagnostics import codes
from rlmflow.operators import all_operators
from rlmflow.source import Source

PAGES = sorted(share.path("errors").glob("*.md"))
_BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Example(NamedTuple):
    page: Path
    number: int
    kind: str
    text: str

    @property
    def label(self) -> str:
        return f"{self.page.stem}-{self.number}"


def examples(kind: str) -> list[Example]:
    """The fenced blocks of all pages whose info string begins with `kind`."""
    return [
        Example(page, number, info, text)
        for page in PAGES
        for number, (info, text) in enumerate(_BLOCK.findall(page.read_text("utf-8")), start=1)
        if info.startswith(kind)
    ]


BAD = examples("rlm bad") + examples("yaml bad")
GOOD = examples("rlm good") + examples("yaml good")
# Files that the strategies of their page may use, by the name after `python`.
PYTHON = examples("python ")


def declared() -> Iterator[tuple[str, str]]:
    """Each code and its slug, wherever it is declared."""
    for value in vars(codes).values():
        if isinstance(value, codes.Code):
            yield value.code, value.name
    for operator in all_operators().values():
        yield from {(check.code, check.name) for check in operator.checks}


def test_a_code_means_one_thing() -> None:
    known = set(declared())
    assert len({code for code, _ in known}) == len(known)
    assert len({name for _, name in known}) == len(known)


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    titles = {tuple(page.read_text("utf-8").splitlines()[0].split()) for page in PAGES}
    assert titles == {("#", code, name) for code, name in declared()}
    assert all(page.read_text("utf-8").startswith(f"# {page.stem} ") for page in PAGES)


def test_a_page_says_something_in_lines_that_fit() -> None:
    for page in PAGES:
        lines = page.read_text("utf-8").splitlines()
        assert len(lines) > 3, page.name
        # A message is one line, however long.
        written = [line for line in lines if not line.startswith(("error RF", "warning RF"))]
        assert max(map(len, written)) <= 100, page.name


def test_a_page_that_shows_a_mistake_shows_it_mended() -> None:
    assert {e.page for e in BAD} == {e.page for e in GOOD} - {share.path("errors/RF106.md")}
    assert all(e.kind.partition(" ")[2] == f"bad {e.page.stem}" for e in BAD)
    assert all(e.kind in ("rlm good", "yaml good") for e in GOOD)
    assert len(BAD) > 40


def codes_of(example: Example) -> list[str]:
    form = ".rlm.yaml" if example.kind.startswith("yaml") else ".rlm"
    source = Source(f"{example.label}{form}", example.text)
    python = {one.kind.removeprefix("python "): one.text for one in PYTHON if one[0] == example[0]}

    def load(path: str) -> Source | None:
        return Source(path, python[path]) if path in python else strategy_file.load(path)

    return [finding.code for finding in compile_source(source, load).diagnostics]


@pytest.mark.parametrize("example", BAD, ids=lambda e: e.label)
def test_a_bad_example_gives_its_code(example: Example) -> None:
    assert codes_of(example) == [example.page.stem]


@pytest.mark.parametrize("example", GOOD, ids=lambda e: e.label)
def test_a_good_example_gives_no_error(example: Example) -> None:
    assert codes_of(example) == []
