"""`rlmflow run --root`, as it is typed: what is printed, and what is left in the run folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]

LABEL = """
strategy label(docs: corpus) -> list[text]
{
  lines = records(docs, by: line)
  answer map(lines, pack: 1) -> text "Say it."
}
"""
SCOUT = """
strategy scout(docs: corpus) -> text
  within 40 calls
{
  answer explore(docs, rounds: 4) -> text "What is in there?"
}
"""
SUB = """
[[rule]]
reply = "said"
"""
ROOT = '''
[[rule]]
contains = "Begin with a look"
reply = """
```repl
answer["content"] = ANSWER
print(answer["content"])
```
"""
[[rule]]
reply = """
```repl
answer["ready"] = True
```
"""
'''


@pytest.fixture(autouse=True)
def files(command: Command) -> None:
    """Strategies, input and models in the folder that `command` runs in."""
    Path("label.rlm").write_text(LABEL)
    Path("scout.rlm").write_text(SCOUT)
    Path("in.txt").write_text("one\ntwo\n")
    Path("sub.toml").write_text(SUB)
    Path("guided.toml").write_text(ROOT.replace("ANSWER", "steps.answer()"))
    Path("free.toml").write_text(ROOT.replace("ANSWER", 'llm_batch(["?", "!"])'))
    Path("inside.toml").write_text(ROOT.replace("ANSWER", 'llm_query("What?", items=items)'))


def run_folder() -> Path:
    (folder,) = Path(".rlmflow/runs").iterdir()
    return folder


def record() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((run_folder() / "run.json").read_text())["root"]
    return found


SUBS = ("--sub", "scripted:sub.toml")


def test_a_root_works_under_the_strategy(command: Command) -> None:
    ran = command("run", "label.rlm", "in.txt", *SUBS, "--root", "scripted:guided.toml")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out) == ["said", "said"]
    assert "about 6 calls" in ran.err, "two of the plan, and a few turns"
    assert "root 2 turns, " in ran.err
    assert " · sub 2 calls, " in ran.err
    assert "one plain call of the root takes" in ran.err
    assert record()["mode"] == "guided"
    assert record()["isolation"]
    assert record()["metrics"]["main_rlm_turns"] == 2
    assert record()["metrics"]["sub_llm_call_count"] == 2


def test_the_turns_are_in_the_run_folder(command: Command) -> None:
    command("run", "label.rlm", "in.txt", *SUBS, "--root", "scripted:guided.toml")
    lines = (run_folder() / "turns.jsonl").read_text().splitlines()
    first, second = map(json.loads, lines)
    assert (first["turn"], second["turn"]) == (1, 2)
    assert first["reply"].startswith("```repl")
    assert first["blocks"][0]["status"] == "ok"
    assert first["blocks"][0]["output"] == "['said', 'said']\n"
    assert "Left: 29 turns" in first["told"]
    assert "TurnDone" not in (run_folder() / "events.jsonl").read_text()


def test_the_program_is_played_without_a_root_model(command: Command) -> None:
    ran = command("run", "label.rlm", "in.txt", *SUBS, "--root", "scripted", "--json")
    assert ran.code == 0, ran.err
    data = json.loads(ran.out)
    assert data["answer"] == ["said", "said"]
    assert data["root"]["mode"] == "scripted"
    assert data["usage"]["calls"] == 2


def test_a_trial_of_a_few_items_is_not_held_to_the_contract(command: Command) -> None:
    Path("covered.rlm").write_text(LABEL.replace("\n{", "\n  ensures covers(docs)\n{", 1))
    ran = command("run", "covered.rlm", "in.txt", *SUBS, "--root", "scripted", "--limit", "1")
    assert ran.code == 1
    assert json.loads(ran.out) == ["said"]
    assert "ended without" not in ran.err


def test_a_free_root_has_no_steps(command: Command) -> None:
    ran = command("run", "label.rlm", "in.txt", *SUBS, "--root", "scripted:free.toml", "--free")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out) == ["said", "said"]
    assert record()["mode"] == "free"
    assert record()["metrics"]["sub_llm_max_batch_size"] == 2


@pytest.mark.parametrize("root", ["scripted:inside.toml", "scripted"])
def test_a_strategy_that_asks_for_a_root_runs_as_its_plan(command: Command, root: str) -> None:
    ran = command("run", "scout.rlm", "in.txt", *SUBS, "--root", root)
    assert (ran.code, ran.out) == (0, "said\n"), ran.err
    assert record()["mode"] == "plan"
    assert "read 100.0% of 8 bytes" in ran.err


def test_out_of_turns_is_incomplete(command: Command) -> None:
    given = ("--root", "scripted:guided.toml", "--turns", 1)
    ran = command("run", "label.rlm", "in.txt", *SUBS, *given)
    assert (ran.code, ran.out) == (1, "")
    assert "root: the root is out of turns (1)" in ran.err
    assert json.loads(command("run", "label.rlm", "in.txt", *SUBS, *given, "--partial").out)


@pytest.mark.parametrize("root", [(), ("--root", "scripted")])
def test_free_without_a_root_is_refused(command: Command, root: tuple[str, ...]) -> None:
    ran = command("run", "label.rlm", "in.txt", *SUBS, *root, "--free")
    assert ran.code == 2
    assert "a free run is the work of a root model, and none is given" in ran.err


def test_a_root_needs_a_sub_model_to_ask(command: Command) -> None:
    ran = command("run", "label.rlm", "in.txt", "--root", "scripted:free.toml", "--free")
    assert ran.code == 2
    assert "no model is bound to the role `sub`" in ran.err


def test_where_nothing_shuts_code_in_no_root_works_unless_asked(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rlmflow.runtime.root_options.strongest", lambda: None)
    given = ("run", "label.rlm", "in.txt", *SUBS, "--root", "scripted")
    refused = command(*given)
    assert (refused.code, refused.out) == (2, "")
    assert "RF530" in refused.err
    assert command("run", "label.rlm", "in.txt", *SUBS).code == 0, "a plan needs no REPL"
    assert command(*given, "--unsafe-repl").code == 0


def test_each_turn_is_told_if_one_asks_for_it(command: Command) -> None:
    given = ("run", "label.rlm", "in.txt", *SUBS, "--root", "scripted:guided.toml")
    assert "root: turn" not in command(*given).err
    said = command(*given, "-v").err
    assert 'root: turn 1: ok; answer["content"] is set, and it fits list[text]' in said
    assert "root: turn 2: ok; Left: 28 turns" in said


def test_hints_can_be_left_out(command: Command) -> None:
    given = ("run", "label.rlm", "in.txt", *SUBS, "--root", "scripted:guided.toml")
    tokens = []
    for flags in ((), ("--no-hints",)):
        data = json.loads(command(*given, *flags, "--json").out)
        tokens.append(data["root"]["metrics"]["main_rlm_prompt_tokens"])
    assert tokens[1] < tokens[0]
