"""From a checked call to the running step: its prompt, its model, its knobs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from rlmflow import template
from rlmflow.graph.model import Operation
from rlmflow.journal.key import Occasion
from rlmflow.operators._operator import Call
from rlmflow.operators._step import Shown
from rlmflow.operators._tools import GivenTools, resolved
from rlmflow.runtime.asking import Asker
from rlmflow.runtime.binding import Binder
from rlmflow.runtime.calling import Caller, Repeats
from rlmflow.runtime.ledger import Ledger
from rlmflow.runtime.limits import Budget
from rlmflow.runtime.names import Names
from rlmflow.runtime.running import Running
from rlmflow.runtime.schedule.order import Order
from rlmflow.runtime.showing import show_itself, shown_by
from rlmflow.runtime.step import RunningStep
from rlmflow.runtime.tools.using import ToolUse
from rlmflow.syntax import ast
from rlmflow.values import Item


@dataclass(frozen=True)
class Where:
    """Where in a run a step stands: its `order`, the `path` of steps that led to it.

    `room` bounds what it has under way; `occasion` tells apart steps that ask the same.
    """

    order: Order
    room: asyncio.Semaphore
    path: tuple[str, ...] = ()
    occasion: Occasion = ()


async def prepared(
    running: Running,
    node: Operation,
    names: Names,
    binder: Binder,
    budget: Budget,
    ledger: Ledger,
    where: Where,
) -> RunningStep:
    """A step that is ready to run: its prompt rendered, its model found, its knobs known.

    Raises `Unanswered`.
    """
    call = node.call
    show: Callable[[Item], Shown] = show_itself
    also: list[str] = []
    prompt, asker = "", None
    settings: Mapping[str, object] = {}
    if call.asks_model and not call.runs_strategy:
        asker = await _asker(running, node, binder, budget, ledger, where)
        also = await _context(binder)
        if call.prompt is not None:
            settings = await _settings(call.prompt, names)
            prompt = template.render(call.prompt, settings)
        if (shown := call.arguments.get("show")) is not None:
            show = shown_by(shown.written, await names.environment(shown.written))
    return RunningStep(
        name=node.name,
        call=call,
        returns=await binder.resolved(call.returns),
        prompt=prompt,
        also=tuple(also),
        show=show,
        tell=running.tell,
        start=running.start,
        python=partial(running.python, deadline=budget.deadline),
        ledger=ledger,
        room=where.room,
        limit=running.limit,
        asker=asker,
        may_skip=await binder.knob("on_failure") if call.operator.may_ask else 0.0,
        settings=settings,
        explorer=running.explorer,
        path=where.path,
    )


async def _asker(
    running: Running, node: Operation, binder: Binder, budget: Budget, ledger: Ledger, where: Where
) -> Asker:
    most = await binder.knob("max_output")
    role = await binder.knob("model")
    caller = running.caller(
        node.name,
        running.model_of(role, node.call),
        budget,
        Repeats(await binder.knob("retries"), pinned=node.call.has("retries")),
        role,
        where.order,
        where.occasion,
    )
    votes = await binder.knob("votes")
    return Asker(
        caller,
        ledger,
        votes,
        not node.call.has("show"),
        int(most.value) if most else None,
        await _tools(running, node.call, caller, binder.names),
    )


async def _tools(running: Running, call: Call, caller: Caller, names: Names) -> ToolUse | None:
    given = [tool.parameter for tool in call.tools if isinstance(tool, GivenTools)]
    values = {name: await names.plain(ast.Reference(name, span=call.span)) for name in given}
    named = list(resolved(call.tools, values.__getitem__))
    if not named:
        return None
    tools = await running.toolbox.tools(named, caller.deadline)
    return ToolUse(tools, caller, running.toolbox.unknown(named))


async def _context(binder: Binder) -> list[str]:
    also = await binder.knob("also")
    shown: list[Shown] = [show_itself(item) for item in await also.all()] if also else []
    return [piece.text for piece in shown]


async def _settings(prompt: ast.Text, names: Names) -> dict[str, object]:
    """The values of the names that stand in a prompt."""
    wanted = template.names(prompt.value)
    return {name: await _scalar(names, name) for name in sorted(wanted)}


async def _scalar(names: Names, name: str) -> object:
    made = await names.get(name)
    return made.value if isinstance(made, Item) else [item.value for item in await made.all()]
