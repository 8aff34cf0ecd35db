"""`grounded`: whether every quote in the answer was written of nothing but a spot's text."""

from __future__ import annotations

from collections.abc import Generator

from rlmflow.proof.chart import ITEM, Chart, Feed, Stage, name_of
from rlmflow.proof.flows import Flow
from rlmflow.proof.goals import Goals
from rlmflow.proof.losses import Loss
from rlmflow.proof.origins import paths_before, sources
from rlmflow.proof.spots import Spot, item_type, normal, type_at
from rlmflow.types import QUOTE, DocumentType, RecordType, Type

Losses = tuple[Loss, ...]

_CHANGED = "changes what it is given, and quotes with it"


def quotes_of(type_: Type) -> list[tuple[str, ...]] | None:
    """Where an item's quotes are, by field; None if it need not have any."""
    item = item_type(type_)
    if item == QUOTE:
        return [()]
    if not isinstance(item, RecordType) or all(f.type != QUOTE for f in item.fields):
        return None
    return [(each.name,) for each in item.fields if each.type.required == QUOTE]


class Grounding:
    """Says of a chart's answer what speaks against its quotes being of one spot."""

    def __init__(self, chart: Chart, subject: Spot) -> None:
        self._chart = chart
        self._subject = subject
        self._quoting = Goals(self._quote)
        self._being = Goals(self._is_of_subject)

    def __call__(self) -> Losses:
        quotes = quotes_of(self._chart.answer.item)
        if quotes is None:
            how = f"`{self._chart.answer.item}` has no `quote` that is always there"
            return (Loss(None, how),)
        if stray := self._stray_margin():
            return (stray,)
        flows = self._chart.answer.flows.flows
        return tuple(
            loss for quote in quotes for flow in flows for loss in self._carried(flow, quote)
        )

    def _stray_margin(self) -> Loss | None:
        """A quote of a part may run on into the margin, which is the text of another part."""
        stage = self._chart.stages.get(self._subject.stage)
        if stage is None or not _has_margin(self._chart.type_of(self._subject)):
            return None
        if not any(_has_margin(feed.item) for feed in stage.feeds):
            return None
        return Loss(stage, "leaves out parts into whose text a quote of their neighbours may run")

    def _carried(self, flow: Flow, quote: tuple[str, ...]) -> Losses:
        """What speaks against the quotes in items that flow on as they are."""
        if not flow.same or flow.inside:
            return (Loss(None, _CHANGED),)
        spot = flow.source._replace(path=(*flow.source.path, *quote))
        return self._quoting(spot)

    def _quote(self, spot: Spot) -> Generator[Spot, Losses, Losses]:
        """The rule for the quotes at a spot: who wrote them, and what was shown to whom."""
        if self._is_subject(spot):
            return ()
        stage = self._chart.stages[spot.stage]
        if not stage.feeds:
            return (Loss(stage, "brings quotes of its own"),)
        if any(feed.grounded for feed in stage.feeds):
            promised = [feed for feed in stage.feeds if feed.grounded]
            return tuple(loss for feed in promised for loss in self._written_by(stage, feed))
        found: Losses = ()
        for feed in stage.feeds:
            if _writes(feed, spot):
                found += self._written_by(stage, feed)
                continue
            for back in paths_before(feed, spot):
                for flow in feed.flows.flows:
                    if flow.same and not flow.inside:
                        path = (*flow.source.path, *back)
                        found += yield flow.source._replace(path=path)
                    else:
                        found += (Loss(stage, _CHANGED),)
        return found

    def _written_by(self, stage: Stage, feed: Feed) -> Losses:
        """What speaks against quotes that a stage writes itself."""
        if stage.gives_tools:
            return (Loss(stage, "gives its model tools, whose output it may quote too"),)
        if feed.facts.quotes != "shown" and not feed.grounded:
            return (Loss(stage, "writes quotes that are checked against none of its items"),)
        if any(flow.source.stage != ITEM.stage for flow in feed.shown.flows):
            return (Loss(stage, "shows a model more than its items, which it may quote too"),)
        if feed.flows.foreign:
            return (Loss(stage, f"is given text that is not of `{feed.parameter}` alone"),)
        for flow in feed.flows.flows:
            if not self._is_shown_subject(flow, feed):
                subject, given = self._name(self._subject), self._stranger(flow.source)
                how = f"may quote `{given}`, which is more or other text than that of `{subject}`"
                return (Loss(stage, how),)
        return ()

    def _is_shown_subject(self, flow: Flow, feed: Feed) -> bool:
        for shown in feed.shown.flows or (Flow(ITEM),):
            path = () if flow.inside else shown.source.path
            spot = flow.source._replace(path=(*flow.source.path, *path))
            if not (shown.same and flow.same and self._being(self._normal(spot))):
                return False
        return True

    def _stranger(self, spot: Spot) -> str:
        """Of what flows together at a spot, a piece that is not the subject's."""
        while before := sources(self._chart, spot):
            strange = next((source for source in before if not self._being(source)), None)
            if strange is None:
                break
            spot = strange
        return self._name(spot)

    def _name(self, spot: Spot) -> str:
        return name_of(self._chart, spot)

    # Whether text is the subject's own

    def _is_subject(self, spot: Spot) -> bool:
        at = self._subject.path
        same = (spot.stage, spot.output) == (self._subject.stage, self._subject.output)
        return same and spot.path[: len(at)] == at

    def _normal(self, spot: Spot) -> Spot:
        return spot._replace(path=normal(spot.path, self._chart.type_of(spot)))

    def _is_of_subject(self, spot: Spot) -> Generator[Spot, bool, bool]:
        """The rule for text at a spot: it is of the subject, and nothing else is in it."""
        if self._is_subject(spot):
            return True
        before = sources(self._chart, spot)
        for source in before or ():
            if not (yield source):
                return False
        return before is not None


def _has_margin(type_: Type) -> bool:
    item = item_type(type_)
    return isinstance(item, DocumentType | RecordType) and item.margin


def _writes(feed: Feed, spot: Spot) -> bool:
    """Whether the quote at a spot of a stage's result is the stage's own."""
    if feed.facts.text == "same":
        return feed.added is not None and spot.path[:1] == (feed.added,)
    return feed.facts.quotes != "passed" or type_at(feed.item, spot.path) is None
