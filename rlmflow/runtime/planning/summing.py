"""A forecast of a run, from the run of its plan in which no model was asked."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from rlmflow.graph.model import Choice, Graph, Limits, Operation, Program
from rlmflow.operators._call import Call
from rlmflow.runtime.forecast import MAIN, Chosen, Forecast, StepForecast, TooLong
from rlmflow.runtime.job import Job
from rlmflow.runtime.limits import Cost
from rlmflow.runtime.planning.amount import priced
from rlmflow.runtime.planning.chosen import chosen
from rlmflow.runtime.planning.order import Key, Order
from rlmflow.runtime.planning.reached import Line, endless
from rlmflow.runtime.planning.sizes import Known, measured
from rlmflow.runtime.planning.tally import Tally
from rlmflow.runtime.planning.walk import Walk, tally_of
from rlmflow.runtime.running import StepMade
from rlmflow.runtime.step import RunningStep


def summed_up(
    job: Job, begun: Sequence[RunningStep], steps: Sequence[StepMade], limits: Limits
) -> Forecast:
    """What a job will use. `begun`: the steps that began, `steps`: what those that ended made.

    `limits`: those of the run, all taken together.
    """
    by_place: dict[tuple[tuple[str, ...], str], list[StepMade]] = defaultdict(list)
    for made in steps:
        by_place[made.step.path, made.step.name].append(made)
    number = Counter((step.path, step.name) for step in begun)
    walk = Walk(job.program, by_place, number, job.model_of, _longest_place(job))
    arguments = {
        name: Known(partial(measured, made), certain=True) for name, made in job.arguments().items()
    }
    reached = walk.main(arguments)
    asked = _asked(job.program, begun)
    order = Order(job.program, {key: one.depth for key, one in asked.items()})
    names = _names(job.program)
    chain = tuple(names[key] for key in order.chain().steps)
    by_name = {
        names[key]: _step(job, key, one, reached.lines.get(key), order.waves.get(key, 1))
        for key, one in asked.items()
        if key in reached.lines or one.tally.calls
    }
    return Forecast(
        steps=by_name,
        ceiling=reached.total.within(limits, one=reached.largest),
        limits=limits,
        width=job.width,
        chain=chain,
        too_long=tuple(_too_long(names, _sure(asked, reached.lines))),
        rewritten=job.program.rewritten,
    )


def _step(job: Job, key: Key, asked: _Asked, line: Line | None, wave: int) -> StepForecast:
    tally, call = asked.tally, asked.call
    model = job.model_of(call.roles[0], call)
    line = line or endless(model, "it was asked unforeseen")
    typical = tally.tokens_in // max(tally.calls, 1)
    usd = priced(model.price, 0, tally.tokens_in, tally.tokens_out, typical).usd
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
        depth=asked.depth,
        wave=wave,
        chosen=chosen(asked.step, tally, call.roles[0]) if asked.step else Chosen(call.roles[0]),
    )


@dataclass
class _Asked:
    """What one step of the program asked in all its runs, the longest of them, and one."""

    call: Call
    tally: Tally = field(default_factory=Tally)
    longest: int = 0
    step: RunningStep | None = None

    @property
    def depth(self) -> int:
        """How many calls of a run of it follow one another."""
        calls = self.longest
        return min(calls, self.call.operator.depth_of(calls)) if calls else 0


def _asked(program: Program, steps: Sequence[RunningStep]) -> dict[Key, _Asked]:
    """By strategy and step: those that ask. Calls are told apart as they stand in the program."""
    every = list(_calls(program))
    found = {key: _Asked(call) for key, call in every if call.roles}
    keys = {id(call): key for key, call in every}
    for step in steps:
        one = found.get(keys[id(step.call)])
        tally = tally_of(step)
        if one is not None and tally is not None:
            one.tally.add(tally)
            one.longest = max(one.longest, tally.calls)
            one.step = one.step or step
    return found


def _names(program: Program) -> dict[Key, str]:
    """What each step is called: its own name, with its strategy's where that is not the main."""
    names: dict[Key, str] = {}
    for key, _ in _calls(program):
        strategy, step = key
        short = step if strategy == program.main else f"{_short(strategy)}.{step}"
        names[key] = f"{strategy}.{step}" if short in names.values() else short
    return names


def _short(strategy: str) -> str:
    return strategy.rpartition(":")[2]


def _sure(asked: Mapping[Key, _Asked], lines: Mapping[Key, Line]) -> dict[Key, _Asked]:
    return {key: one for key, one in asked.items() if key not in lines or lines[key].certain}


def _too_long(names: Mapping[Key, str], asked: Mapping[Key, _Asked]) -> Iterator[TooLong]:
    """Steps whose largest request passes the window for sure, unless they may skip it."""
    for key, one in asked.items():
        asker = one.step.asker if one.step else None
        window = asker.caller.model.window if asker else None
        if asker and window and one.tally.too_long and not one.call.may_skip:
            name = asker.caller.model.name
            yield TooLong(names[key], one.call.span, one.tally.too_long, name, window)


def _calls(program: Program) -> Iterator[tuple[Key, Call]]:
    for strategy in program.strategies.values():
        for name, call in _of(strategy.graph):
            yield (strategy.name, name), call


def _of(graph: Graph) -> Iterator[tuple[str, Call]]:
    for node in graph:
        if isinstance(node, Operation):
            yield node.name, node.call
        if isinstance(node, Choice):
            for arm in node.graphs:
                yield from _of(arm)


def _longest_place(job: Job) -> int:
    """Bytes of the longest `file:line` that the input has."""
    names = (len(document.name.encode(errors="surrogatepass")) for document in job.documents)
    return max(names, default=0) + 24
