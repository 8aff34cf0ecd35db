"""`rlmflow view`: which run is meant, and where its page goes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]


@pytest.fixture
def ids(command: Command) -> list[str]:
    """Two runs, the latest first."""
    Path("size.rlm").write_text("strategy size(docs: corpus) -> int {\n  answer len(docs)\n}\n")
    Path("in.txt").write_text("text\n")
    for _ in range(2):
        assert command("run", "size.rlm", "in.txt", "-q").code == 0
    return [line.split()[0] for line in command("runs").out.splitlines()]


def test_the_last_run_is_shown_unless_another_is_named(command: Command, ids: list[str]) -> None:
    for arguments, meant in ((), ids[0]), ((ids[1],), ids[1]), ((ids[1][:-1],), ids[1]):
        ran = command("view", *arguments)
        path = Path(ran.out.strip())
        assert (ran.code, path.name, path.parent.name) == (0, "page.html", meant)
        assert meant in path.read_text()


def test_it_goes_where_it_is_sent(command: Command, ids: list[str]) -> None:
    ran = command("view", "-o", "out.html")
    assert ran.out == "out.html\n"
    assert f"<title>size · {ids[0]}</title>" in Path("out.html").read_text()


def test_a_page_that_can_t_be_written_is_said_to_be(command: Command, ids: list[str]) -> None:
    ran = command("view", "-o", "nowhere/out.html")
    assert ran.code == 2
    assert ran.err == (
        "error: nowhere/out.html can't be written: no such file or directory\n"
        "  hint: name another file: -o FILE\n"
    )


def test_a_run_that_is_not_there_or_not_the_only_one(command: Command, ids: list[str]) -> None:
    wrong = command("view", f"{ids[0]}x")
    assert wrong.code == 2
    assert wrong.err == f"error: there is no run `{ids[0]}x`\n  hint: did you mean `{ids[0]}`?\n"
    several = command("view", ids[0][:2])
    assert several.err.startswith("error: 2 runs begin with `20`\n")


def test_where_nothing_was_run_there_is_nothing_to_show(command: Command) -> None:
    ran = command("view")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: nothing was run in this folder\n")
