"""Rates: no minute holds more than is allowed, and none holds less than it could."""

from __future__ import annotations

from math import inf

from hypothesis import given
from hypothesis import strategies as st
from simulation.pipelines import STREAMED, Simulated, simulated

from rlmflow.runtime.events import CallDone
from rlmflow.runtime.schedule.pace import Pace, Pacing


def most_in_a_minute(calls: list[tuple[float, int]]) -> tuple[int, int]:
    """The most calls, and the most tokens, that began within one minute."""
    calls = sorted(calls)
    requests = tokens = 0
    for at, _ in calls:
        within = [size for other, size in calls if at <= other < at + 60.0]
        requests, tokens = max(requests, len(within)), max(tokens, sum(within))
    return requests, tokens


@given(
    st.integers(1, 5),
    st.lists(st.tuples(st.integers(1, 50), st.integers(0, 90)), min_size=1, max_size=40),
)
def test_no_minute_holds_more_than_is_allowed(requests: int, calls: list[tuple[int, int]]) -> None:
    """Calls of so many tokens, each ready so many seconds after the one before was sent."""
    pace, now, sent = Pace(Pacing(requests, 50)), 0.0, []
    for tokens, later in calls:
        now += later / 10
        now = pace.start(tokens, now)
        assert now < inf
        assert pace.start(tokens, now) == now
        pace.hold(tokens)
        pace.end(tokens, pace.send(tokens, now), tokens)
        sent.append((now, tokens))
    most = most_in_a_minute(sent)
    assert most[0] <= requests
    assert most[1] <= 50


def test_what_is_held_counts_until_it_is_sent() -> None:
    pace = Pace(Pacing(requests=1))
    pace.hold(5)
    assert pace.start(5, 100.0) == inf
    sent = pace.send(5, 100.0)
    assert pace.start(5, 130.0) == 160.0
    pace.end(5, sent, 5)
    assert pace.start(5, 160.0) == 160.0


def test_a_call_that_was_never_sent_counts_for_nothing() -> None:
    pace = Pace(Pacing(requests=1, tokens=10))
    pace.hold(10)
    pace.end(10, None, 0)
    assert pace.start(10, 0.0) == 0.0


def test_what_a_call_did_not_use_is_given_back() -> None:
    pace = Pace(Pacing(tokens=100))
    pace.hold(90)
    sent = pace.send(90, 0.0)
    assert pace.start(50, 1.0) == 60.0
    pace.end(90, sent, 20)
    assert pace.start(50, 1.0) == 1.0


def test_a_call_larger_than_a_minute_allows_goes_alone() -> None:
    pace = Pace(Pacing(tokens=100))
    pace.hold(400)
    sent = pace.send(400, 0.0)
    pace.end(400, sent, 400)
    assert pace.start(1, 59.0) == 60.0
    assert pace.start(400, 60.0) == 60.0


def began(ran: Simulated) -> list[tuple[float, int]]:
    """When each call of a run began, and its tokens."""
    done = [event for event in ran.events if isinstance(event, CallDone)]
    assert len(done) == len(ran.calls)
    used = [call.tokens_in + call.tokens_out for call in done]
    return [(call.began, tokens) for call, tokens in zip(ran.calls, used, strict=True)]


def test_a_run_keeps_to_the_requests_of_a_minute_and_uses_them() -> None:
    ran = simulated(STREAMED, 200, seed=3, pacing={"simulated": Pacing(requests=120)})
    calls = began(ran)
    assert len(calls) == 600
    assert most_in_a_minute(calls)[0] == 120
    # Five minutes hold 600 calls; the last of them only has to end.
    assert ran.seconds < 4 * 60 + ran.critical_path


def test_a_run_keeps_to_the_tokens_of_a_minute() -> None:
    ran = simulated(STREAMED, 60, seed=3, pacing={"simulated": Pacing(tokens=20_000)})
    calls = began(ran)
    assert len(calls) == 180
    assert most_in_a_minute(calls)[1] <= 20_000


def test_a_run_keeps_to_the_width_of_a_model() -> None:
    ran = simulated(STREAMED, 60, seed=3, pacing={"simulated": Pacing(width=3)})
    ends = [(c.began, 1) for c in ran.calls] + [(c.ended, -1) for c in ran.calls]
    level = most = 0
    for _, change in sorted(ends):
        level += change
        most = max(most, level)
    assert most == 3
