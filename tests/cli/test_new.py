"""`rlmflow new`: what it writes is sound at once, and nothing is overwritten."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["triage", "triage.rlm", "inner/triage", "triage.rlm.yaml"])
def test_a_new_strategy_is_sound(command: Command, name: str) -> None:
    made = command("new", "strategy", name)
    path = name if name.endswith((".rlm", ".yaml")) else f"{name}.rlm"
    assert (made.code, made.out) == (0, f"{path}\n")
    hunt = ("--budget", "1s") if name == "triage" else ("--static",)
    checked = command("check", *hunt, path)
    assert (checked.code, checked.err) == (0, "")
    tested = command("test", path)
    assert (tested.code, tested.out.endswith("1 test · none failed\n")) == (0, True)
    assert command("fmt", "--check", path).code == 0


def test_nothing_is_overwritten(command: Command) -> None:
    Path("triage.rlm").write_text("mine")
    Path("acme-contracts").mkdir()
    Path("dangling.rlm").symlink_to("nowhere")
    for words in (("strategy", "triage"), ("library", "acme-contracts"), ("strategy", "dangling")):
        ran = command("new", *words)
        assert (ran.code, ran.out) == (2, "")
        assert "is there already" in ran.err
    assert Path("triage.rlm").read_text() == "mine"
    assert not list(Path("acme-contracts").iterdir())
    assert not Path("nowhere").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("strategy map", "`map` is an operator"),
        ("strategy hint", "`hint` is a word of the language"),
        ("strategy by-user", "write it like `by_user`"),
        ("library std-things", "`std` can't be the name of a library"),
        ("library ../acme", "can't be the name of a distribution"),
        ("library acme --strategy len", "`len` is a function"),
        ("library acme --library a/b", "`a/b` can't be the name of a library"),
    ],
)
def test_a_name_that_nothing_can_have(command: Command, words: str, said: str) -> None:
    ran = command("new", *words.split())
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert not [path for path in Path().iterdir() if path.name != "cache"]


def test_a_new_library_passes_its_own_tests(command: Command) -> None:
    assert command("new", "library", "acme-contracts").code == 0
    assert command("fmt", "--check", "acme-contracts").code == 0
    assert command("check", "-q", "--budget", "1s", "acme-contracts/src") == (0, "", "")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd="acme-contracts",
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    assert "3 passed" in ran.stdout


def run(*words: object, cwd: Path) -> str:
    """What a process prints that must end well."""
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [str(word) for word in words], cwd=cwd, env=clean, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.long
def test_a_new_library_is_installed_and_run(tmp_path: Path) -> None:
    """Into a fresh environment, whose other packages are those that run the tests."""
    environment = tmp_path / "environment"
    run(sys.executable, "-m", "venv", environment, cwd=tmp_path)
    programs = environment / "bin"
    pip = (programs / "python", "-m", "pip", "install", "--disable-pip-version-check")
    run(*pip, "--no-deps", ROOT, cwd=tmp_path)
    (packages,) = environment.glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    rlmflow = programs / "rlmflow"
    work = tmp_path / "work"
    (work / "contracts").mkdir(parents=True)
    (work / "contracts" / "boats.md").write_text("Oars are red.\n\nThe club pays for paint.\n")
    (work / "said.toml").write_text(
        """[[rule]]
contains = "paint"
reply = '''{"items": [{"who": "the club", "what": "pay for paint",
  "quote": "The club pays for paint."}]}'''
"""
    )
    run(rlmflow, "new", "library", "acme-contracts", cwd=work)
    run(*pip, "./acme-contracts", cwd=work)
    assert "acme/obligations  Find every obligation" in run(rlmflow, "list", cwd=work)
    assert "covers(docs)" in run(rlmflow, "show", "acme/obligations", cwd=work)
    said = run(
        rlmflow, "run", "acme/obligations", "contracts/", "--sub", "scripted:said.toml", cwd=work
    )
    assert "site-packages" in run(rlmflow, "list", "--json", cwd=work)
    (found,) = json.loads(said)
    assert found["who"] == "the club"
    assert found["source"] == "contracts/boats.md:3"
    (work / "mine.rlm").write_text(
        "use acme/obligations (obligations)\n"
        "strategy mine(docs: corpus) -> int { answer len(obligations(docs)) }\n"
    )
    run(*pip, "-e", "./acme-contracts", cwd=work)
    assert "acme-contracts/src/acme_contracts/obl" in run(rlmflow, "list", "--json", cwd=work)
    ours = run(rlmflow, "run", "mine.rlm", "contracts/", "--sub", "scripted:said.toml", cwd=work)
    assert ours.strip() == "1"
    run(programs / "python", "-m", "pytest", "-q", cwd=work / "acme-contracts")
