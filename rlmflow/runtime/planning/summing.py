"""A forecast of a run, from the run of its plan in which no model was asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from rlmflow.graph.model import Choice, Graph, Limits, Operation, Program
from rlmflow.operators._call import Call
from rlmflow.runtime.forecast import MAIN, Forecast, StepForecast
from rlmflow.runtime.job import Job
from rlmflow.runtime.limits import Cost
from rlmflow.runtime.planning.amount import priced
from rlmflow.runtime.planning.chosen import chosen
from rlmflow.runtime.planning.order import Key, Order
from rlmflow.runtime.planning.sizes import Known, measured
from rlmflow.runtime.planning.tally import Tally
from rlmflow.runtime.planning.walk import Line, Walk, tally_of
from rlmflow.runtime.running import StepMade


def summed_up(job: Job, steps: Sequence[StepMade], limits: Limits) -> Forecast:
    """What a job will use. `limits`: those of the run, all taken together."""
    by_place: dict[tuple[tuple[str, ...], str], list[StepMade]] = defaultdict(list)
    for made in steps:
        by_place[made.step.path, made.step.name].append(made)
    walk = Walk(job.program, by_place, job.model_of, _longest_place(job))
    arguments = {
        name: Known(partial(measured, made), certain=True) for name, made in job.arguments().items()
    }
    reached = walk.main(arguments)
    asked = _asked(job.program, steps)
    order = Order(job.program, {key: _depth(one) for key, one in asked.items()})
    chain = order.chain()
    by_name = {
        _name(job.program, key): _step(job, key, one, reached.lines.get(key), order.waves.get(key))
        for key, one in asked.items()
        if not _is_foretold(one, reached.lines.get(key))
    }
    return Forecast(
        steps=by_name,
        ceiling=reached.total.within(limits),
        limits=limits,
        width=job.width,
        chain=tuple(_name(job.program, key) for key in chain.steps),
        too_long=_too_long(job.program, asked),
    )


def _is_foretold(asked: _Asked, line: Line | None) -> bool:
    """Whether what a step asks is the work of roots, which is foretold elsewhere."""
    roots = asked.made.step.call.operator.ideal_program is not None
    return roots and (line is None or line.open is None)


def _step(job: Job, key: Key, asked: _Asked, line: Line | None, wave: int | None) -> StepForecast:
    tally, call = asked.tally, asked.made.step.call
    model = job.model_of(call.roles[0], call)
    line = line or Line()
    usd = priced(model.price, 0, tally.tokens_in, tally.tokens_out).usd
    least = line.calls if line.exact else 0
    return StepForecast(
        model=model.name,
        clean=Cost(tally.calls, tally.tokens_in, tally.tokens_out, usd),
        ceiling=line.most,
        rate=model.rate,
        operator=call.operator.name,
        strategy=MAIN if key[0] == job.program.main else _short(key[0]),
        calls=(least, max(line.calls, least)),
        priced=model.price is not None,
        open=line.open,
        largest=line.largest,
        depth=_depth(asked),
        wave=wave or 1,
        chosen=chosen(asked.made, tally, call.roles[0]),
    )


def _depth(asked: _Asked) -> int:
    """How many calls of a step follow one another, if each run of it asks as much."""
    calls = asked.tally.calls
    return min(calls, asked.made.step.call.operator.depth_of(calls)) if calls else 0


def _name(program: Program, key: Key) -> str:
    strategy, step = key
    return step if strategy == program.main else f"{_short(strategy)}.{step}"


def _short(strategy: str) -> str:
    return strategy.rpartition(":")[2]


def _too_long(program: Program, asked: Mapping[Key, _Asked]) -> dict[str, tuple[int, int]]:
    """Steps whose largest request passes the window for sure: its tokens, and the window."""
    found = {}
    for key, one in asked.items():
        window = one.made.step.asker.caller.model.window if one.made.step.asker else None
        if one.tally.too_long and window:
            found[_name(program, key)] = (one.tally.too_long, window)
    return found


def _calls(program: Program) -> Iterator[tuple[Key, Call]]:
    for strategy in program.strategies.values():
        for name, call in _of(strategy.graph):
            yield (strategy.name, name), call


def _of(graph: Graph) -> Iterator[tuple[str, Call]]:
    for node in graph:
        if isinstance(node, Operation):
            yield node.name, node.call
        if isinstance(node, Choice):
            arms = [arm for _, arm in node.arms] + ([node.otherwise] if node.otherwise else [])
            for arm in arms:
                yield from _of(arm)


def _longest_place(job: Job) -> int:
    """Bytes of the longest `file:line` that the input has."""
    names = (len(document.name.encode(errors="surrogatepass")) for document in job.documents)
    return max(names, default=0) + 24


@dataclass(frozen=True)
class _Asked:
    """What one step of the program asked in all its runs, and one of these."""

    tally: Tally
    made: StepMade


def _asked(program: Program, steps: Sequence[StepMade]) -> dict[Key, _Asked]:
    """By strategy and step. Calls are told apart as they stand in the program."""
    keys = {id(call): key for key, call in _calls(program)}
    found: dict[Key, _Asked] = {}
    for made in steps:
        tally = tally_of(made)
        if tally is not None:
            key = keys[id(made.step.call)]
            found.setdefault(key, _Asked(Tally(), made)).tally.add(tally)
    return found
