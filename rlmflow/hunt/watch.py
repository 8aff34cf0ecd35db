"""Watches a run: what each step was given and made, and which markers its calls were shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from rlmflow.functions import as_text
from rlmflow.hunt.markers import markers_in
from rlmflow.hunt.reader import Answers
from rlmflow.models._protocol import Model, ModelFailure, Request
from rlmflow.models.scripted import ScriptedModel
from rlmflow.operators._frame import Question, read_items
from rlmflow.operators._operator import Call
from rlmflow.operators._step import Result
from rlmflow.runtime.outcome import Outcome
from rlmflow.runtime.run import Job, run
from rlmflow.runtime.running import StepMade
from rlmflow.runtime.showing import HIDDEN
from rlmflow.values import Item, Stream


@dataclass(frozen=True)
class Watched:
    """A step of a run that has ended. `seen`: the markers in items that its calls showed."""

    name: str
    call: Call
    inputs: tuple[tuple[Item, ...], ...]
    result: tuple[Item, ...]
    complements: Mapping[str, tuple[Item, ...]]
    seen: frozenset[str]


@dataclass(frozen=True)
class WatchedRun:
    """A run, its steps, and the markers that any call showed as items."""

    outcome: Outcome
    steps: tuple[Watched, ...]
    seen: frozenset[str]


@dataclass
class _Shown:
    """The markers that calls showed as items, by the call in the strategy that sent them."""

    by_call: dict[int, set[str]] = field(default_factory=dict)

    def noting(self, answers: Answers) -> Answers:
        """The same answers, with what they are shown noted where they do reply."""

        def model_of(role: str, call: Call) -> Model:
            inner = answers(role, call)

            async def script(request: Request) -> str | ModelFailure:
                try:
                    reply = await inner.complete(request)
                except ModelFailure as failure:
                    return failure
                system, user = request.messages[0].content, request.messages[1].content
                texts = read_items(Question(system, user)).values()
                seen = self.by_call.setdefault(id(call), set())
                seen.update(marker for text in texts for marker in markers_in(text))
                return reply.text

            return ScriptedModel(script, name=inner.name)

        return model_of


async def watched(job: Job, answers: Answers) -> WatchedRun:
    """Run a job with a reader in place of its models, and watch it. Raises nothing of its own."""
    made: list[StepMade] = []
    shown = _Shown()
    outcome = await run(replace(job, reader=shown.noting(answers), observe=made.append))
    steps = [await _watched(one, shown.by_call.get(id(one.step.call), set())) for one in made]
    every = set[str]().union(*shown.by_call.values())
    return WatchedRun(outcome, tuple(steps), frozenset(every))


async def _watched(made: StepMade, seen: set[str]) -> Watched:
    result = made.made if isinstance(made.made, Result) else Result(made.made, {})
    return Watched(
        made.step.name,
        made.step.call,
        tuple([tuple(await stream.all()) for stream in made.inputs]),
        await _items(result.main),
        {name: await _items(stream) for name, stream in result.complements.items()},
        frozenset(seen),
    )


async def _items(made: Stream | Item) -> tuple[Item, ...]:
    return (made,) if isinstance(made, Item) else tuple(await made.all())


def text_of(items: Iterable[Item], without: str | None = None) -> str:
    """The text that items are about: what they were cut from, else what they hold.

    A field `without` is left out, and so are copies: what a step derived from items that
    its result holds, and those that it credits beside them.
    """
    return "\n".join(_text(item, without) for item in items)


def _text(item: Item, without: str | None) -> str:
    if item.spans:
        return "\n".join(span.text for span in item.spans)
    if held := list(held_items(item.value)):
        return text_of(held)
    if isinstance(item.value, Mapping):
        copies = (without, *HIDDEN)
        return as_text({name: value for name, value in item.value.items() if name not in copies})
    return as_text(item)


def held_items(value: object) -> Iterator[Item]:
    """The items that stand in a value, as in a group or a pair."""
    if isinstance(value, Item):
        yield value
    elif isinstance(value, list):
        for inner in value:
            yield from held_items(inner)
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            if name not in HIDDEN:
                yield from held_items(inner)
