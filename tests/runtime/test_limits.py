"""No call starts whose worst case does not fit what is left, in any budget around it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from rlmflow.graph.model import Limits
from rlmflow.runtime.limits import NOTHING, Budget, Cost, OverBudget

small = st.integers(0, 12)
maybe = st.none() | st.integers(0, 30)
costs = st.builds(Cost, st.just(1), small, small, small.map(Decimal))
limits = st.builds(
    Limits, calls=maybe, tokens=maybe, usd=st.none() | st.integers(0, 30).map(Decimal)
)


@dataclass(frozen=True)
class Wanted:
    """A call: in which budget, at worst, what it used of that, and when it comes and goes."""

    budget: int
    worst: Cost
    share: int
    arrives: int
    takes: int
    given_up: int | None


wanted = st.builds(
    Wanted,
    budget=st.integers(0, 4),
    worst=costs,
    share=st.integers(0, 12),
    arrives=st.integers(0, 6),
    takes=st.integers(0, 6),
    given_up=st.none() | st.integers(0, 6),
)


@dataclass
class Watched:
    """What happened: who was granted, in which order, and who was refused."""

    granted: list[int] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)


def tree(every: list[Limits], parents: list[int]) -> list[Budget]:
    """Budgets, each after the first within one that stands before it."""
    budgets = [Budget(every[0])]
    for number, own in enumerate(every[1:], start=1):
        budgets.append(Budget(own, budgets[parents[number - 1] % number]))
    return budgets


def fits(budget: Budget) -> bool:
    used, own = budget.spent + budget.reserved, budget.limits
    return (
        (own.calls is None or used.calls <= own.calls)
        and (own.tokens is None or used.tokens <= own.tokens)
        and (own.usd is None or used.usd <= own.usd)
    )


def used_of(one: Wanted) -> Cost:
    part = min(one.share, 12)
    return Cost(
        1,
        one.worst.tokens_in * part // 12,
        one.worst.tokens_out * part // 12,
        one.worst.usd * part / 12,
    )


async def _carried_out(budgets: list[Budget], calls: list[Wanted]) -> Watched:
    watched = Watched()

    async def call(number: int, one: Wanted) -> None:
        for _ in range(one.arrives):
            await asyncio.sleep(0)
        budget = budgets[one.budget % len(budgets)]
        try:
            await budget.reserve(one.worst)
        except OverBudget:
            watched.refused.append(number)
            return
        watched.granted.append(number)
        # The law: with this call's worst case set aside, every budget still holds.
        assert all(fits(each) for each in budgets)
        try:
            for _ in range(one.takes):
                await asyncio.sleep(0)
        finally:
            budget.settle(one.worst, used_of(one))

    async def given_up(task: asyncio.Task[None], after: int) -> None:
        for _ in range(after):
            await asyncio.sleep(0)
        task.cancel()

    tasks = [asyncio.ensure_future(call(*one)) for one in enumerate(calls)]
    ends = [
        given_up(task, one.given_up)
        for task, one in zip(tasks, calls, strict=True)
        if one.given_up is not None
    ]
    # Nobody waits for ever: whoever fits is granted once the others have settled.
    done = asyncio.gather(*tasks, *ends, return_exceptions=True)
    results = await asyncio.wait_for(done, 10)
    assert not [r for r in results if isinstance(r, Exception)]
    return watched


@given(
    every=st.lists(limits, min_size=1, max_size=5),
    parents=st.lists(st.integers(0, 4), min_size=4, max_size=4),
    calls=st.lists(wanted, max_size=12),
)
@settings(max_examples=200)
def test_no_call_starts_whose_worst_case_does_not_fit(
    every: list[Limits], parents: list[int], calls: list[Wanted]
) -> None:
    budgets = tree(every, parents)
    asyncio.run(_carried_out(budgets, calls))
    assert all(each.reserved == NOTHING for each in budgets)
    assert all(fits(each) for each in budgets)


@given(
    every=st.lists(limits, min_size=1, max_size=5),
    parents=st.lists(st.integers(0, 4), min_size=4, max_size=4),
    calls=st.lists(wanted, max_size=12),
)
@settings(max_examples=100)
def test_a_call_is_refused_only_where_what_is_spent_leaves_no_room(
    every: list[Limits], parents: list[int], calls: list[Wanted]
) -> None:
    budgets = tree(every, parents)
    watched = asyncio.run(_carried_out(budgets, calls))
    for number in watched.refused:
        left = budgets[calls[number].budget % len(budgets)].left()
        worst = calls[number].worst
        assert (
            (left.calls is not None and worst.calls > left.calls)
            or (left.tokens is not None and worst.tokens > left.tokens)
            or (left.usd is not None and worst.usd > left.usd)
        )


def test_small_calls_do_not_pass_a_large_one_that_waits() -> None:
    async def main() -> list[str]:
        budget, order = Budget(Limits(tokens=20)), list[str]()

        async def call(name: str, tokens: int) -> None:
            worst = Cost(1, tokens)
            await budget.reserve(worst)
            order.append(name)
            await asyncio.sleep(0)
            budget.settle(worst, Cost(1))

        async with asyncio.TaskGroup() as calls:
            for name, tokens in [("a", 10), ("b", 10), ("large", 20), ("c", 1), ("d", 1)]:
                calls.create_task(call(name, tokens))
        return order

    assert asyncio.run(main()) == ["a", "b", "large", "c", "d"]


def test_a_full_inner_budget_holds_up_nobody_outside() -> None:
    async def main() -> None:
        outer = Budget(Limits(calls=10))
        inner = outer.inside(Limits(calls=1))
        await inner.reserve(Cost(1))
        waiting = asyncio.ensure_future(inner.reserve(Cost(1)))
        await asyncio.sleep(0)
        await asyncio.wait_for(outer.reserve(Cost(1)), 1)
        # Who waits holds nothing of the outer budget meanwhile.
        assert not waiting.done()
        assert outer.reserved.calls == 2
        inner.settle(Cost(1), NOTHING)
        await asyncio.wait_for(waiting, 1)

    asyncio.run(main())


def test_what_an_endpoint_counts_beyond_its_worst_case_is_booked_and_stops_the_next() -> None:
    async def main() -> bool:
        budget = Budget(Limits(tokens=100))
        await budget.reserve(Cost(1, 50))
        budget.settle(Cost(1, 50), Cost(1, 90))
        try:
            await budget.reserve(Cost(1, 11))
        except OverBudget:
            return budget.spent.tokens == 90
        return False

    assert asyncio.run(main())
