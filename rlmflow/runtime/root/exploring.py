"""A root inside one step of a strategy: what it is given, and its answer as the step's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rlmflow.graph.model import Limits
from rlmflow.operators._step import Shown, Unanswered
from rlmflow.runtime.calling import Caller
from rlmflow.runtime.events import ItemFailed
from rlmflow.runtime.names import Made
from rlmflow.runtime.repl.wire import Piece, Sent, SentList
from rlmflow.runtime.root.crossing import Crossing
from rlmflow.runtime.root.guided import named_apart
from rlmflow.runtime.root.minds import Program
from rlmflow.runtime.root.roots import Roots, improvised
from rlmflow.runtime.root.usage import ROOT
from rlmflow.runtime.root.work import Work
from rlmflow.runtime.step import RunningStep
from rlmflow.targets.prompt import Shape, step_prompt
from rlmflow.types import ANY
from rlmflow.values import Item, Part, Stream


class Exploring:
    """Has roots work in steps. `played`: an operator's ideal program stands for its model."""

    def __init__(self, roots: Roots, *, played: bool) -> None:
        self._roots = roots
        self._played = played

    async def __call__(
        self, step: RunningStep, items: Sequence[Item], turns: int, depth: int | None
    ) -> Stream | Item:
        caller = caller_of(step)
        roots = self._roots.for_step(step, caller, depth)
        work = self._work(roots, step, items, turns)
        ending = await roots.work(work, caller.budget, improvised(caller.budget))
        if ending.reason is not None:
            if ending.made is None:
                raise Unanswered(ending.reason)
            step.tell(ItemFailed(step.name, step.name, None, ending.reason))
        if ending.made is None:
            raise AssertionError("an answer was accepted, and there is none")
        return await _of_step(step, ending.made)

    def _work(self, roots: Roots, step: RunningStep, items: Sequence[Item], turns: int) -> Work:
        returns = step.returns or ANY
        shown = [step.show(item) for item in items]
        crossing = Crossing(show=step.show)
        ideal = step.call.operator.ideal_program if self._played else None
        mind = Program(ideal(returns)) if ideal else None
        names: dict[str, object] = {
            "items": SentList(tuple(_sent(crossing, p, n) for n, p in enumerate(shown))),
            "task": step.prompt,
        }
        return Work(
            step=step.name,
            system="" if mind else prompt_of(step, shown, roots, turns),
            lasting="" if mind else prompt_of(step, shown, roots, turns, Limits()),
            returns=returns,
            documents=named_apart([(_name(piece), piece.text) for piece in shown]),
            turns=max(turns, len(mind.blocks) + 1 if mind else 0),
            crossing=crossing,
            names=names | ({"also": list(step.also)} if step.also else {}),
            mind=mind,
            caller=replace(caller_of(step), role=ROOT),
            most_tokens=step.asker.max_output if step.asker else None,
        )


def caller_of(step: RunningStep) -> Caller:
    """Who asks the model of a step in which a root works."""
    if step.asker is None:
        raise AssertionError(f"{step.name} has a root work, and its operator did not say so")
    return step.asker.caller


def prompt_of(
    step: RunningStep,
    shown: Sequence[Shown],
    roots: Roots,
    turns: int,
    limits: Limits | None = None,
) -> str:
    """What the root of a step is told. `limits`: what is left, unless they are given."""
    limits = limits or caller_of(step).budget.left()
    terms = roots.settings.terms(level=0, turns=turns, window=roots.sub_window, limits=limits)
    prompt = step_prompt(
        replace(step.call, returns=step.returns),
        items=Shape(len(shown), sum(len(piece.text) for piece in shown)),
        values=step.settings,
        terms=terms,
    )
    if not step.also:
        return prompt
    return f"{prompt}\nThe variable `also` is a list of texts that bear on the task.\n"


def _name(shown: Shown) -> str:
    value = shown.item.value
    if isinstance(value, Part) and len(value.core.source.text) == value.core.end - value.core.start:
        return value.name
    return shown.item.source or shown.item.id


def _sent(crossing: Crossing, shown: Shown, number: int) -> Sent:
    """An item of the step; a text by its place in `context`, where it stands whole."""
    sent = crossing.item_sent(shown.item)
    if not isinstance(shown.item.value, str | Part):
        return sent
    return Sent(Piece(number, 0, len(shown.text)), sent.handle, sent.source)


async def _of_step(step: RunningStep, made: Made) -> Stream | Item:
    """The root's answer as values that the step made."""
    if isinstance(made, Item):
        return step.item(made.value, 0, [made], spans=made.spans, fields=made.fields)
    return Stream.of(
        step.item(item.value, number, [item], spans=item.spans, fields=item.fields)
        for number, item in enumerate(await made.all())
    )
