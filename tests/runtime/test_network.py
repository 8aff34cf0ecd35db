"""Whole runs against a real endpoint that misbehaves in every way that endpoints do.

The law, whatever happens to a call: it is repeated a bounded number of times; what then
has no answer is listed with a reason, and costs no other item; nothing is taken for an
answer that is not one; the calls that are reported are those that the endpoint saw; and
the key stands nowhere but in the header.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from aiohttp import web
from runtime.strategies import PACKED, QUOTES, TEXTS, Jumps, expected, good_reply, lines
from server.call import Call, Fault
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
    huge,
    prose,
    rate_limited,
    refusal,
    server_error,
    slow,
    stall,
    status,
    wrong_schema,
)
from server.model_server import ModelServer

from rlmflow import api
from rlmflow.models.config import EndpointTable, ModelConfig
from rlmflow.runtime.clock import Surroundings
from rlmflow.runtime.events import CallDone, Event
from rlmflow.runtime.limits import Cost
from rlmflow.runtime.outcome import Outcome
from rlmflow.testing import compiled
from rlmflow.values import Document

ROOT = Path(__file__).parent.parent.parent
KEY = "a-key-of-4711-that-looks-like-none"
POISON = "line 3"


@dataclass
class Ran:
    outcome: Outcome
    calls: list[CallDone]
    waits: list[float]

    @property
    def value(self) -> object:
        return self.outcome.answer.value if self.outcome.answer else None


Run = Callable[..., Ran]


@pytest.fixture
def run(model_server: ModelServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a strategy against the server, and holds the run to the law."""
    monkeypatch.setenv("RLMFLOW_API_KEY", KEY)
    model_server.answer = good_reply

    def carried_out(
        text: str, items: list[str], *, width: int = 8, timeout: float = 60, counted: bool = True
    ) -> Ran:
        settings = EndpointTable(timeout=timeout)
        job = api.Strategy(compiled(text)).prepare(
            Document("in.txt", "\n".join(items)),
            sub=model_server.name,
            config=ModelConfig(endpoint={model_server.name: settings}),
            width=width,
        )
        clock = Jumps()
        job = replace(job, surroundings=Surroundings(clock, random.Random(7)))
        calls: list[CallDone] = []

        def hear(event: Event) -> None:
            if isinstance(event, CallDone):
                calls.append(event)

        outcome = asyncio.run(api.run_in_folder(job, tmp_path, [hear]))
        assert outcome.calls == sum(call.charged for call in calls)
        if counted:
            assert model_server.count == len(calls)
        keeps_the_law(outcome)
        return Ran(outcome, calls, clock.waits)

    return carried_out


def keeps_the_law(outcome: Outcome) -> None:
    assert (outcome.status == "incomplete") == bool(outcome.failures)
    for failure in outcome.failures:
        assert failure.reason
        assert "\n" not in failure.reason
        assert "Traceback" not in failure.reason
        assert len(failure.reason) < 600
    assert outcome.folder
    for name in ("events.jsonl", "run.json", "plan.json", "answer.json"):
        written = (outcome.folder / name).read_text("utf-8")
        assert KEY not in written
        for line in written.splitlines() if name.endswith("l") else [written]:
            json.loads(line, parse_constant=pytest.fail)
    if outcome.failures:
        assert outcome.coverage.read < outcome.coverage.total


def says_key(number: int) -> Fault:
    return status(number, f"the key {KEY} is wrong")


def status_with(number: int, headers: Mapping[str, str]) -> Fault:
    async def fault(_call: Call) -> web.StreamResponse:
        return web.json_response({"error": {"message": "busy"}}, status=number, headers=headers)

    return fault


async def no_usage(call: Call) -> web.StreamResponse:
    whole = call.completion()
    del whole["usage"]
    return web.json_response(whole)


async def odd_usage(call: Call) -> web.StreamResponse:
    return web.json_response({**call.completion(), "usage": {"prompt_tokens": "many"}})


async def nothing_at_all(_call: Call) -> web.StreamResponse:
    return web.Response(status=200)


async def web_page(_call: Call) -> web.StreamResponse:
    return web.Response(text="<html><h1>Sign in</h1></html>", content_type="text/html")


