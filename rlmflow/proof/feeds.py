"""What an operator's call does to the items of its inputs, as it declares it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rlmflow.operators._operator import Argument, Call, Path
from rlmflow.operators._records import record_type
from rlmflow.proof.chart import ITEM, WHOLE_ITEM, Feed
from rlmflow.proof.flows import Around, Flow, Flows, conveys, flows_of, static_type
from rlmflow.proof.promised import Known
from rlmflow.proof.spots import Spot, holds_records, item_type, normal, type_at
from rlmflow.syntax import ast
from rlmflow.types import ANY, RecordType, Type

_SHOW = "show"


def feeds_of(call: Call, around: Around, known: Known) -> Iterator[Feed]:
    """The feeds of a call, one for each list that flows in."""
    for number, (parameter, argument) in enumerate(call.named_inputs):
        feed = _declared(call, parameter, argument, number, around)
        run = call.strategy
        if run is not None and run.known:
            strategy = str(run.constant)
            feed = replace(feed, facts=call.operator.facts_of(call))
            feed = known.feed(feed, strategy, _item_parameter(known, strategy))
        yield feed


def _item_parameter(known: Known, strategy: str) -> str:
    """The parameter that a strategy takes an item by which runs once for each."""
    parameters = known.program.strategies[strategy].parameters
    return next(p.name for p in parameters if p.default is None)


def _declared(call: Call, parameter: str, argument: Argument, number: int, around: Around) -> Feed:
    found = static_type(argument.written, around)
    type_ = argument.type if found == ANY else found
    flows = flows_of(argument.written, around)
    complements = {
        name: complement
        for name, complement in call.operator.complements.items()
        if complement.of in (None, parameter) and complement(call) is not None
    }
    return Feed(
        parameter,
        flows,
        call.facts,
        type_,
        _shown(call, type_, flows, around),
        call.operator.landing(call, number),
        _own(call, item_type(type_)),
        call.added_field,
        tuple(name for name, complement in complements.items() if complement.apart),
        tuple(name for name, complement in complements.items() if not complement.apart),
        written=argument.written,
    )


def _own(call: Call, item: Type) -> Path:
    """Where an item's own text comes to stand, if the call makes a record of it."""
    if call.added_field is None or isinstance(item, RecordType):
        return ()
    return (record_type(item).fields[-1].name,)


def _shown(call: Call, item: Type, flows: Flows, around: Around) -> Flows:
    """What a model sees of an item: what `show:` says, else the item."""
    shown = call.arguments.get(_SHOW) if call.operator.may_ask else None
    if shown is None:
        return WHOLE_ITEM
    cut = any(around.holds_cut_text(flow.source) for flow in flows.flows)
    made = flows_of(shown.written, _OneItem(around, item, cut))
    return Flows(tuple(map(_Field(item, cut), made.flows)), made.foreign)


@dataclass(frozen=True)
class _Field:
    """Puts what `show:` shows of an item in its normal form."""

    item: Type
    cut: bool

    def __call__(self, flow: Flow) -> Flow:
        if flow.source.stage != ITEM.stage:
            return flow
        path = normal(flow.source.path, self.item)
        # A record that is not the item itself is written out, field by field.
        written = bool(path) and self.cut and holds_records(type_at(self.item, path) or ANY)
        return replace(
            flow, source=ITEM._replace(path=path), raw=flow.raw and not written, inside=False
        )


@dataclass(frozen=True)
class _OneItem:
    """What is known where an expression is about each item: see `flows.Around`."""

    around: Around
    item: Type
    cut: bool

    def spot(self, step: str, output: str) -> Spot | None:
        if step == ITEM.stage:
            return None if output else ITEM
        return self.around.spot(step, output)

    def type_of(self, spot: Spot) -> Type:
        return item_type(self.item) if spot.stage == ITEM.stage else self.around.type_of(spot)

    def holds_cut_text(self, spot: Spot) -> bool:
        if spot.stage != ITEM.stage:
            return self.around.holds_cut_text(spot)
        return self.cut and holds_records(type_at(self.type_of(spot), spot.path) or ANY)

    def matched(self, expression: ast.Match) -> Flows:
        """What every arm shows, since any of them may be taken for an item."""
        arms = [flows_of(arm.value, self) for arm in expression.arms]
        every = [flow for arm in arms for flow in arm.flows]
        shared = [flow for flow in every if all(self._shows(arm.flows, flow) for arm in arms)]
        others = [flow.lost for flow in every if flow not in shared]
        foreign = any(arm.foreign for arm in arms)
        return Flows((*shared, *others), foreign)

    def _shows(self, arm: Sequence[Flow], flow: Flow) -> bool:
        path = flow.source.path
        return any(
            each.source.stage == flow.source.stage
            and (conveys(each, path, self.item) or (each == flow and flow.same))
            for each in arm
        )
