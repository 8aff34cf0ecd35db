"""Where the text at a spot is from, seen from the step that made it."""

from __future__ import annotations

from rlmflow.operators._operator import Path
from rlmflow.proof.chart import Chart, Feed, Stage
from rlmflow.proof.spots import Spot, item_type, normal, type_at
from rlmflow.types import RecordType


def sources(chart: Chart, spot: Spot) -> list[Spot] | None:
    """The spots that hold all text at a spot, as it was, before a stage took it from there.

    None where some of it is new, or may be.
    """
    stage = chart.stages.get(spot.stage)
    if stage is None or not stage.feeds or not _is_alone(stage, spot):
        return None
    found: list[Spot] = []
    for feed in stage.feeds:
        if feed.facts.text != "same" or feed.flows.foreign:
            return None
        for path in paths_before(feed, spot):
            for flow in feed.flows.flows:
                if not flow.same:
                    return None
                at = (*flow.source.path, *(() if flow.inside else path))
                found.append(_existing(chart, flow.source._replace(path=at)))
    return found or None


def _existing(chart: Chart, spot: Spot) -> Spot:
    """The spot, or that of the text which fields that are not there yet were cut from."""
    type_ = chart.type_of(spot)
    path = spot.path
    while type_at(type_, path) is None:
        path = path[:-1]
    return spot._replace(path=normal(path, type_))


def _is_alone(stage: Stage, spot: Spot) -> bool:
    """Whether nothing but items that flowed in stands at a spot: no new field, no key."""
    added = [feed.added for feed in stage.feeds if feed.added is not None]
    if added and (not spot.path or spot.path[0] in added):
        return False
    lands = [land for feed in stage.feeds for land in feed.lands]
    if spot.path or spot.output or all(land == () for land in lands):
        return True
    item = item_type(stage.type)
    landed = {land[0] for land in lands if land}
    return isinstance(item, RecordType) and {f.name for f in item.fields} == landed


def paths_before(feed: Feed, spot: Spot) -> list[Path]:
    """Where what is at a spot of a stage was in the items of a feed, if it was there."""
    if spot.output and spot.output not in (*feed.apart, *feed.beside):
        return []
    found: list[Path] = []
    for land in ((),) if spot.output else feed.lands:
        if spot.path[: len(land)] == land:
            rest = spot.path[len(land) :]
            found.append(() if feed.own and rest == feed.own else rest)
        elif land[: len(spot.path)] == spot.path:
            found.append(())
    return found
