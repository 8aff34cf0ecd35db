"""`rlmflow runs`, `rlmflow gc` and `run --why`: what was run here, and what is asked again."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from server.model_server import ModelServer

Command = Callable[..., Any]

LABEL = """
strategy label(docs: corpus) -> list[text] {
  lines = records(docs, by: line)
  answer map(lines, pack: 1) -> text "Label it."
}
"""


@pytest.fixture
def run(command: Command, model_server: ModelServer) -> Callable[[str], Any]:
    """Runs a strategy over a text."""
    Path("label.rlm").write_text(LABEL)

    def go(text: str) -> Any:
        Path("in.txt").write_text(text)
        return command("run", "label.rlm", "in.txt", "--sub", model_server.name, "-q")

    return go


def replies() -> int:
    with sqlite3.connect(".rlmflow/journal.sqlite") as journal:
        (count,) = journal.execute("SELECT COUNT(*) FROM replies").fetchone()
        return int(count)


def test_runs_are_listed_the_latest_first(command: Command, run: Callable[[str], Any]) -> None:
    assert command("runs").err == "nothing was run in this folder\n"
    run("a\nb\n")
    run("a\nb\nc\n")
    killed = Path(".rlmflow/runs/20200101-000000-abcdef")
    killed.mkdir()
    (killed / "run.json").write_text('{"status": "running", "strategy": "old", "pid": 4194305}')
    latest, first, oldest = json.loads(command("runs", "--json").out)
    assert (latest["calls"], latest["from_journal"], latest["status"]) == (1, 2, "complete")
    assert (first["calls"], first["strategy"]) == (2, "label")
    assert (oldest["status"], oldest["calls"]) == ("killed", None)
    lines = command("runs").out.splitlines()
    assert lines[0].startswith(latest["id"])
    assert lines[0].endswith("label  complete  1 call   2 from the journal")
    assert len(command("runs", "--last", 1).out.splitlines()) == 1


@pytest.mark.parametrize(
    "written",
    [
        "null",
        "[]",
        '{"status": ["x"]}',
        '{"calls": "x"}',
        '{"usd": "abc"}',
        '{"began": 5}',
        '{"status": "runn',
        '{"status": "running", "pid": -1}',
        '{"status": "running", "pid": 99999999999999999999}',
        '{"status": "running", "pid": OWN}',
        "\0",
    ],
)
def test_what_a_damaged_folder_holds_is_a_run_that_was_killed(
    written: str, command: Command
) -> None:
    folder = Path(".rlmflow/runs/20200101-000000-abcdef")
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(written.replace("OWN", str(os.getpid())))
    (told,) = json.loads(command("runs", "--json").out)
    assert (told["status"], told["calls"], told["usd"]) == ("killed", None, None)
    assert command("runs").out.endswith("?  killed\n")


def test_what_is_no_run_is_left_alone(command: Command, run: Callable[[str], Any]) -> None:
    run("a\n")
    notes = Path(".rlmflow/runs/0-notes")
    notes.mkdir()
    linked = notes.with_name("20200101-000000-abcdef")
    linked.symlink_to(notes.absolute())
    run("b\n")
    assert command("gc", "--keep", 1, "--yes").code == 0
    assert notes.exists()
    assert linked.exists()


def test_what_recent_runs_used_stays(command: Command, run: Callable[[str], Any]) -> None:
    run("a\nb\n")
    run("b\nc\n")
    run("c\nd\n")
    assert replies() == 4
    assert command("gc").err == "nothing to remove: there are 3 runs\n"
    asked = command("gc", "--keep", 2)
    assert asked.code == 1
    assert asked.err.startswith("1 run and 1 reply in the journal: ")
    assert asked.err.endswith("nothing was removed; --yes removes it\n")
    assert replies() == 4
    removed = command("gc", "--keep", 2, "--yes")
    assert removed.code == 0
    assert replies() == 3
    assert len(json.loads(command("runs", "--json").out)) == 2
    assert len(run("b\nc\nd\n").out) > 0
    assert json.loads(command("runs", "--json").out)[0]["calls"] == 0


def test_a_journal_that_cannot_be_cleared_is_told(
    command: Command, run: Callable[[str], Any]
) -> None:
    run("a\n")
    run("b\n")
    for left in Path(".rlmflow").glob("journal.sqlite*"):
        left.unlink()
    Path(".rlmflow/journal.sqlite").write_text("no journal" * 1000)
    ran = command("gc", "--keep", 1, "--yes")
    assert ran.code == 2
    assert "RF550" in ran.err
    assert "--no-journal" not in ran.err
    assert len(json.loads(command("runs", "--json").out)) == 2


def test_a_folder_that_cannot_be_removed_is_told(
    command: Command, run: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    run("a\n")
    run("b\n")

    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    # Root, as which tests may run, is refused nothing.
    monkeypatch.setattr(shutil, "rmtree", refuse)
    ran = command("gc", "--keep", 1, "--yes")
    assert ran.code == 2
    assert "can't be removed: permission denied" in ran.err
    assert len(json.loads(command("runs", "--json").out)) == 2
    assert replies() == 2


def test_a_run_that_can_t_have_a_folder_does_not_begin(command: Command) -> None:
    Path(".rlmflow").write_text("a file is in the way")
    Path("size.rlm").write_text("strategy size(docs: corpus) -> int {\n  answer len(docs)\n}\n")
    Path("in.txt").write_text("text\n")
    ran = command("run", "size.rlm", "in.txt", "--no-journal")
    assert (ran.code, ran.out) == (2, "")
    assert "RF550" in ran.err
    assert "hint: start it in a folder that can be written" in ran.err


def test_a_run_under_way_stays(command: Command, run: Callable[[str], Any]) -> None:
    run("a\n")
    (folder,) = Path(".rlmflow/runs").iterdir()
    under_way = folder.with_name("20200101-000000-abcdef")
    shutil.copytree(folder, under_way)
    (under_way / "run.json").write_text('{"status": "running", "pid": 1}')
    run("b\n")
    command("gc", "--keep", 1, "--yes")
    assert under_way.exists()
    assert not folder.exists()


def test_what_is_asked_again_is_explained(
    command: Command, run: Callable[[str], Any], model_server: ModelServer
) -> None:
    run("a\nb\n")
    flags = ("label.rlm", "in.txt", "--sub", model_server.name, "--why", "-q")
    assert command("run", *flags).err == "nothing is asked again\n"
    Path("in.txt").write_text("a\nB\nc\n")
    said = command("run", *flags).err
    assert said == "asks     answer: text changed (1), not asked before (1)\n"
    Path("label.rlm").write_text(LABEL.replace("Label it.", "Name it."))
    assert command("run", *flags).err == "asks     answer: prompt changed (3)\n"
