"""A strategy of a library is named wherever a file is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli.installing import TALLY, install

Command = Callable[..., Any]


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("site")
    monkeypatch.syspath_prepend(folder)
    return folder


@pytest.fixture
def tally(site: Path) -> Path:
    return install(site, "acme", {"tally.rlm": TALLY.format(name="tally")})


@pytest.mark.usefixtures("tally")
def test_every_command_takes_the_name_of_a_library_s_strategy(command: Command) -> None:
    Path("in.txt").write_text("a\nb\na\n")
    assert json.loads(command("run", "acme/tally", "in.txt").out) == {"a": 2, "b": 1}
    assert command("check", "--static", "acme/tally").code == 0
    assert command("check", "--static", "acme").out == "1 file · 0 errors\n"
    assert "count(x: lines" in command("compile", "acme/tally", "--target", "graph").out
    assert command("test", "acme/tally").out == "0 tests · none failed\n"
    assert command("show", "acme/tally").out.startswith("strategy tally(docs: corpus)")


@pytest.mark.usefixtures("tally")
def test_what_stands_at_the_path_goes_before(command: Command) -> None:
    Path("acme").mkdir()
    Path("acme/tally").write_text(TALLY.format(name="other"))
    assert "strategy other" in command("show", "acme/tally").out


def test_a_library_that_pip_left_where_it_is_developed(
    command: Command, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"tally.rlm": TALLY.format(name="tally")}
    install(site, "acme", files, package="acme_strategies/inner", lies_in=tmp_path / "src")
    assert "error RF229 [library-broken]" in command("show", "acme/tally").err
    monkeypatch.syspath_prepend(tmp_path / "src")
    assert command("show", "acme/tally").code == 0


def test_files_of_a_library_use_one_another(command: Command, site: Path) -> None:
    main = "strategy main(docs: corpus) -> dict[text, int] { answer tally(docs) }"
    files = {
        "tally.rlm": TALLY.format(name="tally"),
        "main.rlm": f"use ./tally\n{main}",
        "deep/main.rlm": f"use ../tally\n{main}",
        "lost.rlm": f"use ./taly\n{main}",
    }
    install(site, "acme", files)
    mine = main.replace("main", "mine").replace("tally", "theirs")
    Path("mine.rlm").write_text(f"use acme/deep/main (main) as theirs\n{mine}")
    assert command("check", "--static", "acme/main", "acme/deep/main", "mine.rlm").code == 0
    assert "did you mean `./tally`?" in command("check", "--static", "acme/lost").err


def test_a_circle_through_a_library_is_drawn_once(command: Command, site: Path) -> None:
    own = "strategy a(docs: corpus) -> int { answer len(docs) }"
    install(site, "acme", {"a.rlm": f"use ./b\n{own}", "b.rlm": "use acme/a\n"})
    ran = command("check", "--static", "acme/a")
    assert ran.err.count("error RF221 [import-circle]: a uses b, which uses a") == 1


@pytest.mark.usefixtures("tally")
@pytest.mark.parametrize(
    ("named", "code", "hint"),
    [
        ("acme/taly", "RF601", "did you mean `acme/tally`?"),
        ("acne/tally", "RF227", "did you mean `acme`?"),
        ("nobody/tally", "RF227", "by the name that its author gives"),
    ],
)
def test_what_is_not_there_is_said_with_what_is(
    command: Command, named: str, code: str, hint: str
) -> None:
    ran = command("run", named, "in.txt")
    assert ran.code == 2
    assert f"error {code}" in ran.err
    assert hint in ran.err
    Path("mine.rlm").write_text(f"use {named}\nstrategy x(d: corpus) -> int {{ answer len(d) }}")
    used = command("check", "--static", "mine.rlm")
    assert used.err.startswith(f"error {code.replace('RF601', 'RF220')}")
    assert "mine.rlm:1:5" in used.err


def test_two_distributions_with_one_name(command: Command, site: Path) -> None:
    install(site, "acme", {}, distribution="acme-one", package="one")
    install(site, "acme", {}, distribution="acme-two", package="two")
    ran = command("show", "acme/tally")
    assert ran.code == 2
    assert "error RF228 [library-clash]" in ran.err
    assert "`acme-one`" in ran.err
    assert "`acme-two`" in ran.err


@pytest.mark.parametrize(
    ("requires", "code"),
    [
        ("rlmflow-lang>=900", 2),
        ("RLMFlow_Lang (>=900)", 2),
        ("rlmflow-lang>=900; python_version < '3'", 0),
        ("rlmflow-lang>=0.1", 0),
        ("rlmflow-language>=900", 0),
    ],
)
def test_a_library_for_another_version(
    command: Command, site: Path, requires: str, code: int
) -> None:
    install(site, "acme", {"tally.rlm": TALLY.format(name="tally")}, requires=requires)
    ran = command("show", "acme/tally")
    assert ran.code == code
    assert ("error RF231 [library-needs-other]: the library `acme` needs" in ran.err) is (code == 2)
