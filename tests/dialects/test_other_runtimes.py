"""A strategy under roots that rlms and dspy run, each in an environment of its own with us."""

from __future__ import annotations

import json
import os
import subprocess
import venv
from pathlib import Path

import pytest
from server.model_server import ModelServer

from rlmflow.operators._frame import Question, read_items
from rlmflow.targets.dialects import DIALECTS
from rlmflow.targets.program import program_blocks
from rlmflow.testing import compiled

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
TEXT = """
"The animals in some lines."
type Seen { animal: text  quote: quote }
strategy animals(docs: corpus) -> list[Seen]
  ensures covers(docs), grounded(docs)
{
  parts = chunk(docs, size: 60 chars, at: line)
  answer extract(parts) -> Seen "Which animals are there?"
}
"""
REPLIES = {
    "rlms": "The next step.\n```repl\n{code}\n```",
    "dspy": "[[ ## reasoning ## ]]\nThe next step.\n\n[[ ## code ## ]]\n"
    "```python\n{code}\n```\n\n[[ ## completed ## ]]",
}


@pytest.mark.parametrize("runtime", ["rlms", "dspy"])
def test_the_page_shows_what_is_run(runtime: str) -> None:
    page = (ROOT / "docs" / "other_runtimes.md").read_text("utf-8")
    driver = (HERE / f"run_{runtime}.py").read_text("utf-8")
    used = driver[driver.index("with rlmflow.") : driver.index("outcome = ")]
    assert f"```python\n{used}```" in page


@pytest.mark.long
@pytest.mark.parametrize("runtime", ["rlms", "dspy"])
def test_its_program_plays_there(
    runtime: str, python: Path, tmp_path: Path, model_server: ModelServer
) -> None:
    strategy = tmp_path / "animals.rlm"
    strategy.write_text(TEXT, "utf-8")
    lines = [f"{n}: the {animal} sleeps" for n, animal in enumerate(["cat", "ox", "eel", "dog"])]
    (tmp_path / "a.txt").write_text("\n".join(lines), "utf-8")
    blocks = list(program_blocks(compiled(TEXT), DIALECTS[runtime]))
    prompts: list[str] = []

    def answer(body: dict[str, object]) -> object:
        messages = body["messages"]
        assert isinstance(messages, list)
        if body["model"] == f"root-{runtime}":
            prompts.append(messages[0]["content"])
            return REPLIES[runtime].format(code=blocks[len(prompts) - 1])
        shown = read_items(Question(messages[0]["content"], messages[1]["content"])).values()
        seen = [line for text in shown for line in text.splitlines() if "sleeps" in line]
        return {"items": [{"animal": line.split()[2], "quote": line} for line in seen]}

    model_server.answer = answer
    command = [python, HERE / f"run_{runtime}.py", model_server.url, strategy, tmp_path / "a.txt"]
    done = subprocess.run(
        list(map(str, command)), cwd=tmp_path, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["status"] == "complete"
    assert [one["animal"] for one in found["answer"]] == ["cat", "ox", "eel", "dog"]
    assert json.loads(found["said"]) == found["answer"]
    assert [place.rpartition("/")[2] for place in found["places"]] == [
        f"a.txt:{n}" for n in (1, 2, 3, 4)
    ]
    assert found["calls"] == model_server.count - len(prompts)
    assert len(prompts) == len(blocks)
    assert "Which animals are there?" in prompts[0]
    assert DIALECTS[runtime].step("parts") in prompts[0]


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with this project and both runtimes."""
    folder = tmp_path_factory.mktemp("dialects") / "venv"
    venv.create(folder, with_pip=True)
    made = folder / "bin" / "python"
    install = [str(made), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [*install, str(ROOT), "rlms", "dspy"]
    done = subprocess.run(command, env=clean, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"they can't be installed: {done.stderr.strip().splitlines()[-1]}")
    return made
