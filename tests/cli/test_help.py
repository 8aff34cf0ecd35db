"""What `--help` says, word for word, and that the list of commands is true."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click import Context

from rlmflow.cli._lazy_group import COMMANDS, LazyGroup

GOLDEN = Path(__file__).parent / "golden"
PAGES = [
    (),
    *((name,) for name in COMMANDS),
    ("models", "pull"),
    ("new", "strategy"),
    ("new", "library"),
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: " ".join(page) or "rlmflow")
def test_help(page: tuple[str, ...], command: Callable[..., Any]) -> None:
    """Set RLMFLOW_UPDATE_GOLDEN=1 to write the files anew; then read the difference."""
    ran = command(*page, "--help")
    assert (ran.code, ran.err) == (0, "")
    file = GOLDEN / f"{'-'.join(('rlmflow', *page))}.txt"
    if os.environ.get("RLMFLOW_UPDATE_GOLDEN"):
        file.write_text(ran.out, encoding="utf-8")
    assert ran.out == file.read_text("utf-8")


def test_the_list_says_of_each_command_what_the_command_says() -> None:
    group = LazyGroup()
    for name, summary in COMMANDS.items():
        found = group.get_command(Context(group), name)
        assert found is not None
        assert (found.help or "").split("\n")[0] == summary


def test_golden_files_are_of_pages_that_exist() -> None:
    known = {"-".join(("rlmflow", *page)) for page in PAGES}
    assert {file.stem for file in GOLDEN.glob("*.txt")} == known


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("explan",), "error: there is no command `explan`\n  hint: did you mean `explain`?\n"),
        (("run",), "Missing argument 'FILE'"),
        (("check", "--josn", "x"), "No such option"),
    ],
)
def test_bad_flags_end_with_code_2(
    arguments: tuple[str, ...], said: str, command: Callable[..., Any]
) -> None:
    ran = command(*arguments)
    assert ran.code == 2
    assert said in ran.err
    assert ran.out == ""


def test_version(command: Callable[..., Any]) -> None:
    assert command("--version").out.startswith("rlmflow 0.")
