"""The scripted model: from a function, and from a file of rules."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from rlmflow.models._protocol import Message, ModelFailure, Reply, Request
from rlmflow.models.scripted import ScriptedModel, by_rules, read_rules


def request(text: str, step: str = "found") -> Request:
    return Request((Message("user", text),), step=step)


def test_a_function_answers_with_text_or_json_or_a_failure() -> None:
    def script(asked: Request) -> str | dict[str, object] | Exception:
        text = asked.messages[0].content
        answers = {
            "text": "plain",
            "json": {"é": [1]},
            "fail": ModelFailure("empty", "x", again=True),
        }
        return answers[text]

    model = ScriptedModel(script)
    assert asyncio.run(model.complete(request("text"))).text == "plain"
    assert asyncio.run(model.complete(request("json"))).text == '{"é": [1]}'
    with pytest.raises(ModelFailure, match="x"):
        asyncio.run(model.complete(request("fail")))
    assert [asked.messages[0].content for asked in model.requests] == ["text", "json", "fail"]


def test_an_async_function_is_awaited() -> None:
    async def script(asked: Request) -> str:
        return asked.step

    assert asyncio.run(ScriptedModel(script).complete(request("x"))).text == "found"


def test_latency_passes_by_the_given_clock() -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    model = ScriptedModel(lambda _: "a", latency=0.25, sleep=sleep)
    asyncio.run(model.complete(request("x")))
    assert slept == [0.25]


def test_usage_is_counted() -> None:
    reply = asyncio.run(ScriptedModel(lambda _: "four").complete(request("x")))
    assert reply.usage.tokens_out == 4
    assert reply.usage.tokens_in is not None


def test_an_unknown_request_names_step_and_start() -> None:
    model = ScriptedModel(by_rules([]))
    with pytest.raises(ModelFailure) as caught:
        asyncio.run(model.complete(request("List\nevery duty " + "x" * 500, step="duties")))
    assert "`duties`" in str(caught.value)
    assert "'List every duty xx" in str(caught.value)
    assert len(str(caught.value)) < 250
    assert not caught.value.again


TOML = """
[[rule]]
step = "kinds"
contains = "1."
reply = { kind = "a" }

[[rule]]
matches = "(?i)^who pays"
reply = "nobody"

[[rule]]
step = "rest"
reply = "anything"
"""


def reply_of(path: Path, asked: Request) -> Reply:
    return asyncio.run(ScriptedModel(by_rules(read_rules(path))).complete(asked))


def test_the_first_rule_that_fits_replies(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(TOML)
    assert reply_of(path, request("1. one", step="kinds")).text == '{"kind": "a"}'
    assert reply_of(path, request("WHO PAYS?", step="kinds")).text == "nobody"
    assert reply_of(path, request("1. one", step="rest")).text == "anything"
    with pytest.raises(ModelFailure):
        reply_of(path, request("2. two", step="kinds"))


def test_rules_may_be_json(tmp_path: Path) -> None:
    path = tmp_path / "rules.json"
    path.write_text(json.dumps({"rule": [{"reply": [1, 2]}]}))
    assert reply_of(path, request("x")).text == "[1, 2]"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[rule]\n", "Expected"),
        ("a = 1\n", "no list of rules"),
        ("[[rule]]\nstep = 'a'\n", "rule 1 has no `reply`"),
        (
            "[[rule]]\nreply = 'a'\n[[rule]]\nreply = 'a'\nmatch = 'b'\n",
            "rule 2: unknown key `match`",
        ),
        ("[[rule]]\nreply = 'a'\nmatches = '('\n", "not a regular expression"),
        ("[[rule]]\nreply = 'a'\nstep = 3\n", "are texts"),
        ("[[rule]]\nreply = 3\n", "`reply` is a text"),
    ],
)
def test_a_bad_file_is_one_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"rules\.toml") as caught:
        read_rules(path)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_half_of_a_surrogate_pair_is_a_reply_like_any_other():
    model = ScriptedModel(lambda _: "\ud800")
    reply = asyncio.run(model.complete(Request((Message("user", "x"),))))
    assert reply.text == "\ud800"