# What is wrong with a call; words of the reason that people are shown; how often it is asked.
PERMANENT = {
    "server": (server_error(), "internal error", 4),
    "overloaded": (status(529, "overloaded"), "529: overloaded", 4),
    "bad gateway": (web_page, "is not JSON", 4),
    "rate": (rate_limited(), "429: slow down", 10),
    "rate, with a time": (rate_limited(after=3), "429: slow down", 10),
    "cut before": (cut_before(), "connection: ", 4),
    "cut within": (cut_within(), "connection: ", 4),
    "half a body": (half_json_body(), "is not JSON", 4),
    "no body": (nothing_at_all, "is not JSON", 4),
    "deep body": (body("[" * 100_000), "is not JSON", 4),
    "no choices": (body('{"choices": []}'), "not a chat completion", 4),
    "empty": (empty(), "replied with nothing", 4),
    "cut off": (cut_off(), "cut off", 1),
    "refused": (refusal(), "refused", 1),
    "filtered": (filtered(), "refused", 1),
    "no right": (says_key(401), "401: the key *** is wrong", 1),
    "bad request": (says_key(400), "400: the key *** is wrong", 1),
    "key in an error": (says_key(500), "500: the key *** is wrong", 4),
    "half a character in an error": (body('{"error": "\\ud800"}'), "server: HTTP 500: ", 4),
}
# The same of replies that were asked for as JSON: what comes is no such thing.
NO_JSON = {
    "prose": (prose(), "not JSON"),
    "half of the JSON": (half_json_content(), "JSON"),
    "wrong schema": (wrong_schema(), ""),
    "long": (huge(2_000_000), "not JSON"),
    "long and nearly JSON": (content(lambda _: '{"a": ["' + "x, " * 600_000 + "}"), "JSON"),
    "deep": (content(lambda _: '{"a": ' * 50_000), "JSON"),
    "deep and whole": (content(lambda _: '{"a": ' * 50_000 + "1" + "}" * 50_000), "JSON"),
    "a long number for an id": (content(lambda _: '{"' + "9" * 5000 + '": 1}'), ""),
    "null": (content(lambda _: "null"), ""),
    "nothing in it": (content(lambda _: "{}"), ""),
    "doubled": (duplicate(), "JSON"),
}


@pytest.mark.parametrize("strategy", [TEXTS, QUOTES], ids=["texts", "quotes"])
@pytest.mark.parametrize("fault", PERMANENT)
def test_a_call_that_never_succeeds_costs_its_own_item_alone(
    run: Run, model_server: ModelServer, fault: str, strategy: str
) -> None:
    wrong, said, times = PERMANENT[fault]
    model_server.when(POISON, *[wrong] * 50)
    ran = run(strategy, lines(6))
    assert ran.value == expected(strategy, [x for x in lines(6) if POISON not in x])
    (failure,) = ran.outcome.failures
    assert failure.place == "in.txt:4"
    assert said in failure.reason
    assert model_server.count == 5 + times


@pytest.mark.parametrize("fault", NO_JSON)
@pytest.mark.parametrize("strategy", [PACKED, QUOTES], ids=["packed", "quotes"])
def test_a_reply_that_is_none_is_asked_for_again_and_then_listed(
    run: Run, model_server: ModelServer, fault: str, strategy: str
) -> None:
    wrong, said = NO_JSON[fault]
    model_server.when(POISON, *[wrong] * 50)
    ran = run(strategy, lines(6))
    assert ran.value == expected(strategy, [x for x in lines(6) if POISON not in x])
    (failure,) = ran.outcome.failures
    assert failure.place == "in.txt:4"
    assert said in failure.reason
    assert model_server.count <= 6 + 12


@pytest.mark.parametrize("strategy", [TEXTS, PACKED, QUOTES], ids=["texts", "packed", "quotes"])
def test_what_passes_leaves_no_trace_in_the_answer(
    run: Run, model_server: ModelServer, strategy: str
) -> None:
    """Each fault once, each on an item of its own."""
    passing = [wrong for wrong, _, times in PERMANENT.values() if times > 1]
    if strategy != TEXTS:
        passing += [wrong for wrong, _ in NO_JSON.values()]
    items = lines(10 * len(passing))
    for number, wrong in enumerate(passing):
        model_server.when(f"line {10 * number} of", wrong)
    ran = run(strategy.replace("pack: 4", "pack: 4, retries: 100%"), items)
    assert ran.value == expected(strategy, items)
    assert ran.outcome.status == "complete"


