"""A width that shrinks where a provider takes less, and grows again."""

from __future__ import annotations

import random

import pytest

from rlmflow.runtime.schedule.width import AdaptiveWidth


def well(width: AdaptiveWidth, calls: int, seconds: float = 1.0, step: str = "map") -> None:
    """So many calls that go well, with all places taken: as many begin as there are."""
    while calls > 0:
        epoch, cohorts = width.epoch, [width.begin(step) for _ in range(min(calls, width.now))]
        for cohort in cohorts:
            width.end(epoch, cohort, seconds, width.now)
        calls -= len(cohorts)


def test_it_is_halved_once_for_all_calls_that_were_under_way() -> None:
    width = AdaptiveWidth(64)
    epoch = width.epoch
    assert [width.turned_away(epoch) for _ in range(64)] == [True, *[False] * 63]
    assert (width.now, width.least) == (32, 32)
    assert width.turned_away(width.epoch)
    assert (width.now, width.least) == (16, 16)


def test_it_is_never_less_than_one() -> None:
    width = AdaptiveWidth(3)
    for _ in range(10):
        width.turned_away(width.epoch)
    assert width.now == 1


def test_it_grows_fast_then_carefully_then_fast() -> None:
    width = AdaptiveWidth(256)
    width.turned_away(width.epoch)
    width.turned_away(width.epoch)
    assert width.now == 64
    well(width, 32)
    assert width.now == 96
    well(width, 200)
    assert 96 < width.now <= 98
    well(width, 96 * 40)
    assert width.now == 256


def test_calls_of_before_do_not_widen_it() -> None:
    width = AdaptiveWidth(64)
    old, cohort = width.epoch, width.begin("map")
    width.turned_away(old)
    width.end(old, cohort, 1.0, 32)
    assert width.now == 32
    width.end(width.epoch, width.begin("map"), 1.0, 32)
    assert width.now == 33


def test_a_width_that_is_not_used_does_not_grow() -> None:
    width = AdaptiveWidth(64)
    width.turned_away(width.epoch)
    for _ in range(20):
        width.end(width.epoch, width.begin("map"), 1.0, under_way=3)
    assert width.now == 32


def test_it_shrinks_when_all_calls_take_longer() -> None:
    width = AdaptiveWidth(64)
    well(width, 256, seconds=1.0)
    assert width.now == 64
    well(width, 64, seconds=2.0)
    assert width.now == 32
    # It helped: calls are as quick as they were, and the width comes back with care.
    well(width, 64, seconds=1.0)
    assert 48 <= width.now < 64


def test_it_comes_back_if_it_was_not_the_width() -> None:
    """Items that just are longer, say."""
    width = AdaptiveWidth(64)
    well(width, 256, seconds=1.0)
    well(width, 64, seconds=2.0)
    assert width.now == 32
    well(width, 64, seconds=2.0)
    assert width.now == 64
    well(width, 1000, seconds=2.0)
    assert (width.now, width.least) == (64, 32)


def test_a_step_of_longer_calls_is_not_a_slow_one() -> None:
    width = AdaptiveWidth(64)
    well(width, 256, seconds=1.0, step="map")
    well(width, 256, seconds=9.0, step="merge")
    assert width.least == 64


@pytest.mark.parametrize("sigma", [0.5, 1.0, 1.5])
def test_tails_of_latency_do_not_shrink_it(sigma: float) -> None:
    """Ten thousand calls by a heavy tail, as they end: the quick ones first."""
    width, chance = AdaptiveWidth(64), random.Random(1)
    ends: list[tuple[float, float, object]] = []
    now = 0.0
    for _ in range(10_000):
        if len(ends) == width.now:
            now, took, cohort = ends.pop(0)
            width.end(width.epoch, cohort, took, width.now)  # type: ignore[arg-type]  # as begun
        took = chance.lognormvariate(0.0, sigma)
        ends.append((now + took, took, width.begin("map")))
        ends.sort(key=lambda end: end[0])
    assert width.least == 64
