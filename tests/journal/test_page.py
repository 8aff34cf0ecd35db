"""What `docs/journal.md` says of the file is so."""

from __future__ import annotations

import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from journal.test_journal import entry, written

PAGE = (Path(__file__).parents[2] / "docs" / "journal.md").read_text("utf-8")
LONG = "a long reply " * 40


def block(kind: str, having: str) -> str:
    blocks = re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return next(text for text in blocks if having in text)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    written(tmp_path / ".rlmflow" / "journal.sqlite", entry(1, "short"), entry(2, LONG))
    return tmp_path


EXPECTED = ['step {"text":"short"}', f'step {{"text":"{LONG}"}}']


def test_it_is_read_without_this_program(folder: Path) -> None:
    code = block("python", "zlib")
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], cwd=folder, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == EXPECTED


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="there is no sqlite3 program here")
def test_the_program_of_sqlite_reads_it(folder: Path) -> None:
    command = block("sh", "sqlar_uncompress").removeprefix("$ ")
    done = subprocess.run(
        shlex.split(command), cwd=folder, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [line.replace(" ", "|", 1) for line in EXPECTED]


def test_the_columns_are_those_of_the_page(folder: Path) -> None:
    with sqlite3.connect(folder / ".rlmflow" / "journal.sqlite") as journal:
        columns = {row[1] for row in journal.execute("PRAGMA table_info(replies)")} - {"id"}
    rows = [line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| `")]
    assert columns == {name for row in rows for name in re.findall(r"`(\w+)`", row)}
