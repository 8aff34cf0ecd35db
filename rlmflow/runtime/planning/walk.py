"""Goes through a program step by step, and adds up the most that its calls can take.

Where no reply has a part in what flows into a step, it was run for sure, and what it
asked or made is known. Elsewhere the rule of its operator says the most. A strategy that
is run on each of a list is gone through once, for the largest of its items.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial, reduce
from math import inf

from rlmflow import template
from rlmflow.graph.model import (
    Choice,
    Graph,
    Input,
    Invocation,
    Node,
    Operation,
    Program,
    StrategyGraph,
    Value,
)
from rlmflow.models._protocol import Model
from rlmflow.operators._call import Call
from rlmflow.operators._most import EMPTY, UNBOUNDED, Count, Most, NotKnown, Size, times
from rlmflow.operators._step import Result
from rlmflow.runtime.names import Made
from rlmflow.runtime.planning.amount import Amount
from rlmflow.runtime.planning.given import CallGiven
from rlmflow.runtime.planning.reached import Line, Reached, endless
from rlmflow.runtime.planning.saying import conversation
from rlmflow.runtime.planning.sizes import (
    NOTHING_KNOWN,
    Known,
    Names,
    larger,
    measured,
    size_of,
    stays_certain,
)
from rlmflow.runtime.planning.tally import PlannedModel, Tally
from rlmflow.runtime.running import StepMade
from rlmflow.runtime.step import RunningStep


@dataclass(frozen=True)
class Place:
    """Where the walk is: in which strategy, by which steps it came, at which levels.

    `certain`: whether the strategy was run there as often as it will be. `runs`: how often,
    where it is certain; else one run is looked at.
    """

    strategy: StrategyGraph
    path: tuple[str, ...]
    certain: bool
    runs: Count
    levels: Mapping[str, int]


@dataclass
class Walk:
    """Goes through a program. `steps`: those that were run, by path and name; `begun`: how many.

    `model_of`: the model of a role, for a call. `source`: bytes of the longest place.
    """

    program: Program
    steps: Mapping[tuple[tuple[str, ...], str], Sequence[StepMade]]
    begun: Mapping[tuple[tuple[str, ...], str], int]
    model_of: Callable[[str, Call], Model]
    source: int
    _known: dict[object, Reached] = field(default_factory=dict)

    def main(self, arguments: Names) -> Reached:
        """The main strategy with these arguments."""
        strategy = self.program.strategies[self.program.main]
        return self._strategy(strategy, arguments, Place(strategy, (), True, 1, {}))

    def _strategy(self, strategy: StrategyGraph, arguments: Names, place: Place) -> Reached:
        level = place.levels.get(strategy.name, 0) + 1
        most = strategy.limits.levels
        if most is not None and level > most:
            return Reached()
        inside = replace(place, strategy=strategy, levels={**place.levels, strategy.name: level})
        names: dict[str, Known] = {}
        for parameter in strategy.parameters:
            given = arguments.get(parameter.name)
            if given is None and parameter.default is not None:
                given = size_of(parameter.default, {}, parameter.type)
            names[parameter.name] = given or NOTHING_KNOWN
        reached = self._graph(strategy.graph, names, inside)
        total = reached.total.within(strategy.limits, inside.runs, reached.largest)
        return replace(reached, total=total)

    def _graph(self, graph: Graph, outer: Names, place: Place) -> Reached:
        names, reached = dict(outer), Reached()
        for node in graph:
            if not isinstance(node, Input):
                names |= self._node(node, names, place, reached)
        reached.result = size_of(graph.result, names, graph.result_type)
        return reached

    def _node(self, node: Node, names: Names, place: Place, reached: Reached) -> dict[str, Known]:
        match node:
            case Operation():
                return self._operation(node, names, place, reached)
            case Value():
                return {node.name: size_of(node.expression, names, node.type)}
            case Invocation():
                return {node.name: self._invocation(node, names, place, reached)}
            case Choice():
                return {node.name: self._choice(node, names, place, reached)}
            case Input():
                raise AssertionError("an input is not run")

    def _invocation(self, node: Invocation, names: Names, place: Place, reached: Reached) -> Known:
        strategy = self.program.strategies[node.strategy]
        types = {parameter.name: parameter.type for parameter in strategy.parameters}
        given = {name: size_of(value, names, types[name]) for name, value in node.arguments.items()}
        certain = place.certain and all(one.certain for one in given.values())
        inside = replace(
            place,
            path=(*place.path, node.name),
            certain=certain,
            runs=place.runs if certain else 1,
        )
        inner = self._strategy(strategy, given, inside)
        reached.take_in(inner, 1 if certain else place.runs)
        return Known(lambda: inner.result.size)

    def _choice(self, node: Choice, names: Names, place: Place, reached: Reached) -> Known:
        """One arm is run: for each step the most that any arm has of it.

        Where no reply decides which, the arm that ran is the one; else none ran for sure.
        """
        decided = stays_certain(node.value, names)
        inside = place if decided else replace(place, certain=False, runs=1)
        inner = [self._graph(arm, names, inside) for arm in node.graphs]
        chosen = Reached()
        for key in dict.fromkeys(key for one in inner for key in one.lines):
            lines = [one.lines.get(key, Line()) for one in inner]
            chosen.lines[key] = reduce(Line.instead, lines)
        chosen.total = reduce(Amount.or_more, (one.total for one in inner), Amount())
        chosen.largest = reduce(Amount.or_more, (one.largest for one in inner), Amount())
        reached.take_in(chosen, 1 if decided else place.runs)
        return Known(lambda: _largest([one.result.size for one in inner]))

    def _operation(
        self, node: Operation, names: Names, place: Place, reached: Reached
    ) -> dict[str, Known]:
        call, at = node.call, (place.path, node.name)
        ran = self.steps.get(at, ()) if place.certain else ()
        # A step that began and made nothing shows nothing of what it would have asked.
        whole = len(ran) == self.begun.get(at, 0)
        sure = place.certain and _is_certain(call, names)
        certain = sure and whole
        if certain and not call.asks_model and not call.runs_strategy:
            return _as_it_was(node, ran)
        runs: Sequence[StepMade | None] = ran if certain else [next(iter(ran), None)]
        callee = self._callee(node, names, place, runs, certain, reached)
        model = self.model_of(call.roles[0], call) if call.roles else None
        given = [CallGiven(call, names, model, run, callee) for run in runs]
        if model is not None:
            made = Reached()
            for one in given:
                line = self._line(one, certain, model)
                if line is not None:
                    made.add((place.strategy.name, node.name), replace(line, certain=sure))
            reached.take_in(made, 1 if certain else place.runs)
        return {name: Known(partial(_largest_of, given, name)) for name in _made_by(node)}

    def _callee(
        self,
        node: Operation,
        names: Names,
        place: Place,
        runs: Sequence[StepMade | None],
        certain: bool,
        reached: Reached,
    ) -> Known | None:
        """What a strategy that is run on each item makes of one; what it asks into `reached`."""
        if node.call.strategy is None:
            return None
        found = self.program.strategies[str(node.call.strategy.constant)]
        needed = next(p.name for p in found.parameters if p.default is None)
        items = next(node.call.inputs)
        path = (*place.path, node.name)
        if certain:
            sizes = [measured(run.inputs[0]) for run in runs if run is not None]
            size = sum(sizes, EMPTY)
            inside = replace(place, path=path, runs=size.items)
            inner = self._strategy(found, {needed: Known(_an_item(size), certain=True)}, inside)
            reached.take_in(inner)
            return inner.result
        size = size_of(items.written, names, items.type).size
        inside = replace(place, path=path, certain=False, runs=1)
        key = (found.name, size.each, tuple(sorted(inside.levels.items())))
        if key not in self._known:
            self._known[key] = self._strategy(found, {needed: Known(_an_item(size))}, inside)
        reached.take_in(self._known[key], times(size.items, place.runs), exact=size.exact)
        return self._known[key].result

    def _line(self, given: CallGiven, certain: bool, model: Model) -> Line | None:
        """What one run of a step asks at most; None where that is foretold as roots' work."""
        operator, run = given.call.operator, given.made
        if operator.ideal_program is not None:
            return None if certain else endless(model, "a root improvises in it")
        if operator.most_of is None:
            return endless(model, f"nothing bounds what `{operator.name}` asks")
        try:
            talk = conversation(given, model, self.source)
            tally = tally_of(run.step) if run is not None else None
            if certain and operator.settled and tally is not None:
                most = talk.beyond(tally)
                exact = not given.call.tools
                return Line(tally.calls, most.amount, exact, largest=most.largest)
            asks = operator.most_of(given).asks
        except NotKnown as what:
            return endless(model, f"{what} is known only when it runs")
        most = talk.at_most(asks)
        exact = all(ask.exact for ask in asks) and not given.call.tools
        why = None if most.amount.finite else _why(most.calls)
        return Line(most.calls, most.amount, exact, why, most.largest)


