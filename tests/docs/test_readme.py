"""What the README shows is what happens."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from rlmflow.cli._main import rlmflow as program
from rlmflow.compiler import compile_source
from rlmflow.models.scripted import ScriptedModel
from rlmflow.source import Source
from rlmflow.testing import items_of, run_text

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
STRATEGIES = [text for kind, text in BLOCKS if kind == "rlm"]
MISTAKES = [text for _, text in BLOCKS if re.match(r"\$ rlmflow \w+ examples/mistakes/", text)]


def test_its_strategies_are_sound_and_are_the_examples() -> None:
    assert STRATEGIES
    for text in STRATEGIES:
        assert compile_source(Source("README.rlm", text)).diagnostics == []
    assert (ROOT / "examples" / "reviews.rlm").read_text("utf-8") in STRATEGIES


@pytest.mark.parametrize("shown", MISTAKES, ids=lambda text: text.split("\n")[0])
def test_its_mistakes_are_reported_as_it_shows(shown: str, tmp_path: Path) -> None:
    """`…` stands for what is left out."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    first, _, printed = shown.partition("\n")
    command = [sys.executable, "-m", *shlex.split(first.removeprefix("$ "))]
    ran = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, encoding="utf-8"
    )
    wanted = ".*".join(re.escape(part) for part in printed.split("…"))
    assert re.fullmatch(wanted, ran.stdout + ran.stderr, re.DOTALL), ran.stdout + ran.stderr
    assert ran.returncode in (1, 2)


def test_it_shows_what_each_stage_finds() -> None:
    assert len(MISTAKES) == 3


COMMANDS = sorted(set(re.findall(r"^(?:\$ |\| `)?rlmflow ([a-z]+)", README, re.MULTILINE)))


@pytest.mark.parametrize("name", COMMANDS)
def test_its_commands_exist(name: str) -> None:
    assert CliRunner().invoke(program, [name, "--help"]).exit_code == 0


def test_it_names_the_commands() -> None:
    assert set(COMMANDS) >= {"run", "check", "fmt", "compile"}


def test_the_plan_of_the_demo_counts_exactly_what_was_labelled() -> None:
    """The sum that the README shows, from a reader that labels by the known order of lines."""
    text = (ROOT / "examples" / "data" / "reviews.txt").read_text("utf-8")
    complaints = set(text.splitlines()[1:36:2]) | {text.splitlines()[38]}

    def label(request: object) -> dict[str, str]:
        shown = items_of(request)  # type: ignore[arg-type]  # a request
        return {str(n): "complaint" if t in complaints else "praise" for n, t in shown.items()}

    outcome = run_text(STRATEGIES[0], text, ScriptedModel(label))
    assert outcome.answer is not None
    assert '"praise": 21' in README
    assert outcome.answer.value == {"praise": 21, "complaint": 19}
