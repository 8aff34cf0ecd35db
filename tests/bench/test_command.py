"""`rlmflow bench`: what it prints, word for word, and what it refuses."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rlmflow.bench.tasks import all_tasks
from rlmflow.cli._main import rlmflow as program

GOLDEN = Path(__file__).parent / "golden"
COMPARED = ("needle-keys", "--sub", "simulated:rot=2k", "--sizes", "40,160", "--no-wall")


def bench(*arguments: str) -> Result:
    return CliRunner().invoke(program, ["bench", *arguments])


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("list", ()),
        ("table", COMPARED),
        ("verbose", (*COMPARED, "--alone", "--strategies", "stuff", "--questions", "2", "-v")),
    ],
)
def test_it_prints(name: str, arguments: tuple[str, ...]) -> None:
    """Set RLMFLOW_UPDATE_GOLDEN=1 to write the files anew; then read the difference."""
    ran = bench(*arguments)
    assert ran.exit_code == 0, ran.output
    file = GOLDEN / f"{name}.txt"
    if os.environ.get("RLMFLOW_UPDATE_GOLDEN"):
        file.write_text(ran.output, encoding="utf-8")
    assert ran.output == file.read_text("utf-8")


def test_it_lists_every_task() -> None:
    lines = bench().stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(all_tasks())


def test_a_table_of_a_modelled_reader_says_that_it_is_a_simulation() -> None:
    ran = bench(*COMPARED)
    assert ran.stdout.startswith("Simulation: ")
    assert "Simulation: accuracy" in ran.stdout


def test_what_always_stands_beside() -> None:
    ran = bench("needle", "--sub", "simulated", "--sizes", "40", "--strategies", "stuff", "--json")
    rows = json.loads(ran.stdout)["rows"]
    assert [row["approach"] for row in rows] == ["stuff", "5%-reader", "search-only"]


def test_data_have_every_run() -> None:
    ran = bench(*COMPARED, "--json")
    found = json.loads(ran.stdout)
    assert found["simulation"] is True
    assert len(found["runs"]) == sum(row["trials"] for row in found["rows"]) == 2 * 4 * 5
    for row in found["rows"]:
        own = [r for r in found["runs"]
               if (r["approach"], r["size"]) == (row["approach"], row["size"])]  # fmt: skip
        assert row["accuracy"] == pytest.approx(sum(r["score"] for r in own) / len(own), abs=1e-4)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nedle",), "did you mean `needle`?"),
        (("needle", "--sizes", "ten"), "`--sizes ten` is no list of numbers"),
        (("needle", "--sizes", "0"), "`--sizes 0` is no list of numbers"),
        (("needle", "--lines", "x.tsv"), "`--lines` is for `aggregate`, not for `needle`"),
        (("code", "--package", "nosuch_package"), "no package `nosuch_package` is installed"),
        (("reviews", "--strategies", "free", "--sub", "simulated"), "are the work of a root"),
    ],
)
def test_what_it_refuses(arguments: tuple[str, ...], said: str) -> None:
    ran = bench(*arguments)
    assert ran.exit_code == 2
    assert said in ran.output
