"""Steps that run when they are asked for: each once, with what it needs, and no others."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from rlmflow.graph.model import Limits
from rlmflow.models.scripted import ScriptedModel
from rlmflow.runtime.clock import Surroundings
from rlmflow.runtime.events import Event, StepBegun
from rlmflow.runtime.execute import Execution
from rlmflow.runtime.limits import Budget
from rlmflow.runtime.names import NoValue
from rlmflow.runtime.run import Job
from rlmflow.runtime.running import Running
from rlmflow.runtime.stepwise import Stepwise
from rlmflow.testing import NoWaiting, compiled, run_text
from rlmflow.values import Corpus, Document, Stream

STRATEGY = """
type Line { text: text }

strategy kinds(docs: corpus, wanted: text = "a") -> dict[text, int] {
  lines = records(docs, by: line) -> Line
  kept  = filter(lines, where: wanted in item.text)
  rest  = map(kept.dropped, as: kind, choices: ["x", "y"]) -> text \"\"\"Which?\"\"\"
  told  = map(kept, as: kind, choices: ["x", "y"]) -> text \"\"\"Which?\"\"\"
  answer count(told + rest, by: item.kind)
}
"""


def always_x(request: Any) -> object:
    return dict.fromkeys(request.schema["properties"], "x")


def stepwise(
    work: Callable[[Stepwise], Awaitable[Any]], text: str = "a1\nb2\na3\n"
) -> tuple[Any, list[str]]:
    """Do `work` with the strategy over a text; what it gives, and the steps that began."""
    begun: list[str] = []

    def hear(event: Event) -> None:
        if isinstance(event, StepBegun):
            begun.append(event.step)

    async def run() -> Any:
        program = compiled(STRATEGY)
        model = ScriptedModel(always_x)
        job = Job(program, {"docs": Corpus((Document("in.txt", text),))}, {}, {"sub": model})
        async with asyncio.TaskGroup() as tasks:
            running = Running(
                program, lambda *_: model, hear, 4, Surroundings(clock=NoWaiting()), tasks
            )
            execution = Execution(running, job.main, Budget(Limits()))
            return await work(await Stepwise.of(running, execution, job.arguments()))

    return asyncio.run(run()), begun


async def values(stream: Any) -> list[object]:
    assert isinstance(stream, Stream)
    return [item.value for item in await stream.all()]


def test_a_step_begins_with_what_it_needs_and_nothing_else() -> None:
    async def work(steps: Stepwise) -> object:
        return await values(await steps.value("kept"))

    kept, begun = stepwise(work)
    assert kept == [{"text": "a1"}, {"text": "a3"}]
    assert sorted(begun) == ["kept", "lines"]


def test_a_step_that_is_asked_for_twice_runs_once() -> None:
    async def work(steps: Stepwise) -> object:
        return await steps.value("told"), await steps.value("told")

    (first, second), begun = stepwise(work)
    assert first is second
    assert begun.count("told") == 1


def test_who_no_longer_waits_for_a_step_does_not_end_it() -> None:
    async def work(steps: Stepwise) -> object:
        waiting = asyncio.ensure_future(steps.value("kept"))
        await asyncio.sleep(0)
        waiting.cancel()
        return await values(await steps.value("kept"))

    kept, _ = stepwise(work)
    assert kept == [{"text": "a1"}, {"text": "a3"}]


def test_a_complement_is_there_without_its_step_having_been_asked_for() -> None:
    async def work(steps: Stepwise) -> object:
        return await values(await steps.complement("kept", "dropped"))

    assert stepwise(work)[0] == [{"text": "b2"}]


def test_the_answer_is_that_of_a_plan() -> None:
    async def work(steps: Stepwise) -> object:
        return (await steps.answer()).value  # type: ignore[union-attr]  # a count is one value

    answer, begun = stepwise(work)
    planned = run_text(STRATEGY, "a1\nb2\na3\n", always_x)
    assert planned.answer is not None
    assert answer == planned.answer.value == {"x": 3, "y": 0}
    assert len(begun) == len(set(begun))


def test_other_items_can_be_put_in_a_steps_place() -> None:
    async def work(steps: Stepwise) -> object:
        lines = await (await steps.value("lines")).all()  # type: ignore[union-attr]  # a list
        made = await steps.over("told", Stream.of(lines[1:2]))
        return await values(made), await values(await steps.value("told"))

    (other, own), _ = stepwise(work)
    assert other == [{"text": "b2", "kind": "x"}]
    assert [record["text"] for record in own] == ["a1", "a3"]


@pytest.mark.parametrize("name", ["nothing", "docs"])
def test_what_takes_no_items_says_so(name: str) -> None:
    async def work(steps: Stepwise) -> object:
        with pytest.raises(LookupError, match=name):
            await steps.over(name, Stream.of(()))

    stepwise(work)


def test_the_names_are_those_that_an_author_wrote() -> None:
    async def work(steps: Stepwise) -> object:
        return steps.step_names

    assert stepwise(work)[0] == ("lines", "kept", "rest", "told")


def test_a_step_that_failed_has_no_value() -> None:
    strategy = """
    strategy s(docs: corpus, n: int = 0) -> text {
      few = search(docs, "x", top: n)
      answer ask(few) -> text \"\"\"?\"\"\"
    }
    """

    async def run() -> None:
        program = compiled(strategy)
        model = ScriptedModel(lambda _: "x")
        job = Job(program, {"docs": Corpus((Document("in.txt", "x"),))}, {}, {"sub": model})
        async with asyncio.TaskGroup() as tasks:
            running = Running(program, lambda *_: model, lambda _: None, 4, Surroundings(), tasks)
            execution = Execution(running, job.main, Budget(Limits()))
            steps = await Stepwise.of(running, execution, job.arguments())
            with pytest.raises(NoValue):
                await steps.value("few")

    asyncio.run(run())
