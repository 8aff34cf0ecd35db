"""`rlmflow plan`: its table word for word, its JSON, and what it needs not."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden_plans"
Command = Callable[..., Any]

CASES = {
    "a full scan": ("examples/reviews.rlm", "examples/data/reviews.txt"),
    "where replies decide": ("examples/conflicts.rlm", "examples/data/rules"),
    "tools": ("examples/references.rlm", "examples/data/rules"),
}


@pytest.mark.parametrize("case", CASES)
def test_the_table_reads_so(case: str, command: Command) -> None:
    """Set RLMFLOW_UPDATE_GOLDEN=1 to write the files anew; then read the difference."""
    strategy, given = CASES[case]
    # Names of files are a part of what is asked: those of a checkout differ from place to place.
    Path("examples").symlink_to(ROOT / "examples")
    ran = command("plan", strategy, given, "--sub", "openai/gpt-5-mini")
    assert (ran.code, ran.err) == (0, "")
    said = re.sub(r"litellm \S+, installed \S+", "litellm …, installed …", ran.out)
    # What a model costs and takes is the table's to say.
    said = re.sub(r"\d+\.\d\d+|\d+(\.\d+)?e-\d+", "$", said)
    file = GOLDEN / f"{case.replace(' ', '_')}.txt"
    if os.environ.get("RLMFLOW_UPDATE_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(said, encoding="utf-8")
    assert said == file.read_text("utf-8")


def total(ran: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ran.out)["total"]
    return found


def test_no_model_need_be_bound(command: Command) -> None:
    ran = command("plan", ROOT / "examples/reviews.rlm", ROOT / "examples/data/reviews.txt")
    assert ran.code == 0
    assert "no model is bound" in ran.out
    ran = command(
        "plan", ROOT / "examples/reviews.rlm", ROOT / "examples/data/reviews.txt", "--json"
    )
    assert total(ran)["calls"] == {"clean": 2, "ceiling": 7}
    assert total(ran)["usd"] == {"clean": None, "ceiling": None}


def test_limits_are_in_the_ceiling_and_named(command: Command) -> None:
    given = ("plan", ROOT / "examples/reviews.rlm", ROOT / "examples/data/reviews.txt")
    ran = command(*given, "--max-calls", 3, "--max-tokens", "2k", "--json")
    assert total(ran)["calls"]["ceiling"] == 3
    assert total(ran)["tokens_in"]["ceiling"] == 2000
    assert "within 3 calls" in command(*given, "--max-calls", 3).out


def test_what_nothing_bounds_is_said_to_be_unbounded(command: Command) -> None:
    Path("f.py").write_text("def f(x: str) -> str:\n    return x\n")
    Path("s.rlm").write_text(
        'use python "f.py" (f)\n'
        "strategy s(docs: corpus) -> text {\n"
        '  said = ask(docs) -> text "Sum up."\n'
        '  answer ask(f(said)) -> text "Again."\n'
        "}\n"
    )
    Path("in.txt").write_text("x\n")
    ran = command("plan", "s.rlm", "in.txt", "--trust")
    assert ran.code == 0, ran.err
    assert "the ceiling is unbounded: set --max-tokens, or tokens in `within`" in ran.out
    assert total(command("plan", "s.rlm", "in.txt", "--trust", "--json"))["tokens_in"] == {
        "clean": total(command("plan", "s.rlm", "in.txt", "--trust", "--json"))["tokens_in"][
            "clean"
        ],
        "ceiling": None,
    }


def test_bad_input_is_refused_as_run_refuses_it(command: Command) -> None:
    assert command("plan", ROOT / "examples/reviews.rlm").code == 2
    assert command("plan", ROOT / "examples/reviews.rlm", "nowhere").code == 2
    assert command("plan", "nowhere.rlm").code == 2
