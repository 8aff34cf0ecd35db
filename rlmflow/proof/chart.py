"""The chart of a strategy on one way: what runs, and how items get from step to step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from rlmflow.graph.model import Node, Operation
from rlmflow.operators._operator import ALL, NONE, Facts, Path
from rlmflow.proof.flows import Flow, Flows
from rlmflow.proof.spots import Spot
from rlmflow.proof.ways import Way
from rlmflow.source import Span
from rlmflow.syntax import ast
from rlmflow.types import ANY, Type

ITEM = Spot("item")
"""Where the items of a feed are, seen from the step that they flow into."""

WHOLE_ITEM = Flows((Flow(ITEM),))
"""What a model is shown of an item where nothing else is said."""

AS_IT_IS = Facts(reads=NONE, keeps=ALL, once=True, text="same")
"""What a pure expression does to what flows into its value."""


@dataclass(frozen=True)
class Feed:
    """Items that flow into a stage by one of its inputs, and what becomes of them.

    `parameter`: the name of the input. `item`: the type of its items. `shown`: what a
    model sees of an item, where items are read. `lands`: where an item stands in those
    of the result; `own`: where its text does, if it was no record and becomes one.
    `added`: the field that the stage adds to an item. `apart` and `beside`: complements
    that hold what the result does not, and such as repeat some of it. `grounded`: whether
    the quotes in the result stand in this input, as a strategy promises. `written`: the
    expression that is given. `promise`: the strategy, and its parameter, whose clauses are
    all that is known.
    """

    parameter: str
    flows: Flows
    facts: Facts = AS_IT_IS
    item: Type = ANY
    shown: Flows = WHOLE_ITEM
    lands: tuple[Path, ...] = ((),)
    own: Path = ()
    added: str | None = None
    apart: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    grounded: bool = False
    written: ast.Expression | None = None
    promise: tuple[str, str] | None = None


@dataclass(frozen=True)
class Stage:
    """A step as it stands in a chart.

    `name` is unique in the chart, `label` what people call it. `author`: the name by which
    the strategy's author can refer to it, None where there is none. `types`: of what it
    makes, by output (the empty one is the result). `node`: None for a parameter of a
    strategy that is called. `cut`: whether its records may hold text as it was cut.
    """

    name: str
    label: str
    author: str | None
    span: Span
    types: Mapping[str, Type]
    node: Node | None
    feeds: tuple[Feed, ...] = ()
    cut: bool = False

    @property
    def type(self) -> Type:
        return self.types[""]

    @property
    def gives_tools(self) -> bool:
        """Whether its model may call tools, whose output is no item."""
        return isinstance(self.node, Operation) and bool(self.node.call.tools)


class Use(NamedTuple):
    """A flow of items into a stage; into the answer where `stage` is None."""

    stage: Stage | None
    feed: Feed
    flow: Flow


class Onward(NamedTuple):
    """A use of all that is at a spot. `path`: where it is in the items that arrive.

    `same`: whether its text arrives as it was.
    """

    use: Use
    path: Path
    same: bool


@dataclass
class Chart:
    """All stages that run on one way, each after those it needs, and the answer."""

    way: Way
    stages: dict[str, Stage] = field(default_factory=dict)
    answer: Feed = field(default_factory=lambda: Feed("answer", Flows()))
    _uses: dict[tuple[str, str], list[Use]] = field(default_factory=dict)

    def add(self, stage: Stage) -> None:
        self.stages[stage.name] = stage
        for feed in stage.feeds:
            self._note(stage, feed)

    def end(self, answer: Feed) -> None:
        self.answer = answer
        self._note(None, answer)

    def _note(self, stage: Stage | None, feed: Feed) -> None:
        for flow in feed.flows.flows:
            place = flow.source.stage, flow.source.output
            self._uses.setdefault(place, []).append(Use(stage, feed, flow))

    def type_of(self, spot: Spot) -> Type:
        """The type of what a spot's stage made, before its path is followed."""
        return self.stages[spot.stage].types.get(spot.output, ANY)

    def uses(self, spot: Spot) -> Iterator[Use]:
        """Every use of what is at a spot, of a part of it, or of what it is a part of."""
        for use in self._uses.get((spot.stage, spot.output), ()):
            at = use.flow.source.path
            shared = min(len(at), len(spot.path))
            if at[:shared] == spot.path[:shared]:
                yield use

    def onward(self, spot: Spot) -> Iterator[Onward]:
        """The uses of a spot in which nothing of it is missing."""
        for use in self.uses(spot):
            at, flow = use.flow.source.path, use.flow
            if flow.keeps and len(at) <= len(spot.path):
                rest = spot.path[len(at) :]
                same = flow.same and (flow.raw or bool(rest))
                yield Onward(use, () if flow.inside else rest, same)


def name_of(chart: Chart, spot: Spot) -> str:
    """What people call a spot: `found`, `near.dropped`, `mine.body`."""
    stage = chart.stages.get(spot.stage)
    label = stage.label if stage is not None else spot.stage
    return ".".join(filter(None, (label, spot.output, *spot.path)))