@pytest.mark.parametrize("fault", [no_usage, odd_usage])
def test_tokens_that_are_not_told_are_taken_at_their_worst(
    run: Run, model_server: ModelServer, fault: Fault
) -> None:
    model_server.always(fault)
    ran = run(TEXTS, lines(3))
    assert ran.value == lines(3)
    assert all(call.tokens_out == call.most_tokens_out > 0 for call in ran.calls)
    assert all(call.tokens_in > 0 for call in ran.calls)


@pytest.mark.parametrize("within", [False, True])
def test_a_call_that_stalls_ends_at_its_time_out(
    run: Run, model_server: ModelServer, within: bool
) -> None:
    model_server.when(POISON, *[stall(within)] * 50)
    ran = run(TEXTS, lines(6), timeout=0.6)
    model_server.release()
    assert ran.value == [x for x in lines(6) if POISON not in x]
    (failure,) = ran.outcome.failures
    assert "no reply within 0.6 s" in failure.reason
    assert model_server.count == 5 + 4


def test_a_slow_reply_holds_up_no_other(run: Run, model_server: ModelServer) -> None:
    model_server.when(POISON, slow(0.1))
    assert run(TEXTS, lines(6)).value == lines(6)


def test_the_time_that_an_endpoint_asks_for_is_waited(run: Run, model_server: ModelServer) -> None:
    model_server.when(POISON, rate_limited(after=17), rate_limited(), rate_limited(after="0.5"))
    ran = run(TEXTS, lines(6))
    assert ran.value == lines(6)
    assert ran.waits[0] == 17
    assert 0 < ran.waits[1] < 60
    assert ran.waits[2] == 0.5
    assert ran.outcome.calls == 6
    assert model_server.count == 9


def test_when_one_is_told_to_wait_the_others_wait_with_it(
    run: Run, model_server: ModelServer
) -> None:
    """A storm costs a few calls that are turned away, not one for each item."""
    model_server.next(*[rate_limited(after=30)] * 8)
    ran = run(TEXTS, lines(60), width=8)
    assert ran.value == lines(60)
    # The clock jumps, so some of the eight are told only after the first wait is over.
    assert 1 <= len(ran.waits) < 8
    assert set(ran.waits) == {30}
    assert model_server.count == 68
    assert ran.outcome.folder
    events = (ran.outcome.folder / "events.jsonl").read_text("utf-8").splitlines()
    throttled = [e for e in map(json.loads, events) if e["event"] == "Throttled"]
    first = throttled[0]
    assert (first["why"], first["before"], first["width"], first["wait"]) == ("429", 8, 4, 30.0)
    record = json.loads((ran.outcome.folder / "run.json").read_text("utf-8"))
    (provider,) = record["providers"]
    assert provider.pop("least_width") <= 4
    assert provider == {
        "provider": model_server.url,
        "width": 8,
        "turned_away": 8,
        "pauses": len(ran.waits),
        "paused": 30.0 * len(ran.waits),
    }


def test_a_503_with_a_time_is_a_wait_too(run: Run, model_server: ModelServer) -> None:
    model_server.next(status_with(503, {"Retry-After": "9"}))
    ran = run(TEXTS, lines(6), width=1)
    assert ran.value == lines(6)
    assert ran.waits == [9]
    assert ran.outcome.calls == 6


def test_a_connection_that_is_refused_costs_nothing(tmp_path: Path) -> None:
    job = api.Strategy(compiled(TEXTS)).prepare(
        Document("in.txt", "one"), sub="http://127.0.0.1:1/v1#none", config=ModelConfig()
    )
    job = replace(job, surroundings=Surroundings(Jumps(), random.Random(7)))
    outcome = asyncio.run(api.run_in_folder(job, tmp_path))
    (failure,) = outcome.failures
    assert failure.reason == ("unreachable: 127.0.0.1:1 refuses connections (is it running?)")
    assert outcome.spent == Cost()


def test_a_prompt_that_was_cut_brings_no_answer(run: Run, model_server: ModelServer) -> None:
    """As some servers do that were given a small context, with status 200."""
    long = "word " * 3000

    async def cuts(call: Call) -> web.StreamResponse:
        whole = call.completion()
        whole["usage"]["prompt_tokens"] = min(whole["usage"]["prompt_tokens"], 512)
        return web.json_response(whole)

    model_server.always(cuts)
    ran = run(TEXTS, [f"{long}end", "short"])
    assert ran.value == ["short"]
    (failure,) = ran.outcome.failures
    assert failure.reason.startswith("truncated: the endpoint says it read 512 tokens of a prompt")


