"""`rlmflow convert`, and strategies in YAML wherever a strategy is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli.installing import TALLY, install

Command = Callable[..., Any]
RLM = TALLY.format(name="tally")


def test_there_and_back(command: Command) -> None:
    Path("tally.rlm").write_text(RLM)
    assert command("convert", "tally.rlm", "tally.rlm.yaml") == (0, "tally.rlm.yaml\n", "")
    assert command("convert", "tally.rlm.yaml") == (0, RLM, "")
    printed = command("convert", "tally.rlm")
    assert printed.out == Path("tally.rlm.yaml").read_text()
    assert command("convert", "-", stdin=printed.out).out == RLM


def test_nothing_is_overwritten_unasked(command: Command) -> None:
    Path("tally.rlm").write_text(f"# mine\n{RLM}")
    Path("tally.rlm.yaml").write_text("mine")
    ran = command("convert", "tally.rlm", "tally.rlm.yaml")
    assert (ran.code, ran.out) == (2, "")
    assert Path("tally.rlm.yaml").read_text() == "mine"
    assert command("convert", "--force", "tally.rlm", "tally.rlm.yaml").code == 0
    assert Path("tally.rlm.yaml").read_text().startswith("doc:")
    assert "has that form already" in command("convert", "--force", "tally.rlm", "tally.rlm").err
    assert Path("tally.rlm").read_text().startswith("# mine")


@pytest.mark.parametrize(
    ("text", "output", "said"),
    [
        (RLM, "tally.yaml", "name it `tally.rlm.yaml` for YAML"),
        (RLM.replace("records(", "records(("), "tally.rlm.yaml", "error RF10"),
    ],
)
def test_what_can_not_be_converted(command: Command, text: str, output: str, said: str) -> None:
    Path("tally.rlm").write_text(text)
    ran = command("convert", "tally.rlm", output)
    assert ran.code == 2
    assert said in ran.err
    assert not Path(output).exists()


def test_every_command_takes_yaml(command: Command, tmp_path: Path) -> None:
    Path("tally.rlm").write_text(RLM)
    command("convert", "tally.rlm", "tally.rlm.yaml")
    Path("tally.rlm").unlink()
    Path("in.txt").write_text("a\nb\na\n")
    assert json.loads(command("run", "tally.rlm.yaml", "in.txt").out) == {"a": 2, "b": 1}
    assert command("check", "--static", ".").out == "1 file · 0 errors\n"
    assert "strategy tally" in command("show", "tally.rlm.yaml").out
    assert command("test", "tally.rlm.yaml").out == "0 tests · none failed\n"
    assert json.loads(command("compile", "tally.rlm.yaml").out)
    assert command("fmt", "--check", ".") == (0, "", "")
    Path("main.rlm").write_text(
        "use ./tally\nstrategy main(docs: corpus) -> dict[text, int] { answer tally(docs) }\n"
    )
    assert command("check", "--static", "main.rlm").code == 0
    assert "did you mean `tally.rlm.yaml`?" in command("run", "taly.rlm.yaml").err


def test_a_library_may_be_in_yaml(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("tally.rlm").write_text(RLM)
    install(tmp_path / "site", "acme", {"tally.rlm.yaml": command("convert", "tally.rlm").out})
    monkeypatch.syspath_prepend(tmp_path / "site")
    assert "strategy tally" in command("show", "acme/tally").out


def test_the_schema_is_printed(command: Command) -> None:
    assert json.loads(command("show", "--schema").out)["title"].startswith("rlmflow strategies")
    assert command("show").code == 2
