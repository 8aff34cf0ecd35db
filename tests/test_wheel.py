"""The wheel, installed where no checkout is near."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

pytestmark = pytest.mark.long


def run(*command: object, cwd: Path) -> str:
    """What a process prints that must end well."""
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, env=clean, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "--no-deps", "-w", folder, ROOT, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the programs of an environment that has the wheel.

    What rlmflow depends on is taken from the environment that runs the tests.
    """
    folder = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", folder, cwd=folder)
    programs = folder / "bin"
    run(programs / "python", "-m", "pip", "install", "--no-deps", wheel, cwd=folder)
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return programs


def test_the_wheel_carries_what_stands_beside_the_code(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    beside = {
        "grammar": ROOT / "grammar",
        "stdlib": ROOT / "stdlib",
        "errors": ROOT / "docs" / "errors",
    }
    for name, folder in beside.items():
        for file in folder.glob("[!.]*"):
            assert f"rlmflow/_share/{name}/{file.name}" in held
    templates = list((ROOT / "rlmflow" / "targets" / "prompt" / "templates").iterdir())
    assert templates
    assert all(f"rlmflow/targets/prompt/templates/{file.name}" in held for file in templates)
    written = list((ROOT / "rlmflow" / "cli" / "templates").iterdir())
    assert written
    assert all(f"rlmflow/cli/templates/{file.name}" in held for file in written)
    assert "rlmflow/py.typed" in held
    assert any(name.endswith("LICENSE") for name in held)
    assert not any(name.startswith(("tests", "benchmarks", "examples")) for name in held)


def test_the_installed_program_is_whole(installed: Path, tmp_path: Path) -> None:
    where = "import rlmflow; print(rlmflow.__file__)"
    assert str(installed.parent) in run(installed / "python", "-c", where, cwd=tmp_path)
    program = installed / "rlmflow"
    assert "chunk" in run(program, "list", cwd=tmp_path)
    assert run(program, "explain", "RF310", cwd=tmp_path).startswith("# RF310 ")
    for example in (ROOT / "examples").glob("*.rlm"):
        (tmp_path / example.name).write_text(example.read_text())
        run(program, "check", example.name, cwd=tmp_path)
        assert json.loads(run(program, "compile", example.name, cwd=tmp_path))
        told = run(program, "compile", example.name, "--target", "prompt", cwd=tmp_path)
        assert told.startswith("# Role")


def test_the_installed_program_runs_a_strategy(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "tally.rlm").write_text(
        "strategy tally(docs: corpus) -> dict[text, int] {\n"
        "  lines = records(docs, by: line)\n"
        "  answer count(lines, by: item.text)\n"
        "}\n"
    )
    (tmp_path / "in.txt").write_text("a\nb\na\n")
    said = run(installed / "rlmflow", "run", "tally.rlm", "in.txt", cwd=tmp_path)
    assert json.loads(said) == {"a": 2, "b": 1}