def test_being_told_to_come_later_uses_up_no_repeats(run: Run, model_server: ModelServer) -> None:
    model_server.when(POISON, *[rate_limited()] * 6, *[server_error()] * 3)
    assert run(TEXTS, lines(6)).value == lines(6)


@pytest.mark.parametrize("after", ["1e9", "inf", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_nobody_waits_for_years(run: Run, model_server: ModelServer, after: str) -> None:
    model_server.when(POISON, *[rate_limited(after=after)] * 50)
    ran = run(TEXTS, lines(6))
    assert ran.waits == []
    (failure,) = ran.outcome.failures
    assert "asks to wait" in failure.reason


def test_a_wait_beyond_the_deadline_is_not_begun(run: Run, model_server: ModelServer) -> None:
    model_server.when(POISON, *[rate_limited(after=1000)] * 50)
    ran = run(TEXTS.replace("{", "within 10 minutes {", 1), lines(6))
    assert ran.waits == []
    (failure,) = ran.outcome.failures
    assert "10 minutes" in failure.reason or "time" in failure.reason


def test_after_the_deadline_no_call_is_made(run: Run, model_server: ModelServer) -> None:
    model_server.always(stall())
    ran = run(TEXTS.replace("{", "within 0.2 seconds {", 1), lines(40), width=4)
    model_server.release()
    assert model_server.count == 4
    assert ran.outcome.calls == 4
    assert len(ran.outcome.failures) == 40
    assert {"time" in failure.reason for failure in ran.outcome.failures} == {True}


def test_an_endpoint_that_is_down_ends_the_run_soon(run: Run, model_server: ModelServer) -> None:
    model_server.always(server_error())
    ran = run(TEXTS, lines(100))
    assert ran.value == []
    assert len(ran.outcome.failures) == 100
    assert model_server.count <= 100 + 10


def test_refused_to_all_is_asked_of_each_once(run: Run, model_server: ModelServer) -> None:
    model_server.always(status(401, "no such key"))
    ran = run(PACKED, lines(8))
    assert ran.value == []
    assert len(ran.outcome.failures) == 8
    assert model_server.count == 2
    assert ran.outcome.calls == 0


def keyed(change: Callable[[list[tuple[str, str]]], list[tuple[str, str]]]) -> Fault:
    """A packed reply whose pairs (as JSON texts) are changed."""

    def changed(text: str) -> str:
        pairs = [(json.dumps(key), json.dumps(value)) for key, value in json.loads(text).items()]
        return "{" + ", ".join(f"{key}: {value}" for key, value in change(pairs)) + "}"

    return content(changed)


PACKS = {
    "an id is missing": lambda pairs: pairs[1:],
    "an id stands twice": lambda pairs: [*pairs, pairs[0]],
    "an id stands twice, once in other digits": lambda p: [*p, ('"１"', p[1][1])],
    "an id stands twice, once with a zero": lambda p: [*p, ('"01"', p[1][1])],
    "a value is of another type": lambda pairs: [(pairs[0][0], '"seven"'), *pairs[1:]],
    "a value is null": lambda pairs: [(pairs[0][0], "null"), *pairs[1:]],
}


@pytest.mark.parametrize("case", PACKS)
def test_what_a_pack_does_not_bring_once_is_asked_for_alone(
    run: Run, model_server: ModelServer, case: str
) -> None:
    model_server.next(keyed(PACKS[case]))
    ran = run(PACKED, lines(4))
    assert ran.value == expected(PACKED, lines(4))
    assert model_server.count == 2


def test_an_item_that_a_pack_never_brings_does_not_count_as_read(
    run: Run, model_server: ModelServer
) -> None:
    model_server.next(keyed(lambda pairs: pairs[1:]), *[status(400)] * 20)
    ran = run(PACKED, lines(4))
    (failure,) = ran.outcome.failures
    assert failure.place == "in.txt:1"
    assert ran.outcome.coverage.total - ran.outcome.coverage.read == len("line0of4")


def test_a_flood_of_doubled_ids_is_read_at_once(run: Run, model_server: ModelServer) -> None:
    model_server.next(content(lambda _: "{" + ", ".join(['"1": 1'] * 100_000) + "}"))
    assert run(PACKED, lines(4)).value == expected(PACKED, lines(4))


STRANGE_NUMBERS = """
type Sum { sum: float }
strategy numbers(docs: corpus) -> list[Sum] {
  lines = records(docs, by: line)
  answer map(lines, pack: 1) -> Sum "Add up."
}
"""


def test_a_number_is_no_date(run: Run, model_server: ModelServer) -> None:
    model_server.answer = lambda _: '{"sum": 0}'
    assert run(STRANGE_NUMBERS.replace("float", "date"), ["one"]).value == []


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "true", '"nan"'])
def test_what_is_no_number_is_no_answer(run: Run, model_server: ModelServer, number: str) -> None:
    model_server.answer = lambda _: '{"sum": ' + number + "}"
    ran = run(STRANGE_NUMBERS, ["one"])
    assert ran.value == []
    assert len(ran.outcome.failures) == 1


