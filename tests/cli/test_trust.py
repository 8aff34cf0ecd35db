"""`--trust`: Python of one's own, and of a library by its name."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli.installing import install

from rlmflow.cli._screen import BadInput
from rlmflow.cli._trust import named_trust

Command = Callable[..., Any]

CUT = '''\
open("ran", "a").write("{who} ")


def cut(docs: list[str]) -> list[str]:
    """Each document, cut at bars."""
    return [part for doc in docs for part in doc.split("|")]
'''
BARS = """\
use python "./tools.py" (cut)

strategy {name}(parts: list[text]) -> list[text] {{ answer cut(parts) }}
"""


@pytest.fixture
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    files = {"bars.rlm": BARS.format(name="bars"), "tools.py": CUT.format(who="acme")}
    folder = install(tmp_path / "site", "acme", files)
    monkeypatch.syspath_prepend(tmp_path / "site")
    return folder


def run(command: Command, *arguments: str) -> Any:
    return command("run", *arguments, "--set", 'parts=["a|b"]', "-q")


@pytest.mark.usefixtures("acme")
def test_a_library_s_python_runs_once_the_library_is_named(command: Command) -> None:
    for arguments in (("acme/bars",), ("acme/bars", "--trust"), ("--trust", "acme/bars")):
        ran = run(command, *arguments)
        assert ran.code == 2
        assert "error RF540 [untrusted-python]: `cut` would run with all your rights" in ran.err
        assert 'then say `--trust acme`, or `trust="acme"` in Python' in ran.err
    for looked in (("show",), ("check",), ("test",), ("compile",)):
        assert command(*looked, "acme/bars").code == 0
    assert "not hunted" in command("check", "acme/bars").err
    assert "`--trust acme` runs it" in command("check", "acme/bars").err
    shown = command("show", "acme/bars").out
    assert "Python that it runs, once it is trusted: cut (" in shown
    assert "rlmflow plan acme/bars INPUT --trust acme says it" in shown
    assert command("plan", "acme/bars", "--set", 'parts=["a|b"]').code == 2
    assert not Path("ran").exists()
    for arguments in (("acme/bars", "--trust", "acme"), ("--trust=acme", "acme/bars")):
        assert json.loads(run(command, *arguments).out) == ["a", "b"]
    assert Path("ran").read_text() == "acme "


@pytest.mark.usefixtures("acme")
def test_one_s_own_and_a_library_s_are_two_things(command: Command) -> None:
    Path("tools.py").write_text(CUT.format(who="own"))
    Path("mine.rlm").write_text(
        "use acme/bars (bars)\n"
        + BARS.format(name="mine").replace("cut(parts)", "cut(bars(parts))")
    )
    both = run(command, "mine.rlm")
    assert both.err.count("error RF540") == 2
    assert "then say `--trust`, or `trust=True` in Python" in both.err
    assert "then say `--trust acme`" in run(command, "mine.rlm", "--trust").err
    assert "then say `--trust`, or" in run(command, "mine.rlm", "--trust", "acme").err
    assert not Path("ran").exists()
    trusted = run(command, "--trust", "mine.rlm", "--trust", "acme")
    assert json.loads(trusted.out) == ["a", "b"]


@pytest.mark.usefixtures("acme")
def test_a_library_reaches_no_python_outside_it(command: Command, acme: Path) -> None:
    (acme.parent / "evil.py").write_text(CUT.format(who="evil"))
    bars = acme / "bars.rlm"
    bars.write_text(bars.read_text().replace("./tools.py", "../evil.py"))
    ran = run(command, "acme/bars", "--trust", "acme")
    assert "error RF220 [import-not-found]: `../evil.py` is outside the library `acme`" in ran.err


def test_a_library_that_is_not_there_is_not_trusted(command: Command) -> None:
    ran = run(command, "x.rlm", "--trust", "acne")
    assert ran.code == 2
    assert "error RF227 [library-missing]: there is no library `acne`" in ran.err


@pytest.mark.usefixtures("acme", "command")
@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("--trust s.rlm in/", "--trust=. s.rlm in/"),
        ("s.rlm --trust in.txt", "s.rlm --trust=. in.txt"),
        ("s.rlm --trust", "s.rlm --trust=."),
        ("s.rlm --trust --quiet", "s.rlm --trust=. --quiet"),
        ("--trust acme s.rlm", "--trust=acme s.rlm"),
        ("--trust=acme s.rlm", "--trust=acme s.rlm"),
        ("--trust folder", "--trust=. folder"),
        ("s.rlm -- --trust", "s.rlm -- --trust"),
        ("--trust -", "--trust=. -"),
    ],
)
def test_which_word_belongs_to_the_flag(given: str, meant: str) -> None:
    Path("folder").mkdir()
    assert named_trust(given.split()) == meant.split()


@pytest.mark.usefixtures("acme", "command")
def test_a_word_that_may_be_both_is_asked_about() -> None:
    Path("acme").mkdir()
    with pytest.raises(BadInput, match="may mean the library, or what is here"):
        named_trust(["--trust", "acme", "s.rlm"])
