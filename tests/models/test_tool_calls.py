"""Tools over the OpenAI protocol: what is sent, what comes back, and endpoints that take none."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from server.faults import body, calls_tools, refuses_field, status
from server.model_server import ModelServer

from rlmflow.models._protocol import Message, ModelFailure, Reply, Request, Tool, ToolCall
from rlmflow.models.openai_endpoint import OpenAIEndpoint
from rlmflow.models.price_table import look_up
from rlmflow.models.scripted import ScriptedModel, by_rules, read_rules
from rlmflow.models.token_bounds import byte_bound, o200k_count, tool_tokens

PARAMETERS = {
    "type": "object",
    "properties": {"pattern": {"type": "string"}},
    "required": ["pattern"],
}
FIND = Tool("find", "Finds «it».", PARAMETERS)
ASKED = (Message("system", "Be brief."), Message("user", "Where is it?"))
CALLED = (
    Message("assistant", "", (ToolCall("find", '{"pattern": "it"}', "call_0"),)),
    Message("tool", "line 3: it", answers="call_0"),
)


def ask(model: OpenAIEndpoint | ScriptedModel, *requests: Request) -> list[Reply | BaseException]:
    async def run() -> list[Reply | BaseException]:
        await model.open()
        try:
            replies = []
            for one in requests:
                (reply,) = await asyncio.gather(model.complete(one), return_exceptions=True)
                replies.append(reply)
            return replies
        finally:
            await model.close()

    return asyncio.run(run())


def endpoint(server: ModelServer) -> OpenAIEndpoint:
    return OpenAIEndpoint(server.url, "fake")


def test_a_call_of_a_tool_comes_back_as_it_was_written(model_server: ModelServer) -> None:
    model_server.next(calls_tools(("find", '{"pattern": "it"}'), ("find", {"pattern": "é"})))
    (reply,) = ask(endpoint(model_server), Request(ASKED, tools=(FIND,)))
    assert isinstance(reply, Reply)
    assert reply.text == ""
    assert reply.usage.tokens_in
    assert reply.tool_calls == (
        ToolCall("find", '{"pattern": "it"}', "call_0"),
        ToolCall("find", json.dumps({"pattern": "é"}), "call_1"),
    )
    (sent,) = model_server.calls
    described = {"name": "find", "description": "Finds «it».", "parameters": PARAMETERS}
    assert sent["tools"] == [{"type": "function", "function": described}]
    assert "tool_choice" not in sent


def test_what_a_tool_said_goes_back_beside_the_call(model_server: ModelServer) -> None:
    model_server.answer = lambda _: "In line 3."
    request = Request(ASKED + CALLED, tools=(FIND,), tool_choice="none")
    (reply,) = ask(endpoint(model_server), request)
    assert isinstance(reply, Reply)
    assert (reply.text, reply.tool_calls) == ("In line 3.", ())
    (sent,) = model_server.calls
    assert sent["tool_choice"] == "none"
    function = {"name": "find", "arguments": '{"pattern": "it"}'}
    assert sent["messages"][2:] == [
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "call_0", "type": "function", "function": function}],
        },
        {"role": "tool", "content": "line 3: it", "tool_call_id": "call_0"},
    ]


def test_the_same_tools_are_written_once_and_others_anew(model_server: ModelServer) -> None:
    other = (Tool("other", "", {"type": "object"}),)
    first = Request(ASKED, tools=(FIND,))
    ask(endpoint(model_server), first, first, Request(ASKED, tools=other), Request(ASKED))
    names = [[t["function"]["name"] for t in c.get("tools", ())] for c in model_server.calls]
    assert names == [["find"], ["find"], ["other"], []]


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ({"content": None, "tool_calls": [{"id": "a"}]}, "malformed"),
        ({"content": None, "tool_calls": ["find"]}, "malformed"),
        ({"content": None, "tool_calls": [{"function": {"arguments": "{}"}}]}, "malformed"),
        ({"content": None, "tool_calls": []}, "empty"),
        ({"tool_calls": None, "content": " "}, "empty"),
    ],
)
def test_calls_that_are_none_are_a_failure(
    model_server: ModelServer, message: object, kind: str
) -> None:
    model_server.next(body(json.dumps({"choices": [{"message": message}]})))
    (failure,) = ask(endpoint(model_server), Request(ASKED, tools=(FIND,)))
    assert isinstance(failure, ModelFailure)
    assert (failure.kind, failure.again) == (kind, True)


def test_arguments_that_are_no_text_become_json(model_server: ModelServer) -> None:
    calls = [
        {"function": {"name": "find", "arguments": {"pattern": 1}}},
        {"function": {"name": "x"}},
    ]
    model_server.next(body(json.dumps({"choices": [{"message": {"tool_calls": calls}}]})))
    (reply,) = ask(endpoint(model_server), Request(ASKED, tools=(FIND,)))
    assert isinstance(reply, Reply)
    assert reply.tool_calls == (ToolCall("find", '{"pattern": 1}'), ToolCall("x", "{}"))


def test_an_endpoint_without_tools_is_known_for_it(model_server: ModelServer) -> None:
    model_server.always(refuses_field("tools"))
    model = endpoint(model_server)
    assert model.tools
    failure, reply = ask(model, Request(ASKED, tools=(FIND,)), Request(ASKED))
    assert isinstance(failure, ModelFailure)
    assert (failure.kind, failure.again) == ("no-tools", False)
    assert "takes no tools: HTTP" not in str(failure)
    assert "Unsupported parameter: tools" in str(failure)
    assert isinstance(reply, Reply)
    assert not model.tools


def test_an_endpoint_that_can_not_forbid_tools_is_asked_without(model_server: ModelServer) -> None:
    model_server.always(refuses_field("tool_choice"))
    (reply,) = ask(
        endpoint(model_server), Request(ASKED + CALLED, tools=(FIND,), tool_choice="none")
    )
    assert isinstance(reply, Reply)
    assert ["tool_choice" in sent for sent in model_server.calls] == [True, False]


def test_another_refusal_is_not_about_tools(model_server: ModelServer) -> None:
    model_server.next(status(400, "something else"))
    (failure,) = ask(endpoint(model_server), Request(ASKED, tools=(FIND,)))
    assert isinstance(failure, ModelFailure)
    assert failure.kind == "other"


def test_tools_and_calls_are_counted() -> None:
    assert tool_tokens(()) == 0
    assert tool_tokens((FIND,)) > len(json.dumps(PARAMETERS))
    for count in (byte_bound, o200k_count):
        assert count(CALLED) >= count([Message("assistant", ""), CALLED[1]]) + len("find")


def test_the_price_table_says_who_can_call_tools() -> None:
    able, unable = look_up("openai/gpt-4o-mini"), look_up("openai/gpt-3.5-turbo-instruct")
    assert able is not None
    assert able.tools
    assert unable is None or not unable.tools


def test_a_script_calls_tools(tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(
        """
[[rule]]
contains = "Where"
tool = "find"
arguments = { pattern = "it" }

[[rule]]
reply = "In line 3."
"""
    )
    model = ScriptedModel(by_rules(read_rules(rules)))
    first, second = ask(model, Request(ASKED, tools=(FIND,)), Request(ASKED + CALLED))
    assert isinstance(first, Reply)
    assert isinstance(second, Reply)
    assert first.tool_calls == (ToolCall("find", '{"pattern": "it"}', "call-1"),)
    assert second.text == "In line 3."


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ('tool = "find"\nreply = "x"', "no `reply` and no `tool`, or both"),
        ("tool = 3", "are texts"),
        ('tool = "find"\narguments = "x"', "`arguments` is a table"),
    ],
)
def test_a_rule_about_tools_that_makes_no_sense_is_refused(
    tmp_path: Path, rule: str, said: str
) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(f"[[rule]]\n{rule}")
    with pytest.raises(ValueError, match=said):
        read_rules(rules)