@pytest.mark.parametrize("strategy", [TEXTS, QUOTES, PACKED], ids=["texts", "quotes", "packed"])
def test_half_of_a_character_is_no_answer(
    run: Run, model_server: ModelServer, strategy: str
) -> None:
    def halved(text: str) -> str:
        return text.replace("line", "\ud83d" if strategy == TEXTS else "\\ud83d")

    model_server.when(POISON, *[content(halved)] * 50)
    ran = run(strategy, lines(6))
    assert ran.value == expected(strategy, [x for x in lines(6) if POISON not in x])
    assert len(ran.outcome.failures) == 1


def test_quotes_that_stand_nowhere_are_not_accepted(run: Run, model_server: ModelServer) -> None:
    lies = json.dumps({"items": [{"quote": "line 3 of"}, {"quote": "line 33 of"}, {"quote": ""}]})
    long = json.dumps({"items": [{"quote": "a word and another-one " * 300}]})
    model_server.when("line 3 of", content(lambda _: lies), content(lambda _: lies))
    model_server.when("line 4 of", content(lambda _: long), content(lambda _: long))
    ran = run(QUOTES, lines(6))
    kept = expected(QUOTES, ["line 0 of 6", "line 1 of 6", "line 2 of 6", "line 3 of"])
    assert ran.value == [*kept, *expected(QUOTES, ["line 5 of 6"])]
    assert len(ran.outcome.rejected) == 3
    assert all(len(rejected.reason) < 400 for rejected in ran.outcome.rejected)


def by_command(server: ModelServer, folder: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    """`rlmflow run` as a process of its own, in `folder`."""
    (folder / "s.rlm").write_text(QUOTES)
    (folder / "in.txt").write_text("\n".join(lines(6)))
    (folder / "rlmflow.toml").write_text(f'[endpoint."{server.name}"]\ntimeout = 0.3\n')
    return subprocess.run(
        [sys.executable, "-m", "rlmflow", "run", "s.rlm", "in.txt", "--sub", server.name, *flags],
        env={**os.environ, "PYTHONPATH": str(ROOT), "RLMFLOW_API_KEY": KEY},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_lists_what_failed_and_keeps_the_rest(
    model_server: ModelServer, tmp_path: Path
) -> None:
    model_server.answer = good_reply
    model_server.when(POISON, *[says_key(403)] * 50)
    model_server.when("line 5", cut_off())
    ran = by_command(model_server, tmp_path, "--partial", "-v")
    left = [x for x in lines(6) if "line 3" not in x and "line 5" not in x]
    places = [f"in.txt:{number + 1}" for number in range(6) if number not in (3, 5)]
    wanted = expected(QUOTES, left)
    listed = [{**item, "source": place} for item, place in zip(wanted, places, strict=True)]
    assert (ran.returncode, json.loads(ran.stdout)) == (1, listed)
    assert "in.txt:4: not-allowed: HTTP 403: the key *** is wrong" in ran.stderr
    assert "in.txt:6: cut-off: " in ran.stderr
    assert KEY not in ran.stdout + ran.stderr
    assert "Traceback" not in ran.stderr
    assert {headers["Authorization"] for headers in model_server.headers} == {f"Bearer {KEY}"}


def test_the_command_without_a_single_answer(model_server: ModelServer, tmp_path: Path) -> None:
    model_server.always(content(lambda _: '{"a": ' * 50_000))
    ran = by_command(model_server, tmp_path, "-q", "--json")
    said = json.loads(ran.stdout)
    assert (ran.returncode, said["answer"], len(said["failures"])) == (1, [], 6)
    assert ran.stderr == ""
