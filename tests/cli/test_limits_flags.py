"""What a run may use at most: flags, `rlmflow.toml` and `within`, the least of each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from server.model_server import ModelServer

Command = Callable[..., Any]

ASK = """
strategy ask_each(docs: corpus) -> list[text] {
  lines = records(docs, by: line)
  answer map(lines, pack: 1) -> text "Is it?"
}
"""


@pytest.fixture(autouse=True)
def files(command: Command) -> None:
    """A strategy and its input in the folder that `command` runs in."""
    Path("ask.rlm").write_text(ASK)
    Path("in.txt").write_text("one\ntwo\nthree\n")


@pytest.mark.parametrize(
    ("flags", "limit"),
    [
        (("--max-calls", "2"), "within 2 calls"),
        (("--max-tokens", "1.2k"), "within 1,200 tokens"),
        (("--max-usd", "0.001"), "within 0.001 USD"),
    ],
)
def test_a_call_that_passes_a_limit_is_not_made(
    command: Command, model_server: ModelServer, flags: tuple[str, ...], limit: str
) -> None:
    model_server.answer = lambda _: "yes"
    price = "price = {input = 0.5, output = 1.0}"
    Path("rlmflow.toml").write_text(f'[endpoint."{model_server.name}"]\n{price}\n')
    ran = command("run", "ask.rlm", "in.txt", "--sub", model_server.name, *flags)
    assert ran.code == 1
    assert f"over the budget: {limit}" in ran.err
    assert len(model_server.calls) < 3


@pytest.mark.parametrize("command_name", ["plan", "run"])
def test_limits_that_no_whole_run_keeps_to_are_told_before_it(
    command: Command, model_server: ModelServer, command_name: str
) -> None:
    model_server.answer = lambda _: "yes"
    given = (command_name, "ask.rlm", "in.txt", "--sub", model_server.name)
    short = command(*given, "--max-calls", "2", "--max-tokens", "1M")
    assert "too little for a whole run: 2 calls. " in short.out + short.err
    enough = command(*given, "--max-calls", "3", "--max-tokens", "1M")
    assert "too little" not in enough.out + enough.err


def test_time_that_is_up_cancels(command: Command, model_server: ModelServer) -> None:
    model_server.latency = 5.0
    ran = command("run", "ask.rlm", "in.txt", "--sub", model_server.name, "--max-minutes", "0.01")
    assert ran.code == 1
    assert "the run's time is up" in ran.err


def test_a_flag_stands_in_place_of_what_the_file_says(
    command: Command, model_server: ModelServer
) -> None:
    model_server.answer = lambda _: "yes"
    Path("rlmflow.toml").write_text("[limits]\ncalls = 1\n")
    ran = command("run", "ask.rlm", "in.txt", "--sub", model_server.name)
    assert (ran.code, len(model_server.calls)) == (1, 1)
    flags = ("--max-calls", "10", "--fresh")
    ran = command("run", "ask.rlm", "in.txt", "--sub", model_server.name, *flags)
    assert (ran.code, len(model_server.calls)) == (0, 4)


def test_within_holds_whatever_a_flag_allows(command: Command, model_server: ModelServer) -> None:
    model_server.answer = lambda _: "yes"
    Path("ask.rlm").write_text(ASK.replace("-> list[text] {", "-> list[text]\n within 2 calls {"))
    command("run", "ask.rlm", "in.txt", "--sub", model_server.name, "--max-calls", "10")
    assert len(model_server.calls) == 2


@pytest.mark.parametrize("flag", ["--max-calls", "--max-tokens", "--max-usd", "--max-minutes"])
@pytest.mark.parametrize("written", ["-1", "many", "", "1e3"])
def test_what_is_no_number_is_refused(command: Command, flag: str, written: str) -> None:
    ran = command("run", "ask.rlm", "in.txt", flag, written)
    assert ran.code == 2
    assert f"Invalid value for '{flag}'" in ran.err


def test_a_mistake_in_the_file_is_said(command: Command) -> None:
    Path("rlmflow.toml").write_text("[limits]\ncals = 1\n")
    ran = command("run", "ask.rlm", "in.txt")
    assert ran.code == 2
    assert "did you mean `calls`?" in ran.err


def test_a_limit_that_limits_nothing_is_warned_of(
    command: Command, model_server: ModelServer
) -> None:
    run = ("run", "ask.rlm", "in.txt", "--sub", model_server.name)
    said = f"the limit of 1 USD limits nothing for {model_server.name}: its price is not known"
    assert f"warning RF504 [price-unknown]: {said}" in command(*run, "--max-usd", 1).err
    Path("ask.rlm").write_text(ASK.replace(" {", " within 1 USD {", 1))
    assert said in command(*run).err
    price = "price = {input = 1, output = 1}"
    Path("rlmflow.toml").write_text(f'[endpoint."{model_server.name}"]\n{price}\n')
    assert "RF504" not in command(*run, "--max-usd", 1).err
