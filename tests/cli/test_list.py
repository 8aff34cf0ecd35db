"""`rlmflow list` and `show`: what there is, without running any of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli.installing import TALLY, install

Command = Callable[..., Any]
ASKING = '''\
"""Which kind is each line?"""

strategy kinds(docs: corpus, labels: list[text], most: int = 3) -> list[text]
  ensures covers(lines, 50%)
{
  lines = records(docs, by: line)
  answer map(lines, choices: labels) -> text """Which kind?"""
}
'''


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    return folder


def test_every_library_is_listed_with_what_its_strategies_say(command: Command, site: Path) -> None:
    assert "acme" not in command("list").out
    files = {
        "tally.rlm": TALLY.format(name="tally"),
        "deep/kinds.rlm": f"# a comment\n{ASKING}",
        "plain.rlm": 'strategy plain() -> text { answer "" }',
        "form.rlm.yaml": "# a comment\ndoc: >\n  Said in\n  YAML.\nstrategies: {}\n",
        "_inner.rlm": TALLY.format(name="inner"),
        "broken.rlm": '"""Broken \\u{e9}.\n\nMore."""\nstrategy {',
    }
    install(site, "acme", files)
    ran = command("list")
    assert (ran.code, ran.err) == (0, "")
    shown = ran.out[ran.out.index("Strategies of acme (acme-strategies 1.2)") :].splitlines()
    assert shown[1:7] == [
        "  acme/broken      Broken é.",
        "  acme/deep/kinds  Which kind is each line?",
        "  acme/form        Said in YAML.",
        "  acme/plain",
        "  acme/tally       How often each line stands there.",
        "",
    ]


def test_a_library_that_can_not_be_used_hides_no_other(command: Command, site: Path) -> None:
    install(site, "acme", {"tally.rlm": TALLY.format(name="tally")})
    install(site, "club", {}, distribution="one", package="one")
    install(site, "club", {}, distribution="two", package="two")
    install(site, "new", {}, requires="rlmflow-lang>=900")
    ran = command("list")
    assert ran.code == 0
    assert "acme/tally" in ran.out
    assert "RF228" in ran.err
    assert "RF231" in ran.err
    as_data = json.loads(command("list", "--json").out)
    assert [each["code"] for each in as_data["problems"]] == ["RF228", "RF231"]
    assert {
        key: value
        for each in as_data["operators"]
        if each["name"] == "chunk"
        for key, value in each.items()
        if key != "summary"
    } == {"name": "chunk", "asks_a_model": False}
    (acme,) = (each for each in as_data["libraries"] if each["name"] == "acme")
    assert (acme["distribution"], acme["version"]) == ("acme-strategies", "1.2")
    assert [each["name"] for each in acme["strategies"]] == ["acme/tally"]


def test_what_is_kept_is_made_again_once_it_has_changed(command: Command, site: Path) -> None:
    folder = install(site, "acme", {"tally.rlm": TALLY.format(name="tally")})
    assert "How often" in command("list").out
    assert "How often" in command("show", "acme/tally").out
    changed = TALLY.format(name="tally").replace("How often", "How many times")
    (folder / "tally.rlm").write_text(changed)
    assert "How many times" in command("list").out
    assert "How many times" in command("show", "acme/tally").out
    (folder / "more.rlm").write_text(changed)
    assert "acme/more" in command("list").out
    (folder / "tally.rlm").unlink()
    assert "acme/tally" not in command("list").out
    assert command("show", "acme/tally").code == 2
    for kept in Path("cache/looks").iterdir():
        kept.write_text("[")
    assert "acme/more" in command("list").out


def test_all_about_a_strategy(command: Command) -> None:
    Path("kinds.rlm").write_text(ASKING)
    shown = command("show", "kinds.rlm").out
    assert "  measured at each run: covers(lines, 50%)\n" in shown
    assert "  models are asked in answer (map)\n" in shown
    assert "  20 kB of plain text, nothing else set:\n  13 calls, " in shown
    assert shown.endswith("""rlmflow run kinds.rlm INPUT --set labels='["…", "…"]'\n""")


def test_a_library_s_name_alone_shows_its_strategies(command: Command, site: Path) -> None:
    install(site, "acme", {"tally.rlm": TALLY.format(name="tally")})
    install(site, "new", {}, requires="rlmflow-lang>=900")
    assert command("show", "acme").out == (
        "Strategies of acme (acme-strategies 1.2)\n"
        "  acme/tally  How often each line stands there.\n"
        "\nrlmflow show acme/NAME says more of each.\n"
    )
    assert "RF231" in command("show", "new").err
    assert "did you mean `acme`?" in command("show", "acmee").err


def test_where_replies_could_lead_beyond_it_within_is_what_bounds(command: Command) -> None:
    shown = command("show", "std/math").out
    assert "within 200 calls, 5 USD, 30 minutes\n" in shown
    assert "  at most what `within` allows: 200 calls, 5 USD, 30 minutes\n" in shown
    assert "at most 388 calls, 5,013,062 tokens in\n" in command("show", "std/needle").out


MODULES = """
import sys
from rlmflow.cli import main
sys.argv = ["rlmflow", *sys.argv[1:]]
try:
    main()
except SystemExit:
    pass
print(*sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""


@pytest.mark.parametrize("looked", [("list",), ("show", "std/needle"), ("show", "chunk")])
def test_looking_again_imports_next_to_nothing(looked: tuple[str, ...], tmp_path: Path) -> None:
    said = []
    for _ in range(2):
        ran = subprocess.run(
            [sys.executable, "-c", MODULES, *looked],
            env={**os.environ, "RLMFLOW_CACHE": str(tmp_path)},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        said.append(ran.stdout)
    assert said[0] == said[1] != ""
    heavy = {"lark", "networkx", "pydantic", "jinja2", "rich", "aiohttp", "yaml", "numpy"}
    assert not heavy & set(ran.stderr.split())
