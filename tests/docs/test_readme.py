"""What the README shows is what happens."""

from __future__ import annotations

import re
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
KINDS = """type Line { text: text }

strategy kinds(docs: corpus, labels: list[text]) -> dict[text, int]
{
  lines = records(docs, by: line) -> Line
  kinds = map(lines, as: kind, choises: labels) -> text
    \"\"\"Which kind is {{ lines }}?\"\"\"
  answer count(kinds, by: item.kind)
}
"""


def test_its_strategies_are_sound_and_are_the_examples() -> None:
    assert STRATEGIES
    for text in STRATEGIES:
        assert compile_source(Source("README.rlm", text)).diagnostics == []
    assert (ROOT / "examples" / "reviews.rlm").read_text("utf-8") in STRATEGIES


def test_its_mistakes_are_reported_as_it_shows(tmp_path: Path) -> None:
    (tmp_path / "kinds.rlm").write_text(KINDS)
    command = [sys.executable, "-m", "rlmflow", "check", "kinds.rlm"]
    ran = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, encoding="utf-8"
    )
    shown = next(text for _, text in BLOCKS if text.startswith("$ rlmflow check kinds.rlm"))
    assert shown == "$ rlmflow check kinds.rlm\n" + ran.stdout + ran.stderr
    assert ran.returncode == 2


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
