"""Tools of MCP servers, with real servers: what they return, how they fail, that they end."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import rlmflow
from rlmflow.diagnostics.model import StrategyError
from rlmflow.models._protocol import Request, ToolCall
from rlmflow.models.config import ModelConfig, ServerTable, load_config
from rlmflow.models.scripted import ScriptedModel
from rlmflow.runtime.events import Event, ToolUsed
from rlmflow.runtime.outcome import Outcome
from rlmflow.values import Document

pytest.importorskip("mcp", reason="the package mcp is not installed")

SERVER = Path(__file__).parents[1] / "server" / "tool_server.py"


class Zoo:
    """Strategies whose models call the tools of servers, and the servers' process ids."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pids = folder / "pids"

    def table(self, *way: str, **settings: Any) -> ServerTable:
        args = (str(SERVER), str(self._pids), *way)
        return ServerTable(command=sys.executable, args=args, **settings)

    def strategy(self, tools: str, body: str | None = None) -> rlmflow.Strategy:
        body = body or 'answer map(docs, tools: [TOOLS], pack: 1) -> text "What is it?"'
        text = f"strategy main(docs: corpus) -> list[text] {{ {body.replace('TOOLS', tools)} }}"
        (self._folder / "main.rlm").write_text(text)
        return rlmflow.load(self._folder / "main.rlm")

    def run(
        self,
        made: rlmflow.Strategy,
        rounds: Sequence[Sequence[ToolCall]],
        reply: Any,
        /,
        **servers: ServerTable,
    ) -> tuple[Outcome, list[Event], ScriptedModel]:
        """Run with a model that calls each round's tools, then replies."""

        def script(request: Request) -> Any:
            done = sum(message.role == "assistant" for message in request.messages)
            return list(rounds[done]) if done < len(rounds) else reply

        events: list[Event] = []
        model = ScriptedModel(script)
        outcome = made.run(
            [Document("0.txt", "the input")],
            sub=model,
            config=ModelConfig(mcp=servers),
            on_event=events.append,
        )
        return outcome, events, model

    @property
    def left(self) -> list[int]:
        """The processes that were started and have not ended."""
        pids = [int(line) for line in self._pids.read_text().split()]
        assert pids
        return [pid for pid in pids if Path(f"/proc/{pid}").exists() or _lives(pid)]


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def zoo(tmp_path: Path) -> Zoo:
    return Zoo(tmp_path)


def call(name: str, /, **arguments: object) -> ToolCall:
    return ToolCall(name, json.dumps(arguments))


def told(request: Request) -> list[str]:
    """What tools said in a conversation."""
    return [message.content for message in request.messages if message.role == "tool"]


