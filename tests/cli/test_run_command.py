"""`rlmflow run`, against a real endpoint on loopback."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from server.call import Call
from server.faults import rate_limited, server_error, slow, stall, status
from server.model_server import ModelServer

ROOT = Path(__file__).parent.parent.parent
Command = Callable[..., Any]

COUNT = """
strategy tally(docs: corpus) -> dict[text, int]
  ensures keeps(lines)
{
  lines = records(docs, by: line)
  answer count(lines, by: item.text)
}
"""
ASK = """
strategy ask_each(docs: corpus, question: text, least: int = 1) -> list[text] {
  lines = records(docs, by: line)
  answer map(lines, pack: 1) -> text \"\"\"{{ question }}\"\"\"
}
"""


@pytest.fixture(autouse=True)
def files(command: Command) -> None:
    """Strategies and input in the folder that `command` runs in."""
    Path("tally.rlm").write_text(COUNT)
    Path("ask_each.rlm").write_text(ASK)
    Path("in.txt").write_text("one\ntwo\none\n")


def run_folder() -> Path:
    (folder,) = Path(".rlmflow/runs").iterdir()
    return folder


def test_without_a_model(command: Command) -> None:
    ran = command("run", "tally.rlm", "in.txt")
    assert ran.code == 0
    assert json.loads(ran.out) == {"one": 2, "two": 1}
    assert ran.err.splitlines()[0] == "no model was asked · 12 bytes · contract held"
    assert json.loads((run_folder() / "answer.json").read_text())["value"] == {"one": 2, "two": 1}


def test_standard_input_and_quiet(command: Command) -> None:
    ran = command("run", "-q", "tally.rlm", "-", stdin="a\n")
    assert (ran.code, json.loads(ran.out), ran.err) == (0, {"a": 1}, "")


def test_with_a_model(command: Command, model_server: ModelServer) -> None:
    model_server.answer = lambda _: "yes"
    flags = ("--sub", model_server.name, "--set", "question=Is it?", "--width", 2)
    ran = command("run", "ask_each.rlm", "in.txt", *flags)
    assert ran.code == 0
    assert json.loads(ran.out) == ["yes"] * 3
    clean, ceiling, closing, *_ = ran.err.splitlines()
    assert clean.startswith("clean    ")
    assert ceiling.startswith("ceiling  ")
    assert closing == "read 100.0% of 12 bytes · 2 calls · 1 from the journal · 0 unread"
    assert model_server.count == 2
    assert "Is it?" in json.dumps(model_server.calls[0])


def test_an_incomplete_answer_is_printed_only_if_asked_for(
    command: Command, model_server: ModelServer
) -> None:
    model_server.answer = lambda _: "yes"
    model_server.when("two", *[status(400)] * 50)
    flags = ("--sub", model_server.name, "--set", "question=Is it?")
    ran = command("run", "ask_each.rlm", "in.txt", *flags)
    assert (ran.code, ran.out) == (1, "")
    assert "\nincomplete · read " in ran.err
    assert "\nfailed: 1\n  in.txt:2: " in ran.err
    assert "--partial" in ran.err
    partial = command("run", "ask_each.rlm", "in.txt", *flags, "--partial", "-q")
    assert (partial.code, json.loads(partial.out)) == (1, ["yes", "yes"])
    data = command("run", "ask_each.rlm", "in.txt", *flags, "--json", "-q")
    said = json.loads(data.out)
    assert (data.code, said["status"], len(said["failures"])) == (1, "incomplete", 1)


FEW = """
strategy few(docs: corpus) -> list[text]
  ensures covers(docs, 90%)
{
  lines = records(docs, by: line)
  near = search(lines, "two", top: 1)
  answer map(near) -> text \"\"\"Say it.\"\"\"
}
"""


def test_an_answer_that_breaks_its_contract_is_refused(
    command: Command, model_server: ModelServer
) -> None:
    model_server.answer = lambda _: "yes"
    Path("few.rlm").write_text(FEW)
    flags = ("--sub", model_server.name)
    ran = command("run", "few.rlm", "in.txt", *flags, "-q")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(
        "error RF441 [clause-broken]: the run broke `covers(docs, 90%)`: 66.7% unread: "
        "in.txt:1, in.txt:3 (left out by `near`: it is in `near.dropped`)\n  ┌─ few.rlm:3:11\n"
    )
    kept = json.loads((run_folder() / "answer.json").read_text())
    assert (kept["status"], kept["value"]) == ("refused", ["yes"])
    ledger = json.loads((run_folder() / "ledger.json").read_text())
    assert ledger["documents"][0]["read"] == {"answer": [[4, 7]]}
    partial = command("run", "few.rlm", "in.txt", *flags, "--partial")
    assert (partial.code, json.loads(partial.out)) == (1, ["yes"])
    assert (
        "\nrefused · read 33.3% of 12 bytes · 0 calls · 1 from the journal · 2 unread"
        " · contract not held\n"
    ) in partial.err
    said = json.loads(command("run", "few.rlm", "in.txt", *flags, "--json", "-q").out)
    assert [verdict["holds"] for verdict in said["verdicts"]] == [False]


def test_troubles_are_told_as_they_happen(command: Command, model_server: ModelServer) -> None:
    model_server.next(server_error())
    flags = ("--sub", model_server.name, "--set", "question=Is it?", "-v")
    ran = command("run", "ask_each.rlm", "in.txt", *flags)
    assert ran.code == 0
    assert "a call failed: " in ran.err


def test_waits_are_told_as_they_happen_and_summed_up(
    command: Command, model_server: ModelServer
) -> None:
    model_server.next(rate_limited(after=0.2))
    flags = ("--sub", model_server.name, "--set", "question=Is it?", "--width", 4)
    ran = command("run", "ask_each.rlm", "in.txt", *flags, "-v")
    assert ran.code == 0
    url = model_server.url
    assert f"{url}: 429, width 4 → 2, waiting 1 second\n" in ran.err
    assert f"{url} turned away 1 call: waited 1 second, width down to 2 of 4\n" in ran.err


def test_a_trial(command: Command, model_server: ModelServer) -> None:
    flags = ("--sub", model_server.name, "--set", "question=Is it?", "--limit", 1)
    ran = command("run", "ask_each.rlm", "in.txt", *flags)
    assert (ran.code, len(json.loads(ran.out))) == (1, 1)
    assert model_server.count == 1


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ((), "RF604 [input-missing]: `question: text` is not given"),
        (("--set", "queston=x"), "hint: did you mean `question`?"),
        (("--set", "question=x", "--set", "least=x"), "hint: give a whole number such as 3"),
        (("--set", "question"), "`--set question` has no value"),
        (("--set", "docs=in.txt"), "hint: give its path: `--in docs=PATH`"),
        (("--in", "question=in.txt"), "hint: give its value: `--set question=…`"),
        (("--set", "question=x"), "RF501 [no-model]"),
        (("--set", "question=x", "--sub", "nonsense"), "RF502 [bad-model-name]"),
        (("--strategy", "ask_eac"), "did you mean `ask_each`?"),
    ],
)
def test_bad_flags(command: Command, flags: tuple[str, ...], said: str) -> None:
    ran = command("run", "ask_each.rlm", "in.txt", *flags)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert not Path(".rlmflow").exists()


@pytest.mark.parametrize("name", ["none.txt", "none/", "*.md"])
def test_input_that_is_not_there(command: Command, name: str) -> None:
    ran = command("run", "tally.rlm", name)
    assert (ran.code, ran.out) == (2, "")
    assert "error RF601 [input-not-found]: " in ran.err
    assert f"`{name}`" in ran.err


def test_an_empty_folder(command: Command) -> None:
    Path("empty").mkdir()
    ran = command("run", "tally.rlm", "empty")
    assert ran.code == 2
    assert "error RF602 [input-empty]" in ran.err


def process(*arguments: object, **options: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "rlmflow", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        **options,
    )


NOT_COMPLETE = b"the answer is not complete; --partial prints it all the same\n"
INTERRUPTED = b"interrupted: finishing what is under way; Ctrl-C once more ends it now\n"


def test_an_interrupt_lets_what_is_under_way_finish(
    command: Command, model_server: ModelServer
) -> None:
    started: list[subprocess.Popen[bytes]] = []

    async def interrupt(call: Call) -> web.StreamResponse:
        started[0].send_signal(signal.SIGINT)
        return await slow(0.3)(call)

    model_server.next(interrupt)
    flags = ("--sub", model_server.name, "--set", "question=x", "--width", 1)
    with process("run", "ask_each.rlm", "in.txt", *flags) as running:
        started.append(running)
        _, err = running.communicate()
    assert running.returncode == 1
    assert INTERRUPTED + NOT_COMPLETE in err
    assert err.endswith(b"\nthe same command again asks only for what is missing\n")
    assert model_server.count == 1
    ended = json.loads((run_folder() / "run.json").read_text())
    assert (ended["status"], ended["calls"]) == ("incomplete", 1)
    assert ended["failures"][0]["reason"] == "the run was interrupted"
    ran = command("run", "ask_each.rlm", "in.txt", *flags)
    assert (ran.code, model_server.count) == (0, 2)


def test_a_second_interrupt_ends_with_one_word(command: Command, model_server: ModelServer) -> None:
    started: list[subprocess.Popen[bytes]] = []

    async def interrupt(call: Call) -> web.StreamResponse:
        started[0].send_signal(signal.SIGINT)
        await slow(0.3)(call)
        started[0].send_signal(signal.SIGINT)
        return await stall()(call)

    model_server.always(interrupt)
    flags = ("--sub", model_server.name, "--set", "question=x", "--width", 1, "-q")
    with process("run", "ask_each.rlm", "in.txt", *flags) as running:
        started.append(running)
        _, err = running.communicate()
    model_server.release()
    assert (running.returncode, err) == (130, INTERRUPTED + b"interrupted\n")


def test_a_reader_that_goes_away_is_no_error(command: Command) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with process("list", stdout=writer) as running:
        _, err = running.communicate()
    os.close(writer)
    assert (running.returncode, err) == (141, b"")


@pytest.mark.parametrize(("typed", "code"), [(b"n\n", 1), (b"y\n", 0)])
def test_an_expensive_run_is_asked_about_on_a_terminal(
    command: Command, model_server: ModelServer, typed: bytes, code: int
) -> None:
    Path("rlmflow.toml").write_text(
        f'[endpoint."{model_server.name}".price]\ninput = 100000\noutput = 100000\n'
    )
    model_server.answer = lambda _: "yes"
    keyboard, terminal = pty.openpty()
    os.write(keyboard, typed)
    flags = ("--sub", model_server.name, "--set", "question=x")
    with subprocess.Popen(
        [sys.executable, "-m", "rlmflow", "run", "ask_each.rlm", "in.txt", *flags],
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "dumb"},
        stdin=terminal,
        stderr=terminal,
        stdout=subprocess.PIPE,
    ) as running:
        out, _ = running.communicate()
    said = os.read(keyboard, 10_000).decode()
    os.close(terminal)
    os.close(keyboard)
    assert "Run it? [y/N]" in said
    assert (running.returncode, bool(out)) == (code, code == 0)
    assert (model_server.count > 0) == (code == 0)


def test_the_answer_as_a_table(command: Command) -> None:
    ran = command("run", "tally.rlm", "in.txt", "--csv", "-q")
    assert (ran.code, ran.out.splitlines()) == (0, ["key,value", "one,2", "two,1"])
    ran = command("run", "tally.rlm", "in.txt", "--csv", "--json")
    assert ran.code == 2
    assert "`--json` and `--csv` are two ways to print the answer" in ran.err
