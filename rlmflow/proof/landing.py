"""Where items come to stand in what a stage makes of them."""

from __future__ import annotations

from collections.abc import Sequence

from rlmflow.operators._operator import ALL, Path
from rlmflow.proof.chart import ITEM, Feed, Onward, Stage, Use
from rlmflow.proof.flows import conveys
from rlmflow.proof.spots import Spot, normal, type_at


def as_they_were(onward: Onward) -> list[Spot] | None:
    """The spots in a stage's result where all text of the items stands as it was.

    None where it does not.
    """
    stage, feed, _ = onward.use
    if stage is None or not onward.same or feed.facts.text != "same":
        return None
    return _existing(stage, feed, onward.path)


def _existing(stage: Stage, feed: Feed, path: Path) -> list[Spot] | None:
    moved = path or feed.own
    paths = [(*land, *moved) for land in feed.lands]
    if any(type_at(stage.type, each) is None for each in paths):
        return None
    return [Spot(stage.name, "", normal(each, stage.type)) for each in paths]


def in_result(use: Use, path: Path) -> list[Spot]:
    """The spots in a stage's result that hold what was made of items, changed or not."""
    stage, feed, flow = use
    assert stage is not None
    if flow.same and feed.facts.text == "same":
        found = _existing(stage, feed, path)
        if found is not None:
            return found
    return [Spot(stage.name, "", land) for land in feed.lands]


def in_complements(use: Use, path: Path, names: Sequence[str]) -> list[Spot]:
    """The spots of complements that hold items which flow into a stage."""
    stage = use.stage
    assert stage is not None
    spots = []
    for name in names:
        type_ = stage.types[name]
        exists = type_at(type_, path) is not None
        spots.append(Spot(stage.name, name, normal(path, type_) if exists else ()))
    return spots


def is_shown(onward: Onward) -> bool:
    """Whether a stage shows a model all text of the items, as items."""
    stage, feed, _ = onward.use
    if stage is None or not onward.same or feed.facts.reads is not ALL:
        return False
    path = normal(onward.path, feed.item)
    own = (flow for flow in feed.shown.flows if flow.source.stage == ITEM.stage)
    return any(conveys(flow, path, feed.item) for flow in own)