def test_a_model_calls_the_tools_of_a_server_and_quotes_them(
    zoo: Zoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PASSED", "by name")
    monkeypatch.setenv("HIDDEN", "from it")
    calls = [
        call("zoo_look_up", name="walrus"),
        call("zoo_count-all", names=["a", "bcd"]),
        call("zoo_secret"),
        call("zoo_look_up", name="gnu"),
        call("zoo_look_up", nam="gnu"),
    ]
    quotes = {"items": ["sleep in the sun", "sleep in the shade"]}
    table = zoo.table(env={"GIVEN": "a value"}, pass_env=("PASSED", "NOT_SET"))
    made = zoo.strategy("zoo", 'answer extract(docs, tools: [TOOLS]) -> quote "What is said?"')
    outcome, events, model = zoo.run(made, [calls], quotes, zoo=table)
    # A quote that stands in what a server returned is placed in it.
    assert outcome.answer is not None
    assert outcome.answer.value == ["sleep in the sun"]
    assert outcome.answer.places == ('tool:zoo_look_up({"name": "walrus"}):2',)
    assert len(outcome.rejected) == 1
    walrus, counted, secret, unknown, wrong = told(model.requests[-1])
    assert walrus == "two walruses\nsleep in the sun"
    assert json.loads(counted) == {"a": 1, "bcd": 3}
    assert secret == "a value by name None"
    assert unknown.startswith("`zoo_look_up` failed: ")
    assert wrong.startswith("`zoo_look_up` failed: ")
    fine = [event.problem is None for event in events if isinstance(event, ToolUsed)]
    assert fine == [True, True, True, False, False]
    tools = {tool.name: tool for tool in model.requests[0].tools}
    assert sorted(tools) == ["zoo_count-all", "zoo_die", "zoo_look_up", "zoo_secret", "zoo_wait"]
    assert tools["zoo_look_up"].description == "Look an animal up."
    assert tools["zoo_look_up"].parameters["required"] == ["name"]
    assert zoo.left == []


def test_a_server_that_hangs_or_dies_fails_its_calls_and_the_run_goes_on(zoo: Zoo) -> None:
    look_up = call("zoo_look_up", name="walrus")
    rounds = [[call("zoo_wait"), look_up], [call("zoo_die")], [look_up]]
    table = zoo.table(timeout=1.0)
    outcome, _, model = zoo.run(zoo.strategy("zoo"), rounds, "said", zoo=table)
    waited, walrus, died, dead = told(model.requests[-1])
    assert waited == "`zoo_wait` failed: the server `zoo` sent nothing within 1 seconds"
    assert walrus == "two walruses\nsleep in the sun"
    assert died.startswith("`zoo_die` failed: the server `zoo`: ")
    assert dead.startswith("`zoo_look_up` failed: the server `zoo`: ")
    assert outcome.status == "complete"
    assert zoo.left == []


def test_a_step_whose_server_does_not_start_fails_and_the_others_go_on(zoo: Zoo) -> None:
    body = """
    one = map(docs, tools: [failing]) -> text "One?"
    two = map(docs, tools: [silent.look_up]) -> text "Two?"
    three = map(docs, tools: [zoo.lock_up]) -> text "Three?"
    four = map(docs, tools: [none_such]) -> text "Four?"
    answer one + two + three + four + map(docs) -> text "Five?"
    """
    servers = {
        "failing": zoo.table("fail"),
        "silent": zoo.table("silent", start_timeout=0.5),
        "zoo": zoo.table(),
        "none_such": ServerTable(command="no-such-command-at-all"),
    }
    outcome, _, model = zoo.run(zoo.strategy("", body), [], "said", **servers)
    assert outcome.status == "incomplete"
    assert {failure.step: failure.reason for failure in outcome.failures} == {
        "one": "the server of tools `failing` did not start: no database at zoo.db",
        "two": "the server of tools `silent` did not start within 0.5 seconds",
        "three": "the server `zoo` has no tool `lock_up`; did you mean `look_up`?",
        "four": "the server of tools `none_such` did not start: "
        "`no-such-command-at-all`: no such file or directory",
    }
    assert [request.step for request in model.requests] == ["answer/1"]
    assert zoo.left == []


@pytest.mark.long
def test_a_server_that_ignores_its_end_is_killed(zoo: Zoo) -> None:
    calls = [[call("zoo_look_up", name="walrus")]]
    outcome, _, model = zoo.run(zoo.strategy("zoo"), calls, "said", zoo=zoo.table("stubborn"))
    assert told(model.requests[-1]) == ["two walruses\nsleep in the sun"]
    assert outcome.status == "complete"
    assert zoo.left == []


def test_no_server_is_left_when_a_run_is_broken_off(zoo: Zoo) -> None:
    made = zoo.strategy("zoo.wait")
    asked = asyncio.Event()

    def script(_: Request) -> Any:
        asked.set()
        return call("zoo_wait")

    async def broken_off() -> None:
        running = asyncio.create_task(
            made.arun(
                [Document("0.txt", "the input")],
                sub=ScriptedModel(script),
                config=ModelConfig(mcp={"zoo": zoo.table()}),
            )
        )
        await asked.wait()
        await asyncio.sleep(0)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(broken_off())
    assert zoo.left == []


def test_a_server_that_is_not_configured_is_refused_before_anything_starts(zoo: Zoo) -> None:
    made = zoo.strategy("zoos.look_up, zoo, nowhere")
    with pytest.raises(StrategyError) as refused:
        zoo.run(made, [], "said", zoo=zoo.table())
    found = {(d.code, d.message, d.hint) for d in refused.value.diagnostics}
    assert found == {
        ("RF543", "no server of tools is named `zoos`", "did you mean `zoo`?"),
        (
            "RF543",
            "no server of tools is named `nowhere`",
            'name it in rlmflow.toml: `[mcp.nowhere]` with `command = "…"`',
        ),
    }


def test_servers_stand_in_the_settings(tmp_path: Path) -> None:
    file = tmp_path / "rlmflow.toml"
    file.write_text(
        """
[mcp.zoo]
command = "python"
args = ["zoo.py"]
env = { A = "b" }
"""
    )
    (zoo,) = load_config(file).mcp.values()
    assert (zoo.command, zoo.args, zoo.environment()) == ("python", ("zoo.py",), {"A": "b"})
    file.write_text('[mcp.zoo]\ncomand = "python"')
    with pytest.raises(StrategyError, match=r"mcp\.zoo") as refused:
        load_config(file)
    assert "did you mean `command`?" in {d.hint for d in refused.value.diagnostics}
