"""The direct endpoint against a real server: every fault becomes the right failure, or a reply."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from server.call import OK, Call, Fault
from server.faults import (
    body,
    content,
    cut_before,
    cut_off,
    cut_within,
    duplicate,
    empty,
    filtered,
    half_json_body,
    half_json_content,
    http_date,
    huge,
    prose,
    rate_limited,
    refusal,
    refuses_field,
    server_error,
    stall,
    status,
    wrong_schema,
)
from server.model_server import ModelServer

from rlmflow.models import openai_endpoint
from rlmflow.models._protocol import Message, ModelFailure, Reply, Request
from rlmflow.models.openai_endpoint import OpenAIEndpoint

SCHEMA: Mapping[str, object] = {"type": "object", "properties": {"yes": {"type": "boolean"}}}


def request(text: str = "hello", **more: object) -> Request:
    return Request((Message("system", "Be brief."), Message("user", text)), **more)  # type: ignore[arg-type]  # fields by name


def ask(model: OpenAIEndpoint, *requests: Request) -> list[Reply | BaseException]:
    async def run() -> list[Reply | BaseException]:
        await model.open()
        try:
            calls = (model.complete(one) for one in requests)
            return await asyncio.gather(*calls, return_exceptions=True)
        finally:
            await model.close()

    return asyncio.run(run())


def endpoint(server: ModelServer, **options: object) -> OpenAIEndpoint:
    return OpenAIEndpoint(server.url, "fake", **options)  # type: ignore[arg-type]  # options by name


def failure(server: ModelServer, fault: Fault, **options: object) -> ModelFailure:
    server.next(fault)
    (result,) = ask(endpoint(server, **options), request())
    assert isinstance(result, ModelFailure), result
    return result


def test_a_call_carries_what_was_asked_and_brings_text_and_usage(model_server: ModelServer) -> None:
    model_server.answer = lambda _: "good «day» 𝄞\n\0"
    asked = 'quote " and \\ and \ud800 and é'
    (reply,) = ask(endpoint(model_server), request(asked, max_output=77))
    assert isinstance(reply, Reply)
    assert reply.text == "good «day» 𝄞\n\0"
    assert reply.usage.tokens_in
    assert reply.usage.tokens_out
    sent = model_server.calls[0]
    assert sent == {
        "model": "fake",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": asked},
        ],
        "max_tokens": 77,
        "temperature": 0,
    }


def test_further_samples_are_warm_and_seeded(model_server: ModelServer) -> None:
    ask(endpoint(model_server, extra={"top_k": 5}), request(sample=3))
    sent = model_server.calls[0]
    assert (sent["temperature"], sent["seed"], sent["top_k"]) == (0.7, 3, 5)


@pytest.mark.parametrize(
    ("fault", "kind", "again"),
    [
        (rate_limited(), "rate-limit", True),
        (status(429, "You exceeded your current quota"), "not-allowed", False),
        (server_error(), "server", True),
        (status(503), "server", True),
        (status(529), "server", True),
        (status(408), "timeout", True),
        (status(409), "server", True),
        (status(425), "server", True),
        (status(401, "bad key"), "not-allowed", False),
        (status(403), "not-allowed", False),
        (status(404, "no such model"), "other", False),
        (status(302), "other", False),
        (status(400, "This model's maximum context length is 4096 tokens"), "too-long", False),
        (status(400, "no", code="context_length_exceeded"), "too-long", False),
        (status(400, "no", type="exceed_context_size_error"), "too-long", False),
        (status(400, "no", code="content_filter"), "refused", False),
        (status(400, "something else"), "other", False),
        (cut_before(), "connection", True),
        (cut_within(), "connection", True),
        (half_json_body(), "malformed", True),
        (body("[]"), "malformed", True),
        (body('{"choices": []}'), "malformed", True),
        (body('{"choices": [{"message": {"content": 7}}]}'), "malformed", True),
        (body('{"error": {"message": "upstream", "code": 502}}'), "server", True),
        (body('{"error": "out of credits"}'), "server", True),
        (empty(), "empty", True),
        (content(lambda _: " \n"), "empty", True),
        (cut_off(), "cut-off", False),
        (refusal(), "refused", False),
        (filtered(), "refused", False),
    ],
)
def test_a_fault_is_the_failure_it_means(
    model_server: ModelServer, fault: Fault, kind: str, again: bool
) -> None:
    found = failure(model_server, fault)
    assert (found.kind, found.again) == (kind, again), str(found)
    assert "\n" not in str(found)
    assert str(found)


@pytest.mark.parametrize(
    "fault", [half_json_content(), prose(), wrong_schema(), duplicate(), huge(3_000_000)]
)
def test_what_the_text_says_is_not_the_endpoints_affair(
    model_server: ModelServer, fault: Fault
) -> None:
    model_server.next(fault)
    (reply,) = ask(endpoint(model_server), request(schema=SCHEMA))
    assert isinstance(reply, Reply)


def test_paid_failures_carry_their_usage(model_server: ModelServer) -> None:
    assert failure(model_server, cut_off()).usage.tokens_out is not None


def test_a_wait_may_be_seconds_or_a_date(model_server: ModelServer) -> None:
    assert failure(model_server, rate_limited(after=7)).after == 7
    assert failure(model_server, rate_limited(after="1.5")).after == 1.5
    assert failure(model_server, rate_limited(after="soon")).after is None
    later = http_date(datetime.now(UTC) + timedelta(hours=1))
    after = failure(model_server, rate_limited(after=later)).after
    assert after is not None
    assert 3000 < after <= 3601
    past = http_date(datetime.now(UTC) - timedelta(hours=1))
    assert failure(model_server, rate_limited(after=past)).after == 0


@pytest.mark.parametrize("within", [False, True])
def test_a_stalled_call_ends_at_its_time_out(model_server: ModelServer, within: bool) -> None:
    found = failure(model_server, stall(within), timeout=0.2)
    assert (found.kind, found.again) == ("timeout", True)


def test_a_refused_connection_is_said() -> None:
    (found,) = ask(OpenAIEndpoint("http://127.0.0.1:1/v1", "fake"), request())
    assert isinstance(found, ModelFailure)
    assert (found.kind, found.again) == ("unreachable", True)
    assert "refuses connections" in str(found)


def test_a_body_without_end_is_refused(
    model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openai_endpoint, "MAX_BODY_BYTES", 1 << 20)
    assert failure(model_server, huge(2 << 20)).kind == "malformed"


def test_a_schema_is_sent_strictly(model_server: ModelServer) -> None:
    ask(endpoint(model_server), request(schema=SCHEMA))
    shape = model_server.calls[0]["response_format"]
    assert shape["type"] == "json_schema"
    assert shape["json_schema"]["strict"] is True
    assert shape["json_schema"]["schema"] == SCHEMA


def test_a_refused_schema_is_told_in_words_and_remembered(
    model_server: ModelServer, caplog: pytest.LogCaptureFixture
) -> None:
    model_server.always(refuses_field("response_format"))
    model = endpoint(model_server)
    assert model.structured
    with caplog.at_level(logging.WARNING):
        replies = ask(model, *[request(f"n{i}", schema=SCHEMA) for i in range(8)])
    assert all(isinstance(reply, Reply) for reply in replies)
    assert not model.structured
    answered = [call for call in model_server.calls if "response_format" not in call]
    assert len(answered) == 8
    assert all("JSON Schema" in call["messages"][-1]["content"] for call in answered)
    assert len([r for r in caplog.records if "response_format" in r.getMessage()]) == 1

    asked = model_server.count
    ask(model, request("later", schema=SCHEMA))
    assert model_server.count == asked + 1
    assert model_server.calls[-1]["messages"][-1]["content"] == "later"


@pytest.mark.parametrize("field", ["temperature", "seed"])
def test_a_refused_field_is_left_out_from_then_on(model_server: ModelServer, field: str) -> None:
    model_server.always(refuses_field(field))
    model = endpoint(model_server)
    assert isinstance(ask(model, request(sample=1))[0], Reply)
    assert isinstance(ask(model, request(sample=2))[0], Reply)
    assert [field in call for call in model_server.calls] == [True, False, False]
    assert model.structured


def test_a_cap_goes_by_the_name_that_the_endpoint_takes(model_server: ModelServer) -> None:
    model_server.always(refuses_field("max_tokens"))
    assert isinstance(ask(endpoint(model_server), request(max_output=9))[0], Reply)
    assert model_server.calls[-1]["max_completion_tokens"] == 9


def test_the_key_goes_to_the_endpoint_and_nowhere_else(
    model_server: ModelServer, caplog: pytest.LogCaptureFixture
) -> None:
    key = "very-secret-4711"
    model = endpoint(model_server, key=key)
    model_server.next(
        status(401, f"Incorrect API key provided: {key}"),
        status(400, f"temperature is not taken, Bearer {key}"),
        OK,
        body(f"{key} is not JSON"),
        content(lambda _: "", finish_reason="content_filter", refusal=key),
    )
    with caplog.at_level(logging.DEBUG, "rlmflow"):
        results = [ask(model, request())[0] for _ in range(4)]
    assert model_server.headers[0]["Authorization"] == f"Bearer {key}"
    assert [isinstance(result, ModelFailure) for result in results] == [True, False, True, True]
    shown = " ".join([repr(model), *map(repr, results), caplog.text])
    assert "***" in shown
    assert key not in shown


def test_keys_that_are_not_ours_are_taken_out_too(model_server: ModelServer) -> None:
    found = failure(model_server, status(401, "Incorrect API key provided: sk-proj-abc123DEF456"))
    assert "abc123" not in str(found)


def test_width_is_not_bounded_here(model_server: ModelServer) -> None:
    """All of 150 calls reach the server before the first is answered."""
    arrived = 150

    full = asyncio.Event()

    async def together(call: Call) -> web.StreamResponse:
        if model_server.peak == arrived:
            full.set()
        await full.wait()
        return await OK(call)

    model_server.always(together)
    replies = ask(endpoint(model_server), *[request(str(i)) for i in range(arrived)])
    assert [getattr(reply, "text", reply) for reply in replies] == [str(i) for i in range(arrived)]


def test_a_bound_on_tokens_holds_for_text_of_any_script() -> None:
    model = OpenAIEndpoint("http://127.0.0.1:1/v1", "fake")
    few = model.count_tokens((Message("user", "a"),))
    assert model.count_tokens((Message("user", "日本" * 100),)) >= few + 599


def test_a_model_that_was_not_opened_says_so() -> None:
    with pytest.raises(RuntimeError, match="not opened"):
        asyncio.run(OpenAIEndpoint("http://127.0.0.1:1/v1", "fake").complete(request()))
