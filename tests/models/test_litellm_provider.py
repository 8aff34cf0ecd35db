"""litellm against a real server: its replies and its exceptions become ours."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest
from server.call import Fault
from server.faults import (
    calls_tools,
    cut_before,
    cut_off,
    empty,
    filtered,
    half_json_body,
    rate_limited,
    server_error,
    stall,
    status,
)
from server.model_server import ModelServer

from rlmflow.diagnostics.model import StrategyError
from rlmflow.models import litellm_provider
from rlmflow.models._protocol import (
    Message,
    ModelFailure,
    Price,
    Reply,
    Request,
    Tool,
    ToolCall,
)
from rlmflow.models.litellm_provider import LiteLLMModel
from rlmflow.models.price_table import Listing, look_up

KEY = "very-secret-4711"
SCHEMA = {"type": "object", "properties": {"yes": {"type": "boolean"}}}


def ask(server: ModelServer, timeout: float = 10, **fields: object) -> Reply:
    listing = Listing(Price(1e-6, 2e-6), 1000, structured=True)
    model = LiteLLMModel("openai/fake", listing, key=KEY, url=server.url, timeout=timeout)

    async def run() -> Reply:
        await model.open()
        try:
            request = Request((Message("user", "hello"),), max_output=9, **fields)  # type: ignore[arg-type]  # fields by name
            return await model.complete(request)
        finally:
            await model.close()

    return asyncio.run(run())


def test_a_call_carries_what_was_asked(model_server: ModelServer) -> None:
    reply = ask(model_server, schema=SCHEMA, sample=2)
    assert reply.text == "hello"
    assert reply.usage.tokens_in is not None
    sent = model_server.calls[0]
    assert sent["messages"] == [{"role": "user", "content": "hello"}]
    assert (sent["max_tokens"], sent["temperature"], sent["seed"]) == (9, 0.7, 2)
    assert sent["response_format"]["json_schema"]["schema"] == SCHEMA
    assert model_server.headers[0]["Authorization"] == f"Bearer {KEY}"


def test_tools_are_sent_and_their_calls_come_back(model_server: ModelServer) -> None:
    model_server.next(calls_tools(("find", {"pattern": "it"})))
    tool = Tool("find", "Finds it.", {"type": "object", "properties": {}})
    reply = ask(model_server, tools=(tool,), tool_choice="none")
    assert reply.tool_calls == (ToolCall("find", '{"pattern": "it"}', "call_0"),)
    sent = model_server.calls[0]
    assert sent["tools"][0]["function"]["name"] == "find"
    assert sent["tool_choice"] == "none"


@pytest.mark.parametrize(
    ("fault", "kind", "again"),
    [
        (rate_limited(), "rate-limit", True),
        (server_error(), "server", True),
        (status(401, f"Incorrect API key provided: {KEY}"), "not-allowed", False),
        (status(400, "no", code="context_length_exceeded"), "too-long", False),
        (status(400, "something else"), "other", False),
        (status(404, "no such model"), "other", False),
        (cut_before(), "server", True),
        (cut_off(), "cut-off", False),
        (empty(), "empty", True),
        (filtered(), "refused", False),
    ],
)
def test_an_exception_is_the_failure_it_means(
    model_server: ModelServer, fault: Fault, kind: str, again: bool
) -> None:
    model_server.next(fault)
    with pytest.raises(ModelFailure) as caught:
        ask(model_server)
    assert (caught.value.kind, caught.value.again) == (kind, again), str(caught.value)
    assert KEY not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert model_server.count == 1, "retries are the caller's"


def test_a_stalled_call_ends_at_its_time_out(model_server: ModelServer) -> None:
    model_server.next(stall())
    with pytest.raises(ModelFailure) as caught:
        ask(model_server, timeout=0.3)
    assert (caught.value.kind, caught.value.again) == ("timeout", True)


def test_a_broken_body_is_a_failure(model_server: ModelServer) -> None:
    model_server.next(half_json_body())
    with pytest.raises(ModelFailure) as caught:
        ask(model_server)
    assert caught.value.again


def test_the_wait_asked_for_is_kept(model_server: ModelServer) -> None:
    model_server.next(rate_limited(after=7))
    with pytest.raises(ModelFailure) as caught:
        ask(model_server)
    assert caught.value.after == 7


def test_a_missing_key_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    model = LiteLLMModel("anthropic/claude-sonnet-4-5", Listing())
    with pytest.raises(StrategyError, match=r"RF501.*ANTHROPIC_API_KEY is not set"):
        asyncio.run(model.open())


def test_a_compromised_version_is_not_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(litellm_provider, "installed_version", lambda: "1.82.8")
    monkeypatch.setattr(litellm_provider, "heavy", lambda _: pytest.fail("it was imported"))
    with pytest.raises(StrategyError, match=r"litellm 1\.82\.8 is known to be compromised"):
        asyncio.run(LiteLLMModel("openai/gpt-4o", Listing()).open())


def test_prices_are_those_of_litellm_and_cost_no_import() -> None:
    script = (
        "import sys; from rlmflow.models.bind import bind; from rlmflow.models.config import *;"
        "price = bind('anthropic/claude-sonnet-4-5', ModelConfig()).price;"
        "print(price.tokens_in, price.tokens_out);"
        "sys.exit('litellm' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "3e-06 1.5e-05\n")
    assert look_up("openai/no-such-model") is None
    assert look_up("anthropic/gpt-4o") is None