def _largest(sizes: Sequence[Size]) -> Size:
    return reduce(larger, sizes) if sizes else EMPTY


def _largest_of(given: Sequence[CallGiven], name: str) -> Size:
    """What a step makes at most under a name: its own, or that of a complement."""
    return _largest([_made(one, name.rpartition("/")[2].partition(".")[2]) for one in given])


def _made(given: CallGiven, complement: str) -> Size:
    rule = given.call.operator.most_of
    try:
        most = rule(given) if rule else Most(UNBOUNDED)
    except NotKnown:
        return UNBOUNDED
    return most.complements.get(complement, UNBOUNDED) if complement else most.result


def _why(calls: Count) -> str:
    if calls == inf:
        return "how many items flow in has no bound"
    return "how long they are has no bound"


def _an_item(size: Size) -> Size:
    return Size(1, size.each, exact=True)


def _is_certain(call: Call, names: Names) -> bool:
    """Whether no reply has a part in what a call is given."""
    every = (*call.arguments.values(), *call.more)
    given = (argument.written for argument in every if not argument.known)
    told = template.names(call.prompt.value) if call.prompt else ()
    return all(stays_certain(one, names) for one in given) and all(
        names.get(name, NOTHING_KNOWN).certain for name in told
    )


def _beside(call: Call) -> list[str]:
    return [name for name, of in call.operator.complements.items() if of(call) is not None]


def _made_by(node: Operation) -> list[str]:
    return [node.name, *(f"{node.name}.{name}" for name in _beside(node.call))]


def _as_it_was(node: Operation, ran: Sequence[StepMade]) -> dict[str, Known]:
    """What a step without a model made, the largest of its runs."""
    made: dict[str, list[Made]] = {name: [] for name in _made_by(node)}
    for run in ran:
        whole = run.made if isinstance(run.made, Result) else Result(run.made, {})
        made[node.name].append(whole.main)
        for name, stream in whole.complements.items():
            made[f"{node.name}.{name}"].append(stream)
    return {name: Known(partial(_measured_all, each), certain=True) for name, each in made.items()}


def _measured_all(made: Sequence[Made]) -> Size:
    return _largest([measured(one) for one in made])


def tally_of(step: RunningStep) -> Tally | None:
    """What a step asked in the run that was planned."""
    asker = step.asker
    model = asker.caller.model if asker else None
    return model.tally if isinstance(model, PlannedModel) else None
