"""Runs commands as the program would, in this process."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from rlmflow.cli import main


class Ran(NamedTuple):
    """What a command ended with, and what it said."""

    code: int
    out: str
    err: str


RunCommand = Callable[..., Ran]


@pytest.fixture
def command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> RunCommand:
    """Runs `rlmflow` with some arguments, in an empty folder without keys or models."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RLMFLOW_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("OPENAI_API_KEY", "")
    monkeypatch.setenv("COLUMNS", "80")

    def run(*arguments: object, stdin: str = "") -> Ran:
        monkeypatch.setattr(sys, "argv", ["rlmflow", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Ran(int(ended.value.code or 0), said.out, said.err)

    return run
